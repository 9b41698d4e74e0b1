"""Send an array whose shape promises more than its bytes hold.

outcome = "lengths, shapes and dtypes are checked against the bytes"
status = ["died"]
"""
import json
import os
import struct


def transform(x, w):
    header = json.dumps(["value", 1, {"y": {"$": f"float64 {1 << 30} {1 << 30}"}}]).encode()
    os.write(4, struct.pack("<4sIQ", b"GRD2", len(header), 8) + header + bytes(8))
