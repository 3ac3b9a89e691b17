"""A client of the EchoMimic service: files with names and types of their own, a poll, a download piece by piece.

Arguments: address, portrait, speech, where the video goes, seconds between two polls.
It ends with 3 if the service tells that the task has failed.
"""

import sys
import time

import requests

address, portrait, speech, video, pause = sys.argv[1:]


def submit():
    with open(portrait, "rb") as image, open(speech, "rb") as audio:
        files = {
            "reference_image": ("image.png", image, "image/png"),
            "audio_file": ("audio.wav", audio, "audio/wav"),
        }
        values = {"width": 512, "height": 512, "steps": 6}
        return requests.post(f"{address}/generate_video", files=files, data=values).json()


def save(task):
    answer = requests.get(f"{address}/download/{task}", stream=True)
    if answer.status_code != 200:
        sys.exit(f"the download is answered with {answer.status_code}")
    with open(video, "wb") as out:
        for piece in answer.iter_content(chunk_size=8192):
            out.write(piece)


task_id = submit()["task_id"]
print("task", task_id)
while True:
    told = requests.get(f"{address}/task/{task_id}").json()
    print("status", told["status"])
    if told["status"] in ("completed", "failed"):
        break
    time.sleep(float(pause))
if told["status"] == "failed":
    print("error", told.get("error"))
    sys.exit(3)
save(task_id)
