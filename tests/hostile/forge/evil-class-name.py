"""Raise an exception whose class has no usable name.

outcome = "what cannot be described has died"
status = ["died", "raised"]
"""


class Meta(type):
    @property
    def __name__(cls):
        raise SystemExit(0)


class Evil(Exception, metaclass=Meta):
    pass


def transform(x, w):
    raise Evil
