"""On a console that has few characters nothing turns into a question mark, and what is cut says so."""

from __future__ import annotations

import io

import pytest
from example_results import rich_result
from rich.console import Console
from rich.text import Text

from grader.reporting.ascii import InAscii
from grader.reporting.terminal import rendering
from grader.results.visibility import View, visible_to


def drawn(what: object, width: int, encoding: str = "ascii") -> str:
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    Console(file=screen, width=width, highlight=False).print(what, crop=False)
    screen.seek(0)
    return screen.read()


def test_a_text_that_is_cut_ends_in_dots() -> None:
    cut = Text("conv.forward(images)", no_wrap=True, overflow="ellipsis")
    assert drawn(InAscii(cut), 10) == "conv.fo...\n"
    assert drawn(InAscii(cut), 10, "utf-8") == "conv.forw…\n"
    assert drawn(InAscii(Text("3 × 3 – −1 …")), 20) == "3 x 3 - -...\n"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_character_of_a_result_becomes_a_question_mark(width: int) -> None:
    result = visible_to(rich_result(), View.STUDENT)
    ascii_only, other = drawn(rendering(result), width), drawn(rendering(result), width, "utf-8")
    assert ascii_only.count("?") == other.count("?")
