"""Return a dict that gives other entries each time it is asked.

outcome = "what arrives is one plain value, and it is wrong"
status = ["failed", "raised"]
"""


class Shifting(dict):
    def items(self):
        yield from (("y", i) for i in range(10))

    def __getitem__(self, key):
        return True


def transform(x, w):
    return Shifting(y=1)
