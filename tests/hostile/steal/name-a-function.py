"""Fail in a function whose name is the hidden inputs.

outcome = "a function is named only if the file defines it"
status = ["raised"]
"""


def transform(x, w):
    def fail():
        raise ValueError

    name = "_".join(f"{value:.9f}" for value in x.ravel()[:5])
    fail.__code__ = fail.__code__.replace(co_name=name, co_qualname=name)
    fail()
