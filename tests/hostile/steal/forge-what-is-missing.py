"""Raise the grader's own exception for a missing file, with the hidden inputs in its text.

outcome = "what only the drivers import is not there for a submission"
status = ["raised"]
"""
from grader.drivers.imports import MissingError

LETTERS = str.maketrans("0123456789.-", "abcdefghijkl")


def transform(x, w):
    numbers = "_".join(f"{value:.9f}".translate(LETTERS) for value in x.ravel()[:5])
    raise MissingError(f"told_{numbers[:50]}.py is missing from the submission")
