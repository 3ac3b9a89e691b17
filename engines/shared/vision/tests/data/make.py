"""Makes pillow.json: what Pillow 10 resizes small pictures to, as hexadecimal samples, and larger ones, as CRC-32."""

import json
import zlib
from pathlib import Path

import PIL
from PIL import Image

assert PIL.__version__.startswith("10."), "later versions begin with the cheaper axis"
FILTERS = {name: getattr(Image.Resampling, name.upper()) for name in
           ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")}


def picture(width, height, channels):
    """Samples that jump from one to the next, so that every filter overshoots."""
    values = bytes((x * 89 + y * 151 + c * 67 + x * y * 13) % 256 if (x + y) % 3 else 255 * (x * y % 2)
                   for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes("RGB" if channels == 3 else "L", (width, height), values)


cases = []
for name, resample in FILTERS.items():
    for channels in (1, 3):
        for size in ((17, 11), (3, 2), (7, 9), (10, 5), (1, 1)):
            out = picture(7, 5, channels).resize(size, resample).tobytes()
            cases.append({"from": [7, 5, channels], "to": size, "filter": name, "samples": out.hex()})
    for source, size in (((640, 427), (224, 224)), ((100, 100), (333, 77)), ((97, 1), (31, 5)), ((1, 97), (5, 31))):
        out = picture(*source, 3).resize(size, resample).tobytes()
        cases.append({"from": [*source, 3], "to": size, "filter": name, "crc32": zlib.crc32(out)})
lines = ",\n".join(json.dumps(case) for case in cases)
(Path(__file__).parent / "pillow.json").write_text(f"[\n{lines}\n]\n")
