"""Answer with twenty thousand entries of long names.

outcome = "a value has bounded parts, and a message names four of them"
status = ["failed"]
seconds = 8
"""


def transform(x, w):
    return {f"entry_{number}_{'x' * 150}": number for number in range(19_000)}
