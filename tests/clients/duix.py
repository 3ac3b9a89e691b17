"""A client of the Duix Face2Face service, which looks at `success` and at no status.

Arguments: address, address of the speech, address of the source video, where the video goes, seconds between two polls,
and `wait` for the one request that brings the video or `poll` for a task.
It ends with 3 if the service tells a failure.
"""

import base64
import sys
import time

import requests

address, speech, source, video, pause, way = sys.argv[1:]
wanted = {"audio_url": speech, "video_url": source}


def succeeded(answer):
    body = answer.json()
    if not body["success"]:
        print("error", body["error"])
        sys.exit(3)
    return body


def save(body):
    content = base64.b64decode(body["video_data"], validate=True)
    print("video", body["format"], body["size"], len(content))
    with open(video, "wb") as out:
        out.write(content)


if way == "wait":
    save(succeeded(requests.post(f"{address}/api/generate_video", json=wanted)))
    sys.exit()

task = succeeded(requests.post(f"{address}/api/submit_task", json=wanted))["task_code"]
print("task", task)
while True:
    told = succeeded(requests.get(f"{address}/api/query_task", params={"task_code": task}))["data"]
    print("status", told["status"], told["progress"], told["msg"])
    if told["status"] == 3:
        print("error", told["msg"])
        sys.exit(3)
    if told["status"] == 2:
        break
    time.sleep(float(pause))
names = {"result_filename": told["result"], "task_code": task}
save(succeeded(requests.get(f"{address}/api/get_result", params=names)))
