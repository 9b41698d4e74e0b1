"""Ask for too much memory for ever and never mind the error.

outcome = "ended by its processor time"
status = ["timed_out", "died"]
quick = false
"""


def transform(x, w):
    kept = []
    while True:
        try:
            kept.append(bytearray(8 << 20))
        except MemoryError:
            continue
