"""What a terminal shows of a run while it lasts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.course.assignment import CourseAssignment
from grader.model.assignment import Check, Visibility
from grader.model.progress import Ended, Progress
from grader.model.status import Status
from grader.reporting.live_progress import ChecksSoFar, live_progress, now_text


@pytest.fixture
def checks(tiny: CourseAssignment) -> tuple[Check, ...]:
    return tiny.assignment.checks


def drawn(progress: Progress, *, width: int = 80, height: int = 24) -> str:
    shown = ChecksSoFar()
    shown.update(progress)
    console = Console(file=io.StringIO(), width=width, height=height, _environ={})
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_each_check_that_has_ended_is_shown_above_the_one_that_runs(checks: tuple[Check, ...]) -> None:
    first, second, third, *_ = checks
    ended = (Ended(first, Status.PASSED, ""), Ended(second, Status.TIMED_OUT, "no answer at scale.py line 3"))
    text = drawn(Progress(check=third.name, of=4, ended=ended))
    assert text.splitlines()[:2] == [
        f"ok      {first.name}", f"TIME    {second.name}  no answer at scale.py line 3",
    ]  # fmt: skip
    assert f"2 of 4 checks done, now {third.name}" in text


@pytest.mark.parametrize("height", [10, 24])
def test_on_a_small_screen_the_last_ones_stay(checks: tuple[Check, ...], height: int) -> None:
    many = tuple(Ended(replace(checks[0], name=f"check_{place}"), Status.PASSED, "") for place in range(40))
    text = drawn(Progress(check="next", of=41, ended=many), height=height)
    assert len(text.splitlines()) <= height
    assert "check_39" in text
    assert "check_2\n" not in text


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_how_a_check_ended_that_is_shown_later_is_not_shown_while_it_runs(
    checks: tuple[Check, ...], status: Status
) -> None:
    later = replace(checks[0], visibility=Visibility.AFTER_DUE_DATE)
    progress = Progress(check="", of=1, ended=(Ended(later, status, "wrong"),))
    assert checks[0].name not in drawn(progress)
    assert now_text(progress) == "1 of 1 check done"


def test_a_pipe_is_told_nothing(checks: tuple[Check, ...]) -> None:
    file = io.StringIO()
    with live_progress(Console(file=file, _environ={})) as shown:
        shown.update(Progress(check=checks[0].name, of=4, ended=()))
    assert file.getvalue() == ""


def test_how_long_a_check_takes_is_told_once_it_is_worth_it(checks: tuple[Check, ...]) -> None:
    progress = Progress(check=checks[0].name, of=4, ended=())
    assert now_text(progress, 0.4) == f"0 of 4 checks done, now {checks[0].name}"
    assert now_text(progress, 7.2) == f"0 of 4 checks done, now {checks[0].name} (7 s)"
