"""Use names, attributes and keywords of hundreds of kilobytes each.

outcome = "names are cut where they are told"
status = ["raised"]
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    name = "n" * 200_000
    text = f"class {name}(ValueError): pass\ndef {name}(x): return x.{name}({name}=1)\ntransform = lambda x, w: {name}(x)\n"
    for file, text in {**HONEST["numbers"], "attacked.py": text}.items():
        (folder / file).write_text(text)
    return folder
