"""Hand in a function whose annotations and defaults run code that never ends.

outcome = "each runs when the module is imported, and ends at the deadline"
status = ["timed_out"]
quick = false
"""
def forever():
    while True:
        pass


def transform(x: forever(), w=forever()):
    return x
