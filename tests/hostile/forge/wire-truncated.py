"""Announce a frame, send half of it and leave.

outcome = "half an answer is none"
status = ["died"]
"""
import os

from grader.sandbox import protocol


def transform(x, w):
    frame = protocol.encode("value", 1, {"y": x})
    os.write(4, frame[: len(frame) // 2])
    os._exit(0)
