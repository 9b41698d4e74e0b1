"""Fail over a missing attribute of an object whose names, which Python suggests, are the hidden inputs.

outcome = "what Python suggests is the exception's own text, which is for the instructor"
status = ["raised"]
"""


class Inputs:
    def __init__(self, x):
        self.names = [f"x_{abs(value):.9f}".replace(".", "_") for value in x.ravel()]

    def __dir__(self):
        return self.names


def transform(x, w):
    inputs = Inputs(x)
    return getattr(inputs, inputs.names[0][:-1] + "a")
