"""Reads a checkpoint by the published description of its layout and prints what it holds."""

import json
import sys

import numpy

TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "|u1"}

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    data = file.read()
for key, text in sorted(header.pop("__metadata__", {}).items()):
    print(f"{key} = {text}")
for name, entry in sorted(header.items()):
    begin, end = entry["data_offsets"]
    array = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    print(f"{name}: {array.dtype} {list(array.shape)} {array.flatten().tolist()}")
