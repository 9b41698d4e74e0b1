"""Send a frame of a kind that nobody asked for, with a score in it.

outcome = "there is no such kind of frame"
status = ["died"]
"""
import os
import sys

from grader.sandbox import protocol


def transform(x, w):
    frame = sys._getframe()
    while "message" not in frame.f_locals:
        frame = frame.f_back
    os.write(4, protocol.encode("verdict", frame.f_locals["message"].id, {"status": "passed", "points": 100, "share": 1}))
    os._exit(0)
