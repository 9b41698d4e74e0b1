"""Raise words that begin like known phrases and go on in every way that a pattern could try.

outcome = "patterns take linear time, and what is too long is no known phrase"
status = ["raised"]
"""
PHRASES = (
    "operands could not be broadcast together with shapes " + "(1,2) " * 9_000,
    "shapes " + "(" * 60_000,
    "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature " + "(n?,k)," * 8_000,
    "mat1 and mat2 shapes cannot be multiplied (" + "1x" * 30_000,
    "name '" + "a" * 60_000,
    "transform() missing 1 required positional argument: " + "'a' and " * 8_000,
    "cannot reshape array of size " + "1" * 60_000 + " into shape (",
)


def transform(x, w):
    raise ValueError(PHRASES[int(abs(x).sum() * 1e6) % len(PHRASES)])
