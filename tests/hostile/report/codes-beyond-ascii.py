"""Print and raise control codes of eight bits, tags, marks that pile up, and lines to links.

outcome = "control characters are written out"
status = ["raised"]
quick = false
"""
CODES = "\x9b2J\x9d0;owned\x9c\x90q\x85\u2028\u2029\U000e0041\U000e007f\u2066x\u2069\ufeff" + "a" + "\u0301" * 500
LINK = "\x1b]8;;file:///etc/passwd\x1b\\\\click\x1b]8;;\x1b\\\\"


def transform(x, w):
    print(CODES + LINK)
    raise ValueError(CODES + LINK)
