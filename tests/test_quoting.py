"""`grade lint` shows where a hidden check quotes more of an answer than a student is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_course import CHECKS, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.judging.grading import Grader
from grader.lint.lint import Findings, mistake_problems
from grader.lint.quoting import unwritten_sentences
from grader.subjects.recordings import Recordings

ASKED = "assert_matches(student({0}, x=x), reference({0}, x=x))"


def course_with(folder: Path, check: str, line: str) -> CourseAssignment:
    asked = ASKED.format(check)
    checks = CHECKS.replace(asked, f"got = student({check}, x=x)\n    {line}\n    {asked}")
    assert checks != CHECKS
    return read_assignment(build(folder, checks=checks))


@pytest.mark.parametrize("message", ["str(got)", "got['v']", "'the variance is ' + str(got['v'])"])
def test_a_message_that_is_an_answers_text_is_shown_with_its_line(tmp_path: Path, message: str) -> None:
    course = course_with(tmp_path, "variance", f"assert got['v'] is not None, {message}")
    (shown,) = unwritten_sentences(course)
    assert shown.startswith("checks/test_tiny.py, line ")
    assert message in shown


def test_messages_of_public_checks_and_written_ones_are_not_shown(tmp_path: Path) -> None:
    assert list(unwritten_sentences(course_with(tmp_path / "a", "standardized", "assert got, str(got)"))) == []
    written = 'assert got, "none" if got is None else f"the variance is {got}"'
    assert list(unwritten_sentences(course_with(tmp_path / "b", "variance", written))) == []


def test_what_mistakes_make_a_check_quote_is_shown_with_what_is_told(tmp_path: Path) -> None:
    line = 'assert np.allclose(got["v"], reference(variance, x=x)["v"]), f"the variance is {got}, expected another"'
    course, findings = course_with(tmp_path, "variance", line), Findings()
    with Grader(course, recordings=Recordings()) as grader:
        list(mistake_problems(grader.judge, findings))
    assert len({quoted.partition(": ")[0] for quoted in findings.quoted}) == 1
    assert findings.quoted[0].startswith("checks/test_tiny.py, line ")
    assert "students are told 'the variance is …, expected another' in place of" in findings.quoted[0]
