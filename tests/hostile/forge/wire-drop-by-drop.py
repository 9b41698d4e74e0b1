"""Send a reply of one byte at a time, each before a deadline could be noticed.

outcome = "the deadline is that of the call, however much came before it"
status = ["timed_out"]
quick = false
"""
import os
import sys
import time

import numpy as np


def transform(x, w):
    protocol = sys.modules["grader.sandbox.protocol"]
    os.write(4, protocol.encode("value", 1, {"y": np.ones((4, 3))})[: protocol.PREFIX.size])
    while True:
        os.write(4, b"x")
        time.sleep(0.02)
