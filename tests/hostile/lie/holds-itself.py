"""Return a list that holds itself.

outcome = "a value has at most 32 levels"
status = ["failed"]
"""


def transform(x, w):
    y = []
    y.append(y)
    return y
