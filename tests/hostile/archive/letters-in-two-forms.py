"""Name two files alike, once with composed and once with decomposed letters.

outcome = "both are helpers that nobody asks for"
status = ["passed"]
points = 5
published = true
quick = false
"""
from pathlib import Path

from archives import zip_of
from hostile.course import HONEST


def build(folder: Path) -> Path:
    path = folder / "forms.zip"
    others = {"caf\u00e9.py": "raise SystemExit\n", "cafe\u0301.py": "raise SystemExit\n", "\uff41ttacked.py": "x = 1\n"}
    path.write_bytes(zip_of({**others, **HONEST["numbers"]}))
    return path
