"""Return a text of a megabyte for a check to quote.

outcome = "a sentence of more than 500 characters is not the course's own"
status = ["failed", "died"]
course = "sentences"
"""
def transform(x, w):
    return "transform returns " * 60_000
