"""Makes the files beside it, as torch and numpy would write them; torch itself is not needed, numpy is.

The numbers of a storage count up from its first one, as far as its type can."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy

HERE = Path(__file__).parent
# class of the storage, numpy's type (bf16 is the upper half of f32)
TYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bf16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "?",
}
torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
for name in TYPES:
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


def named(name):
    def function():
        pass
    function.__module__, function.__name__, function.__qualname__ = "torch._utils", name, name
    setattr(utils, name, function)
    return function


rebuild_tensor, rebuild_parameter = named("_rebuild_tensor_v2"), named("_rebuild_parameter")


class Storage:
    def __init__(self, kind, first, count):
        numbers = numpy.arange(first, first + count)
        if TYPES[kind] == "bf16":
            self.bytes = (numbers.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
        elif TYPES[kind] == "?":
            self.bytes = (numbers % 2 == 1).tobytes()
        else:
            self.bytes = numbers.astype(TYPES[kind]).tobytes()
        self.kind, self.count = kind, count


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce_ex__(self, _):
        return rebuild_tensor, self.arguments


class Parameter(Tensor):
    def __reduce_ex__(self, _):
        return rebuild_parameter, (Tensor(*self.arguments[:4]), True, OrderedDict())


def row_major(shape):
    strides = [1]
    for extent in shape[:0:-1]:
        strides.insert(0, strides[0] * extent)
    return tuple(strides[:len(shape)])


def whole(kind, first, *shape, tensor=Tensor):
    return tensor(Storage(kind, first, int(numpy.prod(shape, dtype=int))), 0, shape, row_major(shape))


def state():
    shared = Storage("FloatStorage", 100, 24)
    state = OrderedDict()
    state["conv.weight"] = whole("FloatStorage", 1, 2, 3, 2)
    state["reversed"] = Tensor(Storage("FloatStorage", 2, 24), 0, (2, 3, 4), (1, 2, 6))
    state["scalar"] = whole("LongStorage", 3)
    state["empty"] = whole("FloatStorage", 4, 0, 5)
    state["part"] = Tensor(shared, 7, (2, 3), (8, 2))
    state["row"] = Tensor(shared, 20, (1, 4), (999, 1))
    state["parameter"] = whole("HalfStorage", 5, 3, tensor=Parameter)
    for index, kind in enumerate(TYPES):
        state[f"types.{kind}"] = whole(kind, index, 5)
    state._metadata = OrderedDict({"": {"version": 1}})
    return state


def pickled(value, protocol, storages, legacy):
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol)

    def persistent_id(item):
        if not isinstance(item, Storage):
            return None
        keys = [key for key, storage in storages.items() if storage is item]
        key = keys[0] if keys else str((94000000000000 if legacy else 0) + len(storages))
        storages[key] = item
        name = ("storage", getattr(torch, item.kind), key, "cuda:0" if legacy else "cpu", item.count)
        return name + (None,) if legacy else name

    pickler.persistent_id = persistent_id
    pickler.dump(value)
    return out.getvalue()


def archive(name, value, protocol=2):
    storages = {}
    entries = {"data.pkl": pickled(value, protocol, storages, False), "byteorder": b"little"}
    entries |= {f"data/{key}": storage.bytes for key, storage in storages.items()}
    entries |= {"version": b"3\n", ".data/serialization_id": b"0" * 40}
    with zipfile.ZipFile(HERE / name, "w") as file:
        for entry, data in entries.items():
            info = zipfile.ZipInfo(f"archive/{entry}", (1980, 1, 1, 0, 0, 0))
            with file.open(info, "w") as stream:
                stream.write(data)


def legacy(name, value):
    storages, out = {}, io.BytesIO()
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}
    for part in (0x1950A86A20F9469CFC6C, 1001, system):
        pickle.dump(part, out, 2)
    out.write(pickled(value, 2, storages, True))
    pickle.dump(sorted(storages), out, 2)
    for key in sorted(storages):
        out.write(struct.pack("<q", storages[key].count) + storages[key].bytes)
    (HERE / name).write_bytes(out.getvalue())


archive("archive.pt", {"dims": {"n_mels": 80}, "model_state_dict": state()})
archive("protocol4.pt", {"dims": {"n_mels": 80}, "model_state_dict": state()}, protocol=4)
legacy("legacy.pt", state())

prior = numpy.arange(6, dtype="<f4").reshape(1, 6)
numpy.save(HERE / "prior.npy", numpy.array({"mu": prior}, dtype=object), allow_pickle=True)
numpy.save(HERE / "objects.npy", numpy.array(["a", None, 3], dtype=object), allow_pickle=True)
numpy.save(HERE / "fortran.npy", numpy.asfortranarray(numpy.arange(6, dtype="<i2").reshape(2, 3)))
for version in ((1, 0), (2, 0), (3, 0)):
    with open(HERE / f"v{version[0]}.npy", "wb") as file:
        numpy.lib.format.write_array(file, prior, version=version)
