"""Raise that a key is missing which is a hidden input, and an attribute, and an index.

outcome = "what is told of a hidden check is worded by grade: known phrases with known words"
status = ["raised", "died"]
"""
def transform(x, w):
    try:
        {}[float(x[0, 0])]
    except KeyError:
        getattr(x, f"a{abs(w[0, 0]):.9f}".replace(".", "_"))
