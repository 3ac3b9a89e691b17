"""What scripts have in common that compute a network in plain PyTorch for a bench to compare with (`engine_golden_torch::eager`).

Arguments: threads, and a file of 32-bit floats that all weights and inputs are cut from. For each line on its input, a
network's shape as JSON or the word `call`, a script answers with a line: `ready`, or the seconds that a call took. The first
call of a network writes what it gives to the file that the shape names.
"""

import json
import math
import sys
import time

import torch


class Numbers:
    """What the bench's own `Pool` gives for a name and a shape."""

    def __init__(self, pool):
        self.pool, self.weights = pool, {}

    def cut(self, name, shape, scale, offset):
        start = 0xCBF29CE484222325
        for byte in name.encode():
            start = (start ^ byte) * 0x100000001B3 % 2**64
        start %= len(self.pool)
        count = math.prod(shape)
        turns = -(-(start + count) // len(self.pool))
        return (self.pool.repeat(turns)[start : start + count] * scale + offset).reshape(shape)

    def __call__(self, name, *shape):
        if name not in self.weights:
            if len(shape) > 1:
                scale, offset = math.sqrt(3 * shape[0] / math.prod(shape)), 0
            else:
                scale, offset = (0.1, 1) if name.endswith("weight") else (0.05, 0)
            self.weights[name] = self.cut(name, shape, scale, offset)
        return self.weights[name]


def serve(network):
    """Answers with networks of a class: `network(shape, numbers)` builds one, and its `forward()` is a call."""
    threads, pool = sys.argv[1:]
    torch.set_num_threads(int(threads))
    with open(pool, "rb") as file:
        pool = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    built, written = None, None
    with torch.inference_mode():
        for line in sys.stdin:
            if line.strip() == "call":
                begin = time.perf_counter()
                result = built.forward()
                answer = time.perf_counter() - begin
                if written:
                    with open(written, "wb") as file:
                        file.write(bytes(result.contiguous().flatten().view(torch.uint8).tolist()))
                    written = None
            else:
                shape = json.loads(line)
                built, written, answer = network(shape, Numbers(pool)), shape["result"], "ready"
            print(answer, flush=True)
