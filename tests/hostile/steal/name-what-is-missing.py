"""Claim that a file is missing whose name is the hidden inputs.

outcome = "only what the drivers ask for can be missing"
status = ["unwritten"]
"""


def transform(x, w):
    numbers = "_".join(f"{abs(value):.9f}".replace(".", "_") for value in x.ravel()[:5])
    raise NotImplementedError(f"n{numbers}.py is missing from the submission")
