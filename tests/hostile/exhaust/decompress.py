"""Unpack a bomb of zeros in memory.

outcome = "ended by its memory"
status = ["out_of_memory", "timed_out", "raised"]
quick = false
"""
import zlib

import numpy as np


def transform(x, w):
    packed = zlib.compress(bytes(64 << 20), 9)
    kept = [zlib.decompress(packed) for _ in range(99)]
    return np.frombuffer(b"".join(kept), np.uint8)
