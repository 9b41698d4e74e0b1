"""Print to standard error for ever.

outcome = "ended after 16 MiB; 64 KiB are kept"
status = ["died"]
"""
import os


def transform(x, w):
    while True:
        os.write(2, bytes(100_000))
