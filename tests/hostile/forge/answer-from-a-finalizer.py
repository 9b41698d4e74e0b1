"""Send an answer from the finalizers of objects that die after the call.

outcome = "one answer is read for each call, and only its values count"
status = ["failed"]
quick = false
"""
import os
import sys
import weakref

import numpy as np


class Last:
    def __del__(self):
        worker = sys.modules["grader.sandbox.guest.worker"]
        for number in range(50):
            os.write(4, worker.packed_reply("value", number, {"y": np.ones((4, 3))}))


def transform(x, w):
    last = Last()
    last.itself = last
    weakref.finalize(last, os.write, 4, b"passed")
    return np.zeros((4, 3))
