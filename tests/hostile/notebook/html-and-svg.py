"""Show scripts as HTML, as SVG and as text of a cell's output.

outcome = "what a cell shows is a count of pictures and text that is escaped; nothing is rendered"
status = ["passed"]
points = 5
published = true
"""

from pathlib import Path

from hostile.course import HONEST
from notebooks import code, notebook, printed, shown


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    script = "<injected onload=alert(1)><script>alert(1)</script>{{ 7 * 7 }}[red]\x1b[2J"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>{script}</svg>"
    outputs = (printed(script), shown(text__html=script, image__svg_xml=svg), shown(text__plain=script))
    (folder / "attacked.ipynb").write_bytes(notebook(code(HONEST["numbers"]["attacked.py"], *outputs)))
    return folder
