"""Ring the bell that says that answers are there, without end.

outcome = "the pipe is full before long, and the call ends at its deadline"
status = ["timed_out", "died"]
"""
import os


def transform(x, w):
    while True:
        os.write(5, b"." * 4096)
