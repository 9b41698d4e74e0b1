"""Render what a class has in common as one page, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import jinja2

from grader.results.codec import Json
from grader.similarity.compare import Group, Likeness, Line, Side
from grader.wording.text import cell_text, one_line

AROUND: Final = 3  # lines shown before and after what is shared
MOST_TOLD: Final = 5  # groups, and members of one, in the terminal


def render_likeness(title: str, likeness: Likeness, least: float, environment: jinja2.Environment) -> str:
    """Render the page."""
    return environment.get_template("similar.html.j2").render(
        title=title,
        likeness=likeness,
        least=least,
        shown=shown_lines,
        shared_in=shared_in,
        cell=cell_text,
        most_named=MOST_TOLD,
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
        "groups_left_out": likeness.more,
        "not_compared": [{"student": who, "why": why} for who, why in likeness.not_compared.items()],
        "groups": [
            {
                "equal": group.are_equal,
                "linked_pairs": group.linked,
                "students": [
                    {"student": who, "like": group.like[who][0], "share": round(group.like[who][1], 4)}
                    for who in group.members
                ],
            }
            for group in likeness.groups
        ],
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


def group_sentence(group: Group) -> str:
    """Describe a group in one line: who is in it, and what they have in common."""
    if len(group.members) > 2:
        what = "the same files" if group.are_equal else f"code in common in {group.linked} of {group.possible} pairs"
        others = len(group.members) - MOST_TOLD
        named = [one_line(who) for who in group.members[: None if others < 2 else MOST_TOLD]]
        more = f", and {others} more" if others >= 2 else ""
        return f"{len(group.members)} with {what}: {', '.join(named)}{more}"
    left, right = group.closest.left, group.closest.right
    shares = f"{left.share:.0%} of {one_line(left.who)} and {right.share:.0%} of {one_line(right.who)} are in common"
    return f"the same files: {shares}" if group.are_equal else shares
