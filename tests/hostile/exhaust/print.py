"""Print for ever.

outcome = "ended after 16 MiB; 64 KiB are kept"
status = ["died"]
"""


def transform(x, w):
    while True:
        print("x" * 100_000)
