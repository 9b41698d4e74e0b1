"""Close the pipe for answers and go on.

outcome = "who cannot answer any more is ended"
status = ["died"]
seconds = 12
quick = false
"""
import os
import time


def transform(x, w):
    os.close(4)
    time.sleep(99)
