"""The options of all commands side by side: what is called the same means the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from classes import USAGE, Grade

from grader import cli
from grader.course.discovery import find_course
from grader.gradebook.book import gradebook
from grader.gradebook.manual_decisions import checked_points

RESULTS_OF: Final = {"export": "--results"}  # what it writes goes to --out
SHARED: Final = ("--gradebook", "--course")
DIFFERENT: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "--out": {
        "a file or folder that the command makes": ("repro", "report", "pack", "export", "ci", "handout", "demo"),
    },
    "--results": {"a flag": ("doctor",)},
    "--submission": {"where it is looked for": ("run", "watch", "repro", "ci")},
    "--course": {"where a course is begun": ("new", "import")},
    "--roster": {
        "what is read of it": ("batch", "collect", "review", "class", "statistics", "decide", "feedback"),
        "whose variants it tells": ("gradescope", "handout"),
    },
    "--no-isolation": {"a flag, about one's own code": ("run", "watch")},
    "--all": {"what is listed besides": ("decisions", "requests")},
    "--anyway": {"what is kept although": ("pack",)},
    "--assignment": {"where none is told otherwise": ("diff", "collect", "decide")},
    "--check": {"what is done with it": ("override", "leaderboard")},
    "--json": {"what is printed": ("run", "doctor")},
    "--open": {"what is opened": ("run", "instructions")},
    "--says": {"who reads it": ("mistake", "requests")},
    "--student": {
        "whether it may be repeated": ("regrade", "decisions"), "whose variant it is": ("run", "ci", "handout"),
    },
    "--top": {"rows or groups": ("leaderboard", "similar")},
    "--why": {"where rows give their own": ("decide",)},
    "--gradebook": {"of a class, and not of one result": ("export",)},
}  # fmt: skip
"""Which commands say an option in other words, and in what it differs."""


def options() -> dict[str, dict[str, Any]]:
    """List the options of every command by their first name."""
    group: Any = typer.main.get_command(cli.app)
    commands = {name: group.get_command(None, name) for name in group.list_commands(None)}
    return {
        name: {one.opts[0]: one for one in command.params if one.param_type_name == "option"}
        for name, command in commands.items()
    }


def test_every_command_about_results_takes_their_gradebook_and_the_course() -> None:
    """backup, restore, diff, decisions and doctor refused --course, which batch and the others need."""
    found = options()
    about = {
        name
        for name, taken in found.items()
        if (folder := taken.get(RESULTS_OF.get(name, "--out"))) is not None and str(folder.default) == "results"
    }
    assert [(name, one) for name in about for one in SHARED if one not in found[name]] == []
    assert {"backup", "restore", "doctor", "export", "forget", "totals"} <= about


def test_an_option_of_one_name_is_the_same_in_every_command() -> None:
    said: dict[str, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    for command, taken in options().items():
        for name, one in taken.items():
            excepted = {other for others in DIFFERENT.get(name, {}).values() for other in others}
            if command not in excepted:
                said[name][one.help, one.metavar, str(one.default), one.is_flag, tuple(one.opts)].append(command)
    assert {name: ways for name, ways in said.items() if len(ways) > 1} == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("override", "tiny", "ada", "-3", "--why", "x"), "points are -3, expected 0 to 10"),
        (("override", "tiny", "ada", "-1/2", "--check", "variance", "--why", "x"), "points of variance are -1/2"),
        (("requests", "answer", "-7", "--says", "no"), "'-7'"),
        (("batch", "tiny", ".", "--jobs", "-3"), "--jobs is '-3', expected a number greater than or equal to 1"),
        (("similar", "tiny", "--least=2"), "--least is '2', expected a number less than or equal to 1"),
        (("regrade", "tiny", "-j", "two"), "--jobs is 'two', expected a valid integer"),
    ],
)
def test_a_number_that_cannot_be_meant_is_told_in_one_sentence(
    grade: Grade, course: Path, words: Sequence[str], told: str
) -> None:
    """`grade override tiny ada -3` answered with a box about an option -3 that nobody gave."""
    (course / "results").mkdir()
    with gradebook(str(course / "results" / "gradebook.sqlite"), print):
        pass
    ran = grade(*words)
    assert (ran.code, len(ran.err.splitlines())) == (USAGE, 1)
    assert told in ran.err
    assert "╭" not in ran.err


def test_the_points_that_the_documentation_gives_by_hand_can_be_had() -> None:
    """It gave 6 of the 4 points of conv_shapes, which is refused as a typing mistake."""
    text = (Path(__file__).parents[1] / "docs" / "instructors.md").read_text(encoding="utf-8")
    assignment = find_course(Path(__file__)).load("convnet").assignment
    given = re.findall(r"^grade override convnet ada (\S+) (?:--check (\w+))?", text, re.MULTILINE)
    given += [
        (points, "conv_shapes") for points in re.findall(r"^grade requests answer .*--points (\S+)", text, re.MULTILINE)
    ]
    assert len(given) > 3
    for points, check in given:
        checked_points(assignment, check, points)
