"""Students who gave the same wrong answer: found, named once, told to all of them, and nothing runs again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from classes import CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, lay, unlike
from outline import Outline
from tiny_course import RUBRIC, SCALE, STATS, build

from grader.course.discovery import read_assignment
from grader.course.handout import hand_out
from grader.course.named_answers import change_answers, named_answers
from grader.diagnosis.brief_answers import brief_answer
from grader.errors import CourseError
from grader.model.answer import AnswerPlace, NamedAnswer
from grader.model.observation import Observation, Value
from grader.model.status import Status
from grader.results import answers
from grader.results.answers import CLOSE, Answer, agree, answer_groups
from grader.subjects.case import Case
from grader.subjects.student import Call

# The same mistake in two ways of writing it, and another.
HALF = {**CORRECT, "scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(length + 0.5)")}
HALF_TOO = {**CORRECT, "scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(1 / 2 + 1.0 * length)")}
TWICE = {**CORRECT, "stats.py": STATS.replace("** 2).mean(axis=0)", "** 2).mean(axis=0) * 2")}


def answer(*values: Value, name: str = "case", status: Status = Status.FAILED) -> Case:
    """Make a case that was answered with some values."""
    calls = tuple(
        Call("solve", {}, f"{number}".encode(), Observation(value=value)) for number, value in enumerate(values)
    )
    return Case(name=name, status=status, calls=calls)


def test_who_gives_the_same_wrong_answer_is_named_once_and_told_without_running(grade: Grade, course: Path) -> None:
    for number, files in enumerate((HALF, HALF_TOO, HALF, TWICE, SHORT_ROWS, SHORT_ROWS, CORRECT)):
        lay(course / f"handed/s{number}", unlike(files, number))
    assert grade("batch", "tiny", "handed").code == WHOLE
    page = Outline((course / "results/tiny/class.html").read_text(encoding="utf-8")).text
    assert "3 students in unit_rows" in page
    assert "(1 / 2 + 1.0 * length)" in page
    listed = grade("mistake", "list", "tiny").out.splitlines()
    code = listed[1].split()[0]
    assert (listed[1].split()[1:], listed[-1]) == (["3", "s0,", "s1,", "s2"], "1 group")

    assert grade("mistake", "add", "tiny/unit_rows/000000", "--says", "x", "--hint", "y").code == USAGE
    assert grade("mistake", "add", code, "--says", "", "--hint", "y").code == USAGE
    ran = grade("mistake", "add", code, "--says", "a half is added to the length", "--hint", "how long is a row of 1?")
    assert ran.out.startswith("3 students made same-answer-")
    twice = grade("mistake", "add", code, "--says", "otherwise", "--hint", "y", "--by", "dan").err
    assert "is named already" in twice
    assert "'a half is added to the length'" in twice
    again = grade("regrade", "tiny")
    assert "7 weighed again" in again.err + again.out
    reports = {path.stem: path.read_text(encoding="utf-8") for path in (course / "results/tiny/reports").iterdir()}
    assert {name for name, text in reports.items() if "a half is added to the length" in text} == {"s0", "s1", "s2"}

    lay(course / "more/zoe", unlike(HALF_TOO, 9))
    grade("batch", "tiny", "more")
    assert "a half is added" in (course / "results/tiny/reports/zoe.html").read_text(encoding="utf-8")
    assert grade("mistake", "list", "tiny").out == "0 groups\n"
    assert grade("mistake", "remove", f"tiny/{ran.out.split()[3].rstrip(',')}").code == WHOLE
    assert "4" in grade("mistake", "list", "tiny").out.splitlines()[1].split()


def test_of_two_who_name_answers_at_once_both_are_kept(tmp_path: Path) -> None:
    """Each read what was named, added to it and wrote it: the slower one's file was the one that stayed."""

    def naming(name: str) -> None:
        answer = NamedAnswer(name=name, check="c", says="x", hint="y", answer=())
        change_answers(tmp_path, lambda kept: {"c": [*kept.get("c", ()), answer]})

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(naming, (f"same-answer-{number}" for number in range(24))))
    assert len(named_answers((tmp_path / "answers.json").read_text("utf-8"), tmp_path)["c"]) == 24


