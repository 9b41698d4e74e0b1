"""Raise markup in a check whose exceptions are shown.

outcome = "escaped wherever it is shown"
status = ["raised"]
"""


class Injected(Exception):
    def __str__(self):
        return "<injected onload=alert(1)><script>alert(1)</script><style>*{display:none}</style>{{ 7 * 7 }}"


def transform(x, w):
    raise Injected
