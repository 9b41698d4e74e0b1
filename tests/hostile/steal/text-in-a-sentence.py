"""Return the hidden inputs as the text that a careless check takes for its sentence.

outcome = "a sentence that is not the course's own gives way to what the rubric says of the check"
status = ["failed"]
course = "sentences"
"""
def transform(x, w):
    return " ".join(f"{value:.9f}" for value in x.ravel())
