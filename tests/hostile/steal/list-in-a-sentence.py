"""Return the hidden inputs as a list, which a check quotes in its sentence.

outcome = "what fills a gap of a hidden check's sentence is one short number or a few known words, or is left out"
status = ["failed"]
course = "sentences"
"""
def transform(x, w):
    return x.ravel().tolist()
