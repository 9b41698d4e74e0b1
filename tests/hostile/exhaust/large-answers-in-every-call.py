"""Answer every call of every check with a tenth of what the judge has room for.

outcome = "the judge keeps at most 256 MiB of the answers of a submission"
status = ["failed"]
course = "tensors"
spares = false
seconds = 30
quick = false
"""
from pathlib import Path

LARGE = "import torch\n\n\ndef {name}(*args):\n    return torch.zeros(1, dtype=torch.uint8).expand(50 << 20)\n"


def build(folder: Path) -> Path:
    for file, name in (("first.py", "centre"), ("attacked.py", "transform"), ("last.py", "squares")):
        (folder / file).write_text(LARGE.format(name=name))
    return folder
