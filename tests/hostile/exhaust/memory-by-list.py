"""Take memory in small pieces.

outcome = "ended by its memory"
status = ["out_of_memory", "timed_out"]
"""


def transform(x, w):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