def test_a_hand_out_tells_what_is_named_in_public_checks_alone(tmp_path: Path) -> None:
    rows = [
        {"name": f"same-answer-{check}", "check": check, "says": "s", "hint": "h", "answer": []}
        for check in ("standardized", "variance")
    ]
    folder = build(tmp_path)
    lay(folder, {"answers.json": json.dumps({"form": "grade/answers/v1", "answers": rows})})
    files = hand_out(read_assignment(folder), {}).files
    assert set(named_answers(files["reference/tiny/answers.json"], folder / "answers.json")) == {"standardized"}


@pytest.mark.parametrize(
    "text", ["[", "{}", '{"form": "other", "answers": []}', '{"form": "grade/answers/v1", "answers": [{}]}']
)
def test_named_answers_in_another_form_are_told_with_their_file(tmp_path: Path, text: str) -> None:
    folder = build(tmp_path, rubric=RUBRIC)
    with pytest.raises(CourseError, match=r"answers\.json"):
        named_answers(text, folder / "answers.json")


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        (lambda x: x * (1 + 1e-9), True),
        (lambda x: x.astype(np.float32), True),
        (lambda x: x * 1.001, False),
        (lambda x: -x, False),
        (lambda x: x[::-1], False),
        (lambda x: x.T.reshape(x.shape), False),
        (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 17, x + 1, x), False),
        (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 17, np.nan, x), False),
        (lambda x: x[:, :-1], False),
    ],
    ids=["rounding", "float32", "scaled", "negated", "reversed", "transposed", "one value", "one NaN", "shape"],
)  # fmt: skip
def test_answers_are_the_same_where_they_agree_to_within_rounding(
    change: Callable[[np.ndarray], np.ndarray], is_same: bool
) -> None:
    x = np.random.default_rng(1).normal(0, 3, (20, 30))
    assert agree(brief_answer([answer({"u": x})]), brief_answer([answer({"u": change(x)})])) is is_same


def test_answers_to_other_inputs_or_in_other_cases_are_not_the_same() -> None:
    x = np.ones((2, 2))
    one, two = answer({"u": x}), answer({"u": x}, {"u": x})
    assert not agree(brief_answer([one]), brief_answer([two]))
    assert not agree(brief_answer([one]), brief_answer([answer({"u": x}, name="other")]))
    passed = answer({"u": x}, status=Status.PASSED)
    assert agree(brief_answer([passed, one]), brief_answer([one]))


def test_who_was_stopped_or_raised_gave_no_answer() -> None:
    late = answer({"u": np.ones(3)}, status=Status.TIMED_OUT)
    assert brief_answer([answer({"u": np.ones(3)}), late]) == ()
    assert not agree((), ())


def test_groups_are_two_at_least_and_the_largest_comes_first() -> None:
    few, many, alone = (brief_answer([answer({"u": np.full(3, float(number))})]) for number in range(3))
    rows = [("a", "x", few), ("b", "x", few), *((name, "x", many) for name in "cde"), ("f", "x", alone), ("g", "x", ())]
    assert [group.students for group in answer_groups("tiny", rows)] == [("c", "d", "e"), ("a", "b")]


def test_a_class_with_as_many_wrong_answers_as_students_is_grouped_without_comparing_all_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every answer was compared with every other: 20,000 students without a seed took minutes of the class page."""
    compared: list[Answer] = []
    monkeypatch.setattr(answers, "agree", lambda one, other: compared.append(other) is None and agree(one, other))
    draw = np.random.default_rng(7)
    drawn = [brief_answer([answer({"u": draw.normal(size=4), "v": np.ones(3)})]) for _ in range(300)]
    rows = [(f"s{number:03}", "x", drawn[number % 299]) for number in range(300)]
    assert [group.students for group in answer_groups("tiny", rows)] == [("s000", "s299")]
    assert len(compared) < 30


def test_an_answer_joins_the_first_group_that_it_agrees_with() -> None:
    values = (1, 1 + 1.6 * CLOSE, 1 + 0.8 * CLOSE, math.inf, math.inf)
    rows = [(str(number), "x", (AnswerPlace("u", (1.0, 0, value)),)) for number, value in enumerate(values)]
    assert [group.students for group in answer_groups("tiny", rows)] == [("0", "2")]
