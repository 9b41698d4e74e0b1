"""Return ten thousand entries that nobody asked for, each under a long name.

outcome = "of what a hidden check did not ask for no name is told"
status = ["failed", "died"]
"""
def transform(x, w):
    return {f"{'n' * 90}{number}": number for number in range(10_000)}
