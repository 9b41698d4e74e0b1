"""Return an integer of a million bits.

outcome = "integers have at most 64 bits"
status = ["failed"]
"""


def transform(x, w):
    return 1 << 1_000_000
