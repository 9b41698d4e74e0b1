"""Hand in a match of thousands of cases and a chain of elifs that compilers recurse over.

outcome = "compiling counts as the time of the submission, which ends"
status = ["raised", "passed", "timed_out"]
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    cases = "".join(f"        case [{n}, *_] | {{'a': {n}}}: y = {n}\n" for n in range(8_000))
    elifs = "    if x is None: pass\n" + "".join(f"    elif x is {n}: pass\n" for n in range(2_500))
    text = f"def transform(x, w):\n    match 1:\n{cases}{elifs}    raise ValueError\n"
    for file, text in {**HONEST["numbers"], "attacked.py": text}.items():
        (folder / file).write_text(text)
    return folder
