"""Fork for ever.

outcome = "no process can be started"
status = ["timed_out"]
quick = false
"""
import os


def transform(x, w):
    while True:
        try:
            os.fork()
        except OSError:
            continue
