"""Render what a class has in common as one page, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from grader.results.codec import Json
from grader.similarity.compare import Likeness, Line, Side
from grader.wording.text import cell_text

AROUND = 3  # lines shown before and after what is shared


def render_likeness(title: str, likeness: Likeness, least: float, environment: jinja2.Environment) -> str:
    """Render the page."""
    return environment.get_template("similar.html.j2").render(
        title=title,
        likeness=likeness,
        least=least,
        shown=shown_lines,
        shared_in=shared_in,
        cell=cell_text,
    )


def as_json(assignment: str, likeness: Likeness, least: float) -> dict[str, Json]:
    """Return everything but the code."""
    return {
        "schema": "grade/similar/v1",
        "assignment": assignment,
        "submissions": likeness.submissions,
        "compared": likeness.compared,
        "usual_share": round(likeness.usual, 4),
        "least_share": least,
        "pairs": [
            {"equal": pair.are_equal, "left": _side(pair.left), "right": _side(pair.right)} for pair in likeness.pairs
        ],
    }


def _side(side: Side) -> dict[str, Json]:
    return {"student": side.who, "share": round(side.share, 4), "lines": side.shared_lines}


def shared_in(side: Side) -> Mapping[str, tuple[Line, ...]]:
    """Return the files in which something is shared."""
    return {path: lines for path, lines in side.files.items() if any(line.is_shared for line in lines)}


def shown_lines(lines: tuple[Line, ...]) -> list[Line | None]:
    """Return the lines that are shared and some around them; None stands for those left out."""
    near = {
        place
        for number, line in enumerate(lines)
        if line.is_shared
        for place in range(number - AROUND, number + AROUND + 1)
    }
    shown: list[Line | None] = []
    for number, line in enumerate(lines):
        if number in near:
            shown.append(line)
        elif not shown or shown[-1] is not None:
            shown.append(None)
    return shown
