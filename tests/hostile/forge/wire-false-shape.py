"""Send an array whose shape promises more than its bytes hold.

outcome = "lengths, shapes and dtypes are checked against the bytes"
status = ["died"]
"""
import json
import os
import struct


def transform(x, w):
    body = {"dict": {"y": {"array": 0, "dtype": "float64", "shape": [1 << 30, 1 << 30]}}}
    header = json.dumps({"kind": "value", "id": 1, "body": body, "blobs": [8]}).encode()
    os.write(4, struct.pack("<4sIQ", b"GRD1", len(header), 8) + header + bytes(8))
