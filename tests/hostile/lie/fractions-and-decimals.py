"""Answer fractions, decimals and a class that turns itself into any number.

outcome = "what is no number of Python or numpy cannot be sent"
status = ["failed"]
quick = false
"""
from decimal import Decimal
from fractions import Fraction


class Chameleon:
    def __float__(self):
        return 0.5

    __complex__ = __index__ = __int__ = __float__

    def __array__(self, *_given):
        raise KeyboardInterrupt


def transform(x, w):
    return [[Fraction(1, 3), Decimal("sNaN"), Chameleon()]] * 4
