"""The leaderboard as a real browser shows it: no script, one table at a time, and no barrier in either scheme."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from chromium import DESK, PHONE, Opened, Windows, in_a_browser
from playwright.sync_api import expect

from grader.model.measure import Better, MeasureRule, RankRule
from grader.reporting.html import template_environment
from grader.reporting.leaderboard import Column, Leaderboard, Standing, render_leaderboard
from grader.rules.measures import placements

pytestmark = in_a_browser

COLUMNS = (
    Column(check="masks", rule=MeasureRule(name="mean IoU", rank=RankRule(points=Fraction(5)))),
    Column(check="speed", rule=MeasureRule(name="time", unit="s", better=Better.LOWER, decimals=1)),
)


def drawn(students: int) -> Leaderboard:
    """Make a class in which who has the better masks is the slower."""
    values = {
        "masks": {number: number / students for number in range(students)},
        "speed": {number: float(number) for number in range(1, students)},
    }
    places = {column.check: placements(column.rule, values[column.check]) for column in COLUMNS}
    standings = tuple(
        Standing(
            who=f"AAAA-{number:04}",
            places={check: found[number] for check, found in places.items() if number in found},
            points={"masks": Fraction(number, students)},
        )
        for number in range(students)
    )
    return Leaderboard(assignment="pets", title="Pets", columns=COLUMNS, standings=standings)


class Opener:
    """Writes a leaderboard as a page and opens the file in a browser without scripts."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.windows = windows
        self.file = folder / "leaderboard.html"

    def __call__(
        self, board: Leaderboard, *, width: int = DESK, scheme: str = "light", has_script: bool = False
    ) -> Opened:
        self.file.write_text(render_leaderboard(board, template_environment()), encoding="utf-8")
        return self.windows.open(self.file, width=width, scheme=scheme, has_script=has_script)


@pytest.fixture
def opener(windows: Windows, tmp_path: Path) -> Opener:
    return Opener(windows, tmp_path)


def test_without_a_script_one_table_is_shown_and_a_link_sorts_by_another_measure(opener: Opener) -> None:
    found = opener(drawn(5))
    shown = found.page.locator("table:visible tbody tr")
    expect(shown).to_have_count(5)
    expect(shown.first).to_contain_text("AAAA-0004")
    found.page.get_by_role("link", name="by time (s)").click()
    expect(shown).to_have_count(5)
    expect(shown.first).to_contain_text("AAAA-0001")
    expect(shown.last).to_contain_text("AAAA-0000")  # without a time
    found.page.get_by_role("link", name="by mean IoU").click()
    expect(shown.first).to_contain_text("AAAA-0004")
    assert found.complaints == []
    assert len(found.requests) == 1


def test_two_measures_stand_side_by_side_on_a_phone(opener: Opener) -> None:
    """Only the chosen one was in sight, and nothing showed that the table went on to the right."""
    found = opener(drawn(5), width=PHONE)
    for heading in found.page.locator("table:visible thead th").all():
        box = heading.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_axe_finds_no_barrier(opener: Opener, scheme: str, width: int) -> None:
    board = replace(drawn(30), has_names=True)
    found = opener(board, width=width, scheme=scheme, has_script=True)
    assert found.barriers() == []


def test_no_name_that_students_chose_runs_or_becomes_an_element(opener: Opener) -> None:
    board = drawn(2)
    name = "<img src=x onerror='window.broken = 1'>"
    hostile = replace(board, standings=tuple(replace(one, who=name, known_as=name) for one in board.standings))
    found = opener(hostile, has_script=True)
    assert found.has_run_nothing()
    expect(found.page.locator("img")).to_have_count(0)
