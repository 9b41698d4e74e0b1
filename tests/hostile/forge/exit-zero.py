"""End the process at once with exit status 0.

outcome = "silence is never a pass"
status = ["died"]
"""
import os


def transform(x, w):
    os._exit(0)
