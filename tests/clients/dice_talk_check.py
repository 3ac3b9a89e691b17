"""A check of the DICE-Talk service, as strict as the service's own: what it may not find counts as much as what it must.

Arguments: address, portrait, speech, folder for videos, and nothing, `health` or `duration`.
"""

import pathlib
import sys
import time

import requests

PAUSE = 0.1
PATIENCE = 60

address, portrait, speech, folder = sys.argv[1:5]
mode = sys.argv[5] if len(sys.argv) > 5 else ""


def fetched(method, path, timeout, **more):
    """An answer that is no error, neither by its status nor by a key of that name."""
    answer = requests.request(method, address + path, timeout=timeout, **more)
    answer.raise_for_status()
    return answer


def without_error(body):
    if "error" in body:
        sys.exit(f"there is an error in {body}")
    return body


def health():
    body = without_error(fetched("GET", "/api/health", 10).json())
    for key in ("status", "gpu_available", "model_loaded", "version"):
        print(key, body[key])
    if len(body) != 4:
        sys.exit(f"four keys were expected: {body}")
    if body["status"] != "healthy" or not body["model_loaded"]:
        # A machine without a graphics card renders as well, but says that it has none.
        sys.exit(f"it is not healthy: {body}")


def form():
    values = {"emotion": "happy", "ref_scale": 3.0, "emo_scale": 6.0}
    if mode == "duration":
        values = {"emotion": "neutral", "ref_scale": 2.0, "emo_scale": 5.0, "duration": 2.0}
    return {**values, "crop": False, "inference_steps": 20, "fps": 24, "seed": 42}


def started():
    image, audio = pathlib.Path(portrait), pathlib.Path(speech)
    image_type = "image/png" if image.suffix == ".png" else "image/jpeg"
    audio_type = "audio/wav" if audio.suffix == ".wav" else "audio/mpeg"
    files = {
        "image": (image.name, image.read_bytes(), image_type),
        "audio": (audio.name, audio.read_bytes(), audio_type),
    }
    body = without_error(fetched("POST", "/api/v1/synthesis/start", 30, files=files, data=form()).json())
    print("started", body["task_id"], body["status"], body["message"])
    return body["task_id"]


def wait(task):
    end = time.monotonic() + PATIENCE
    last = 0.0
    while time.monotonic() < end:
        body = without_error(fetched("GET", f"/api/v1/synthesis/{task}/status", 10).json())
        print(f"{body['status']} {body['progress']:.2%} {body['message']}")
        if body["task_id"] != task or not 0 <= body["progress"] <= 1:
            sys.exit(f"it tells of something else: {body}")
        if body["progress"] < last:
            sys.exit(f"it goes backwards: {body}")
        last = body["progress"]
        if body["status"] == "COMPLETED":
            return
        if body["status"] not in ("PENDING", "PROCESSING"):
            sys.exit(f"it does not go on: {body['message']}")
        time.sleep(PAUSE)
    sys.exit("it does not end")


def download(task):
    answer = fetched("GET", f"/api/v1/synthesis/{task}/download", 60)
    if answer.status_code != 200 or answer.content[4:8] != b"ftyp":
        sys.exit(f"it is no video: {answer.status_code} {answer.headers}")
    file = pathlib.Path(folder) / f"result_{task[:8]}.mp4"
    file.write_bytes(answer.content)
    print("saved", file.name)


health()
if mode != "health":
    task_id = started()
    wait(task_id)
    download(task_id)
print("all passed")
