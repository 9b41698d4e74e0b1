"""Loop for ever.

outcome = "ended by its processor time"
status = ["timed_out"]
"""


def transform(x, w):
    while True:
        pass
