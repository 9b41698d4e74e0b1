"""Hide code from who reads it, by characters that turn the direction of writing.

outcome = "shown with the characters written out; the answer is compared as ever"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST

TROJAN = "def transform(x, w):\n    '''\u202e\u2066 return np.tanh(x @ w) \u2069\u2066'''; raise ValueError  # \x0c\x1b[2K\u202e\n"


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "attacked.py").write_text(TROJAN)
    return folder
