"""A client of the DICE-Talk service as most are: files without types, a poll every so often, a download.

Arguments: address, portrait, speech, where the video goes, seconds between two polls, and perhaps an emotion.
It ends with 3 if the service tells that the task has failed.
"""

import sys
import time

import requests

address, portrait, speech, video, pause = sys.argv[1:6]
emotion = sys.argv[6] if len(sys.argv) > 6 else "happy"

with open(portrait, "rb") as image, open(speech, "rb") as audio:
    task = requests.post(
        f"{address}/api/v1/synthesis/start",
        files={"image": image, "audio": audio},
        data={"emotion": emotion, "ref_scale": 3.0, "emo_scale": 6.0},
    ).json()["task_id"]
print("task", task)

while True:
    told = requests.get(f"{address}/api/v1/synthesis/{task}/status").json()
    print("status", told["status"])
    if told["status"] == "FAILED":
        print("error", told["error"])
        sys.exit(3)
    if told["status"] == "COMPLETED":
        break
    time.sleep(float(pause))

with open(video, "wb") as out:
    out.write(requests.get(f"{address}/api/v1/synthesis/{task}/download").content)
