"""One row for one function that is still to be written, however many checks wait for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed, perfect_result
from rich.console import Console

from grader.course.gap_names import unwritten_function
from grader.model.result import CheckResult, Result
from grader.model.status import Status
from grader.reporting.terminal import rendering
from grader.results.unwritten_rows import rows_of
from grader.results.visibility import View, visible_to

TODO = "1a Conv2D.forward, modules/convolution.py:41"
SOURCE = '''\
class Conv2D:
    """A layer."""

    def __init__(self):
        self.x = None

    def forward(self, x):
        """Slide."""
        # TODO(1a): Pad the images.
        raise NotImplementedError("1a: Pad the images.")


def helper(x):
    raise NotImplementedError("2b: Add them up")


def bare(x):
    pass
'''


def with_checks(*changes: dict[str, object]) -> Result:
    """Change the first checks of a result in which everything passed, all of them in its first part."""
    perfect = perfect_result()
    rows: list[CheckResult] = list(perfect.checks)
    for place, fields in enumerate(changes):
        needs = fields.pop("needs", ())
        rows[place] = changed(rows[place], points=Fraction(0), **fields)
        rows[place] = replace(rows[place], check=replace(rows[place].check, part=rows[0].part, needs=needs))
    return replace(perfect, checks=tuple(rows))


def shown(result: Result, width: int) -> str:
    console = Console(width=width, _environ={})
    with console.capture() as captured:
        console.print(rendering(visible_to(result, View.STUDENT), ""), crop=False)
    return captured.get()


def unwritten(todo: str = TODO) -> dict[str, object]:
    return {"status": Status.UNWRITTEN, "todo": todo, "message": "not written yet at modules/convolution.py line 42"}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_checks_that_wait_for_one_function_stand_in_one_row(width: int) -> None:
    """Twenty-five rows told of one function that was not written."""
    names = [check.name for check in perfect_result().checks[:3]]
    waiting: dict[str, object] = {"status": Status.BLOCKED, "message": f"waits for {names[0]}", "needs": (names[0],)}
    text = shown(with_checks(unwritten(), unwritten(), waiting), width)
    assert "1a Conv2D.forward" in text
    flat = " ".join(text.split())
    assert f"modules/convolution.py:41: 3 checks wait for it, first {names[0]}" in flat
    assert f"{names[1]} " not in text.partition("not written yet")[0]


def test_a_function_that_one_check_waits_for_leaves_that_check_its_row() -> None:
    row = rows_of(visible_to(with_checks(unwritten()), View.STUDENT), perfect_result().checks[0].part)[0]
    assert (row.todo, len(row.items)) == ("", 1)


def test_two_functions_have_two_rows() -> None:
    other = "1b Conv2D.backward, modules/convolution.py:60"
    result = with_checks(unwritten(), unwritten(other), unwritten(), unwritten(other))
    rows = rows_of(visible_to(result, View.STUDENT), result.checks[0].part)
    assert [(row.todo, len(row.items)) for row in rows if row.todo] == [(TODO, 2), (other, 2)]


def test_a_check_that_waits_for_a_wrong_one_as_well_keeps_its_row() -> None:
    first, second, *_ = (check.name for check in perfect_result().checks)
    wrong: dict[str, object] = {"status": Status.FAILED, "message": "out[0] is 1, expected 2"}
    waiting: dict[str, object] = {"status": Status.BLOCKED, "message": "waits", "needs": (first, second)}
    result = with_checks(unwritten(), wrong, waiting)
    rows = rows_of(visible_to(result, View.STUDENT), result.checks[0].part)
    assert all(len(row.items) == 1 for row in rows)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (10, ("Conv2D.forward", "1a", 9)),
        (7, ("Conv2D.forward", "1a", 9)),
        (14, ("helper", "2b", 14)),
        (18, ("bare", "", 17)),
        (1, None),
    ],
)
def test_a_function_is_named_with_its_part_and_the_line_to_write_at(
    line: int, found: tuple[str, str, int] | None
) -> None:
    function = unwritten_function(SOURCE, line)
    assert (None if function is None else (function.name, function.part, function.line)) == found


def test_a_module_that_is_no_python_names_nothing() -> None:
    assert unwritten_function("def f(:\n", 1) is None
