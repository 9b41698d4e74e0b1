"""Return text that cannot be written as UTF-8.

outcome = "what arrives can be written, and it is wrong"
status = ["failed"]
"""


def transform(x, w):
    return "\ud800\udfff\x00" * 100
