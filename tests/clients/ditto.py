"""A client of the Ditto avatar backend: what the server has, a photo, a job on a sound that lies there, its end.

Arguments: address, photo, path of the sound on the server, where the video goes, seconds between two polls.
It ends with 3 if the service tells that the job has failed.
"""

import sys
import time

import requests

address, photo, sound, video, pause = sys.argv[1:]

system = requests.get(f"{address}/api/avatar/system-info").json()
print("system", system["avatar_enabled"], system["cuda_available"], system["gpu_name"])

with open(photo, "rb") as file:
    uploaded = requests.post(f"{address}/api/avatar/upload-photo", files={"file": file}).json()
print("photo", uploaded["photo_url"], uploaded["validation"]["message"])

wanted = {"photo_id": uploaded["photo_id"], "audio_path": sound, "emotion": 4}
job = requests.post(f"{address}/api/avatar/generate", json=wanted).json()["job_id"]

while True:
    told = requests.get(f"{address}/api/avatar/job/{job}/status").json()
    print(f"{told['progress']:d} % {told['message']}")
    if told["status"] in ("completed", "failed"):
        break
    time.sleep(float(pause))

if told["status"] == "failed":
    print("error", told["error"])
    sys.exit(3)
print("completed", told["video_url"], f"{told['duration']:.1f} s")
answer = requests.get(address + told["video_url"])
answer.raise_for_status()
with open(video, "wb") as out:
    out.write(answer.content)
