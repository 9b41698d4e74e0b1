"""Fail at a line of a file that is called as the hidden inputs are.

outcome = "only files of the submission are named"
status = ["raised"]
"""


def transform(x, w):
    exec(compile("\n" * 99 + "raise ValueError", f"{x.tolist()}.py", "exec"))
