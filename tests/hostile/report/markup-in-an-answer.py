"""Answer with markup as text and as names of entries.

outcome = "escaped wherever it is shown"
status = ["failed"]
"""


def transform(x, w):
    return {"<injected onload=alert(1)>": "<script>alert(1)</script>", "y": "</table><injected>"}
