"""Fill pipes, whose memory is the kernel's.

outcome = "there are descriptors for thirty pipes of 64 KiB"
status = ["raised", "failed"]
"""
import os


def transform(x, w):
    while True:
        _, end = os.pipe()
        os.set_blocking(end, False)
        try:
            while os.write(end, bytes(1 << 16)):
                pass
        except BlockingIOError:
            continue
