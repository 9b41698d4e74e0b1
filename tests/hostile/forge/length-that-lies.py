"""Replace what the guest packs its frames with, so that each says that it is another call's right answer.

outcome = "a frame is taken as what it is: an answer of this call, or none"
status = ["died", "raised", "failed"]
"""
import json
import os
import struct
import sys


def transform(x, w):
    pack, write, dumps = struct.pack, os.write, json.dumps
    struct.pack = lambda form, *numbers: pack(form, *[n ^ 1 if isinstance(n, int) else n for n in numbers])
    os.write = lambda file, data: write(file, bytes(data) * 2) // 2
    json.dumps = lambda value, **how: dumps({"status": "passed", "points": 5, "kind": "value", "id": 2}, **how)
    for module in list(sys.modules.values()):
        for name in ("dumps", "pack", "write"):
            if getattr(module, name, None) in (pack, write, dumps):
                setattr(module, name, {"dumps": json.dumps, "pack": struct.pack, "write": os.write}[name])
    return [[0.0] * 3] * 4
