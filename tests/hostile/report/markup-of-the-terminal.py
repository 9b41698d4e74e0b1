"""Name files and raise words in the markup that the library for the terminal obeys.

outcome = "text is shown as it is"
status = ["raised"]
"""
from pathlib import Path

from hostile.course import HONEST

MARKUP = "[bold green]ok[/] [link=file:///etc/passwd]x[/link] [/nothing] [@click=app.quit]x[/] :smile: [red"
CODE = f"def transform(x, w):\n    raise ValueError({MARKUP!r})  # {MARKUP}\n"


def build(folder: Path) -> Path:
    top = folder / "[red]name[bold green]"
    top.mkdir()
    for name, text in {**HONEST["numbers"], "attacked.py": CODE, "[bold]more[blue].py": "x = 1\n"}.items():
        (top / name).write_text(text)
    return top
