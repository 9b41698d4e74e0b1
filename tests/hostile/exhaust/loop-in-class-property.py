"""Answer an object that loops for ever when it is asked for its class.

outcome = "it ends at the deadline of the check"
status = ["timed_out"]
quick = false
"""
class Endless:
    @property
    def __class__(self):
        while True:
            pass


def transform(x, w):
    return Endless()
