"""A program that uses OpenAI's own library: a video is created, waited for, listed, downloaded and deleted.

Arguments: address with /v1, portrait, speech, its id as an upload, where the video goes, the model.
"""

import sys
import warnings

# The library warns that its own service goes.
warnings.simplefilter("ignore")

from openai import BadRequestError, NotFoundError, OpenAI
from openai.types import Video

address, portrait, speech, audio_id, out, model = sys.argv[1:]
client = OpenAI(base_url=address, api_key="sk-nobody", max_retries=0, timeout=60)

try:
    client.videos.create(prompt="A friendly host", model=model)
    sys.exit("a text alone was taken")
except BadRequestError as error:
    print("refused", error.param, error.code)

with open(portrait, "rb") as image, open(speech, "rb") as sound:
    # Its own method has no place for a further file.
    video = client.post(
        "/videos",
        cast_to=Video,
        body={"prompt": "A friendly host", "model": model},
        files=[("input_reference", image), ("audio", sound)],
        options={"headers": {"Content-Type": "multipart/form-data"}},
    )
print("created", video.object, video.status, video.model)
video = client.videos.poll(video.id, poll_interval_ms=50)
print("ended", video.status, video.progress, video.seconds, video.size, video.error)

client.videos.download_content(video.id).write_to_file(out)
picture = client.videos.download_content(video.id, variant="thumbnail").read()
print("thumbnail", picture[:2].hex())

with open(portrait, "rb") as image:
    again = client.videos.create(
        prompt="again",
        model=model,
        input_reference=image,
        size="640x480",
        seconds="4",
        extra_body={"audio_id": audio_id},
    )
found = [one.id for one in client.videos.list(limit=1)]
print("listed", found == [again.id, video.id])
found = [one.id for one in client.videos.list(limit=1, order="asc")]
print("from the first", found == [video.id, again.id])

gone = client.videos.delete(again.id)
print("deleted", gone.object, gone.deleted)
try:
    client.videos.retrieve(again.id)
except NotFoundError as error:
    print("unknown", error.type)
