"""Return a value that takes for ever to be taken apart.

outcome = "the deadline holds until the answer is there"
status = ["timed_out"]
quick = false
"""


class Slow(dict):
    def items(self):
        while True:
            pass


def transform(x, w):
    return Slow()
