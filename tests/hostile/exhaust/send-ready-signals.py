"""Send the signal that answers are ready, without end.

outcome = "the pipe is full before long, and the call ends at its deadline"
status = ["timed_out", "died"]
"""
import os


def transform(x, w):
    while True:
        os.write(5, b"." * 4096)
