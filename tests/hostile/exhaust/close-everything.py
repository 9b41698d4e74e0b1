"""Close every descriptor.

outcome = "who cannot answer any more is ended"
status = ["died"]
seconds = 12
quick = false
"""
import os


def transform(x, w):
    os.closerange(0, 99)
    while True:
        pass
