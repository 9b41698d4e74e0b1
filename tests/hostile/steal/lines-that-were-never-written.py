"""Fail in code that is made up, after telling the cache of source lines that it reads as the hidden inputs do.

outcome = "lines are quoted from what was handed in"
status = ["raised"]
"""
import linecache


def transform(x, w):
    text = f"raise ValueError  # {x.ravel().tolist()}"
    for name in ("attacked.py", "last.py", __file__):
        linecache.cache[name] = (len(text), None, [text + "\n"] * 40, name)
    exec(compile("\n" * 3 + text, "attacked.py", "exec"))
