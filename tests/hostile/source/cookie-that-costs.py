"""Name codecs whose time grows with the square of a file, and codecs that are none for texts.

outcome = "helpers that nobody imports cost nobody anything, and reading has a limit of time"
status = ["passed"]
points = 5
published = true
seconds = 40
quick = false
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
    (folder / "a.py").write_bytes(b"# coding: punycode\n" + b"a" * 500_000 + b"-" + b"b" * 300_000)
    (folder / "b.py").write_bytes(b"# coding: idna\n" + b"a." * 400_000)
    for number, codec in enumerate(("zlib", "rot13", "hex", "undefined", "mbcs", "unicode_escape", "utf_7")):
        (folder / f"c{number}.py").write_bytes(f"# coding: {codec}\n".encode() + b"\\x41+AGE-" * 90_000)
    return folder
