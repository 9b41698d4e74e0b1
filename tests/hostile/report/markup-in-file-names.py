"""Name files as elements and attributes of a page.

outcome = "escaped wherever it is shown"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST

NAMES = ["<img src=x onerror=alert(1)>.py", "\"><script>alert(1)<", "'onmouseover='alert(1)'.py", "{{7*7}}{% raw %}.py", "<injected>.py",
         "[red]x[/red].py", "[link=https://example.com]x.py", "![x](https:example.com).py"]  # fmt: skip


def build(folder: Path) -> Path:
    top = folder / "<injected onclick=alert(1)>&lt;b&gt;"
    top.mkdir()
    for name, text in {**HONEST["numbers"], **dict.fromkeys((name.replace("/", ":") for name in NAMES), "x = 1\n")}.items():
        (top / name).write_text(text)
    return top
