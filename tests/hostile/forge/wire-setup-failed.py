"""Pretend that the sandbox could not be set up, which is never charged to a student.

outcome = "once code of a submission runs, the sandbox has been set up"
status = ["died"]
"""
import os


def transform(x, w):
    os.write(4, b"setup failed: x")
    os._exit(97)
