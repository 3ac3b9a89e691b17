"""A program that uses a client made of the gateway's document: a portrait and speech are uploaded, a job is submitted and asked
for until its end, its video is downloaded, a job comes with its files, and a wrong request is read as what it is.

Arguments: address, portrait, speech, where the video goes. The client is the package `gateway_client`.
"""

import io
import sys
import time
from pathlib import Path

from gateway_client import Client
from gateway_client.api.jobs import fetch_video, list_jobs, show_job, submit_job
from gateway_client.api.uploads import upload_audio, upload_photo
from gateway_client.models import (
    AudioUpload,
    AudioView,
    JobForm,
    JobFormParams,
    JobRequest,
    JobRequestParams,
    JobView,
    PhotoUpload,
    PhotoView,
    Problem,
    State,
)
from gateway_client.types import File

address, portrait, speech, out = sys.argv[1:]
client = Client(base_url=address)


def file(path):
    return File(payload=io.BytesIO(Path(path).read_bytes()), file_name=Path(path).name)


photo = upload_photo.sync(client=client, body=PhotoUpload(file=file(portrait)))
audio = upload_audio.sync(client=client, body=AudioUpload(file=file(speech)))
assert isinstance(photo, PhotoView) and isinstance(audio, AudioView), (photo, audio)
print("uploaded", photo.verdict.valid, len(photo.faces), f"{audio.seconds:g}")

params = JobRequestParams.from_dict({"fps": 20})
job = submit_job.sync(client=client, body=JobRequest(photo_id=photo.id, audio_id=audio.id, params=params))
while isinstance(job, JobView) and job.state in (State.QUEUED, State.RUNNING):
    time.sleep(0.05)
    job = show_job.sync(job.id, client=client)
assert isinstance(job, JobView) and job.video, job
print("ended", job.state, job.video.frames, job.params["fps"], job.progress.phase)
video = fetch_video.sync(job.id, client=client)
Path(out).write_bytes(video.payload.read())

params = JobFormParams.from_dict({"fps": 10})
form = JobForm(photo=file(portrait), audio=file(speech), params=params, priority=1, strict=True)
answer = submit_job.sync_detailed(client=client, body=form, prefer="wait=60")
assert isinstance(answer.parsed, JobView), answer
print("waited", answer.status_code.value, answer.parsed.state, answer.parsed.priority, answer.parsed.video.frames)
page = list_jobs.sync(client=client, state=State.SUCCEEDED, limit=1)
print("listed", page.jobs[0].id == answer.parsed.id, page.next_ == answer.parsed.id)

problem = submit_job.sync(client=client, body=JobRequest(engine="tetscard", audio_id=photo.id))
assert isinstance(problem, Problem), problem
print("refused", problem.status, problem.code, *(f"{fault.field}={fault.code}" for fault in problem.errors))
