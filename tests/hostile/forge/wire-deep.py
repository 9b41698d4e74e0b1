"""Send a frame whose header is nested sixty thousand levels deep.

outcome = "the header is not JSON to the judge"
status = ["died"]
"""
import os
import struct


def transform(x, w):
    header = b'["value",1,' + b"[" * 60_000 + b"]" * 60_000 + b"]"
    os.write(4, struct.pack("<4sIQ", b"GRD2", len(header), 0) + header)
