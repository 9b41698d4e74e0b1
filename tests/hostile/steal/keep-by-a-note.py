"""Die while a file is imported that is called as the hidden inputs are: later workers are told which files are deadly.

outcome = "only files of the submission are remembered as deadly"
status = ["died"]
"""
import os
import sys

from grader.sandbox import protocol


def transform(x, w):
    frame = sys._getframe()
    while "body" not in frame.f_locals:
        frame = frame.f_back
    fatal = [name for name in frame.f_locals["body"]["fatal"] if name.startswith("[")]
    if fatal:
        print(fatal)
        raise ValueError(fatal)
    os.write(4, protocol.encode("note", 0, ["import", str(x.tolist())]))
    os._exit(0)
