"""The smallest example of a failed check, looked for in real workers on small courses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tiny_course import CHECKS, RUBRIC, SCALE, STATS, build

from grader.authoring.compare import differences
from grader.course.discovery import read_assignment
from grader.judging.case_calls import smallest_call
from grader.judging.grading import Grader, grade_submission
from grader.judging.judge import Judgement
from grader.model.observation import Observation
from grader.model.result import SmallestExample
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.reporting.terminal import check_in_full
from grader.results.codec import from_json, to_json
from grader.results.visibility import View, visible_to
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes, seed_of
from grader.submissions.read import Submission


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Callable[..., Grader]]:
    graders: list[Grader] = []

    def start(**changes: str) -> Grader:
        grader = Grader(read_assignment(build(tmp_path, **changes)))
        grader.judge.seeks_examples = True
        graders.append(grader)
        return grader

    yield start
    for grader in graders:
        grader.close()


def submission(stats: str = STATS, scale: str = SCALE) -> Submission:
    return Submission("a test's", {"scale.py": scale, "stats.py": stats}, (), (), {}, "")


def judged(grader: Grader, stats: str, *, scale: str = SCALE) -> Judgement:
    return grader.observe(submission(stats, scale))


def example_of(judgement: Judgement, check: str) -> SmallestExample | None:
    return next(verdict.example for verdict in judgement.verdicts if verdict.check == check)


def with_variance(body: str) -> str:
    return f"def variance(x):\n    {body}\ndef covariance(x):\n    return x.T @ x\n"


def test_a_wrong_answer_is_shown_on_few_whole_numbers_in_full(changed: Callable[..., Grader]) -> None:
    example = example_of(judged(changed(), with_variance("return x.var(axis=0) + 1")), "variance")
    assert example == SmallestExample(
        inputs=(("x", "[[3]]"),), got=(("v", "[1]"),), expected=(("v", "[0]"),), numbers=1, matters=""
    )


def test_the_one_number_that_decides_is_named(changed: Callable[..., Grader]) -> None:
    example = example_of(judged(changed(), with_variance("return x.sum(axis=0) * (len(x) > 1) * 7")), "variance")
    assert example is not None
    assert example.matters == "right at shape (1, 1), wrong at shape (2, 1)"


def test_checks_that_pass_are_unwritten_or_hang_have_no_example(changed: Callable[..., Grader]) -> None:
    grader = changed(rubric=RUBRIC.replace('divide?"', 'divide?"\nseconds = 0.2'))
    unwritten = with_variance("raise NotImplementedError")
    for stats in (STATS, unwritten, with_variance("while True: pass")):
        assert judged(grader, stats).examples == {}


def test_no_example_holds_what_the_code_remembers_of_hidden_inputs(changed: Callable[..., Grader]) -> None:
    """An answer is told in full: a worker that was given hidden inputs could put them there."""
    keeps = "SEEN = []\n" + with_variance("SEEN.append(float(x[0, 0])); return x.var(axis=0) + len(SEEN)")
    judgement = judged(changed(), keeps)
    example = example_of(judgement, "variance")
    assert example is not None
    assert float(example.got[0][1].strip("[]")) <= 2, "the worker was called for a hidden case before"


def test_no_input_of_a_hidden_case_is_in_an_example(changed: Callable[..., Grader]) -> None:
    grader = changed()
    judgement = judged(grader, with_variance("return x.var(axis=0) + 1"))
    shown = judgement.examples["variance"].inputs["x"]
    hidden = [call.inputs["x"] for call in judgement.calls["variance"]]
    assert all(getattr(one, "shape", None) != getattr(shown, "shape", None) for one in hidden)


def test_a_secret_that_does_not_depend_on_the_inputs_is_not_told(changed: Callable[..., Grader]) -> None:
    secret = STATS.replace("return ((x - x.mean(axis=0)) ** 2).mean(axis=0)", "return x[0, :1] * 0 + 0.7364")
    grader = changed(stats=secret, mistakes=None, samples=None)
    assert example_of(judged(grader, with_variance("return x[0, :1] * 0")), "variance") is None


def test_an_author_may_want_no_example(changed: Callable[..., Grader]) -> None:
    checks = CHECKS.replace("import assert_matches", "import assert_matches, no_example").replace(
        '@pytest.mark.parametrize("shape", SHAPES, ids=str)\ndef test_variance',
        '@pytest.mark.parametrize("shape", SHAPES, ids=str)\n@no_example("a secret")\ndef test_variance',
    )
    assert "no_example(" in checks
    assert judged(changed(checks=checks), with_variance("return x.var(axis=0) + 1")).examples == {}


def test_a_result_keeps_its_examples_and_every_reader_sees_them(changed: Callable[..., Grader]) -> None:
    grader = changed()
    result = grade_submission(grader, submission(with_variance("return x.var(axis=0) + 1")))
    seen = visible_to(result, View.STUDENT)
    examples = {check.name: check.verdict.example for check in result.checks}
    again = from_json(to_json(seen))
    assert examples["variance"] is not None
    assert {check.name: check.verdict.example for check in again.checks} == examples
    out = StringIO()
    Console(file=out, width=100, force_terminal=False).print(check_in_full(seen.checks[2]))
    assert "given x = [[3]]" in out.getvalue()
    assert "given x = [[3]]" in render_html(seen, template_environment())


def test_the_call_of_an_example_is_given_to_whoever_writes_it_as_a_script(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "scale.py").write_text(SCALE, encoding="utf-8")
    (folder / "stats.py").write_text(with_variance("return x.var(axis=0) + 1"), encoding="utf-8")
    call = smallest_call(read_assignment(build(tmp_path)), "variance", folder)
    assert call is not None
    assert (call.driver, repr(call.inputs), repr(call.expected)) == (
        "variance", "{'x': array([[3.]])}", "{'v': array([0.])}",
    )  # fmt: skip


COUNTS = "import builtins\ncalls = builtins.calls = getattr(builtins, 'calls', 0) + 1\n"
SEARCHED: dict[str, str] = {
    "is right in a worker's first calls": COUNTS + with_variance("return x.var(axis=0) + (calls > 6 or x.size > 9)"),
    "is wrong in a worker's first calls": COUNTS + with_variance("return x.var(axis=0) + (calls < 3 or x.size > 9)"),
    "is right for small inputs": with_variance("return x.var(axis=0) + (x.size > 9)"),
    "raises where there is one row": with_variance("return x.var(axis=0) + 1 if len(x) > 1 else [][1]"),
    "changes its input": with_variance("x *= 0; return x.var(axis=0) + 1"),
    "answers with a large array": with_variance("return [x.repeat(100000)] if x.size < 9 else x.var(axis=0) + 1"),
    "prints": with_variance("print('expected', x); return x.var(axis=0) + 1"),
    "ends the process": with_variance("import os; return x.var(axis=0) + 1 if x.size > 9 else os._exit(0)"),
}


@pytest.mark.parametrize("stats", SEARCHED.values(), ids=SEARCHED)
def test_what_is_said_of_a_submission_that_sees_the_search_is_so_when_it_is_tried_anew(
    tiny_grader: Grader, monkeypatch: pytest.MonkeyPatch, stats: str
) -> None:
    """A worker that counts its calls was told to be wrong on an input on which it is right."""
    monkeypatch.setattr(tiny_grader.judge, "seeks_examples", True)
    judgement = judged(tiny_grader, stats)
    found = judgement.examples.get("variance")
    verdict = next(one for one in judgement.verdicts if one.check == "variance")
    assert verdict.status is Status.FAILED
    if found is None:
        return
    session = tiny_grader.session(submission(stats))
    with closing(session):
        call = call_bytes(found.driver, dict(found.inputs))
        observed = session.observe(call, 1.0, seed_of(call))
    assert observed.failure is None
    assert [one.got.tolist() for one in differences(observed.value, found.expected) if one.got is not None] == [
        one.got.tolist() for one in found.differences if one.got is not None
    ]
    assert len(str(found.told())) < 1000


def test_a_submission_that_hangs_on_small_inputs_takes_no_more_than_the_time_for_a_check(
    tiny_grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny_grader.judge, "seeks_examples", True)
    monkeypatch.setattr("grader.judging.smallest_example.CHECK_SECONDS", 0.2)
    asked: list[float] = []
    observe = Session.observe

    def timed(session: Session, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        asked.append(seconds)
        return observe(session, call, seconds, seed, public=public)

    monkeypatch.setattr(Session, "observe", timed)
    stats = with_variance("exec('while len(x) < 3: pass'); return x.var(axis=0) + 1")
    assert judged(tiny_grader, stats).examples == {}
    assert len([seconds for seconds in asked if seconds <= 0.2]) == 1, "it is not asked again once it has not answered"


def test_a_reference_that_computes_long_on_small_inputs_takes_no_more_than_the_time_for_a_check(
    changed: Callable[..., Grader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked by the checks themselves: only the search would wait for it, without end."""
    monkeypatch.setattr("grader.judging.smallest_example.CHECK_SECONDS", 0.2)
    slow = STATS.replace("    return ((x -", "    while x.size < 9:\n        x + x\n    return ((x -")
    assert slow != STATS
    judgement = judged(changed(stats=slow, mistakes=None, samples=None), with_variance("return x.var(axis=0) + 1"))
    assert judgement.examples == {}
    assert [one.check for one in judgement.verdicts if one.status is Status.FAILED] == ["variance"]
