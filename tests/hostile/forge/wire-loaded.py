"""Answer a call as if it had been the request to load, naming files of others as broken.

outcome = "a call that is answered with a list of files is not answered"
status = ["died"]
"""
import os
import sys

from grader.sandbox import protocol


def transform(x, w):
    frame = sys._getframe()
    while "message" not in frame.f_locals:
        frame = frame.f_back
    os.write(4, protocol.encode("loaded", frame.f_locals["message"].id, {"first.py": ["broken", 1, 1]}))
    os._exit(0)
