"""Return a dict whose keys are the hidden inputs, and something that cannot be sent.

outcome = "a complaint about an answer names only known words"
status = ["failed"]
"""


def transform(x, w):
    return {" ".join(f"{value:.9f}" for value in x.ravel()[:9]): object()}
