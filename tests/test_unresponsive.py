"""How long a check runs that may be in a loop which gave no answer before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from tiny_course import SCALE, STATS

from grader.judging.grading import Grader
from grader.judging.unresponsive import SECONDS_BEFORE_A_LOOK, EndlessLoops
from grader.model.observation import Failure, Frame
from grader.model.status import Status
from grader.subjects.case import Case
from grader.submissions.read import Submission

LOOP = Frame("modules/convolution.py", 55, "forward")


def hung(*frames: Frame) -> Case:
    failure = Failure(status=Status.TIMED_OUT, message="gives no answer", frames=frames)
    return Case(name="", status=Status.TIMED_OUT, message="gives no answer", failure=failure)


def run(loops: EndlessLoops, *cases: Case, seconds: float = 5.0) -> tuple[Case, list[float]]:
    """Run a case that ends so, one time after the other; return how it ended and for how long it was run."""
    given: Iterator[Case] = iter(cases)
    ran: list[float] = []

    def run_for(seconds: float) -> Case:
        ran.append(seconds)
        return next(given)

    return loops.run(seconds, run_for), ran


@pytest.fixture
def loops() -> EndlessLoops:
    found = EndlessLoops()
    found.note("conv_forward", hung(LOOP))
    return found


def test_as_long_as_every_check_answers_each_has_its_whole_time() -> None:
    assert run(EndlessLoops(), hung(LOOP))[1] == [5.0]


def test_a_check_that_comes_into_the_same_loop_is_ended_soon_and_says_so(loops: EndlessLoops) -> None:
    """Twelve checks waited five seconds each for the same endless loop."""
    case, ran = run(loops, hung(LOOP))
    assert ran == [SECONDS_BEFORE_A_LOOK]
    assert case.status is Status.TIMED_OUT
    said = "ended after 0.5 seconds in the loop that gave no answer in conv_forward, at modules/convolution.py line 55"
    assert case.message == said


def test_a_check_that_answers_is_as_it_answers(loops: EndlessLoops) -> None:
    passed = Case(name="", status=Status.PASSED)
    assert run(loops, passed) == (passed, [SECONDS_BEFORE_A_LOOK])


@pytest.mark.parametrize("elsewhere", [hung(Frame("modules/linear.py", 55, "forward")), hung()])
def test_a_check_that_is_slow_elsewhere_has_its_whole_time(loops: EndlessLoops, elsewhere: Case) -> None:
    passed = Case(name="", status=Status.PASSED)
    assert run(loops, elsewhere, passed) == (passed, [SECONDS_BEFORE_A_LOOK, 5.0])


def test_a_check_with_less_time_than_a_look_takes_keeps_it(loops: EndlessLoops) -> None:
    assert run(loops, hung(LOOP), seconds=0.3)[1] == [0.3]


def test_a_loop_is_the_same_at_each_of_its_lines_and_where_it_calls_something() -> None:
    source = "def forward(x):\n    while x:\n        step(x)\n        x += 1\n\n\ndef step(x):\n    return x\n"
    loops = EndlessLoops({"a.py": source})
    loops.note("one", hung(Frame("a.py", 4, "forward")))
    case, ran = run(loops, hung(Frame("a.py", 3, "forward"), Frame("a.py", 8, "step")))
    assert ran == [SECONDS_BEFORE_A_LOOK]
    assert loops.barred() == {}
    loops.note("two", case)
    said = "it calls forward, which gave no answer in one and two (a.py line 2)"
    assert loops.barred() == {("a.py", 1): said}


def test_a_function_that_gave_no_answer_twice_is_called_no_more(tiny_grader: Grader) -> None:
    code = "def loop(x):\n    while True:\n        pass\n\n\ndef variance(x):\n    return x.var(axis=0)\n\n\n"
    code += "def covariance(x):\n    try:\n        return loop(x)\n    except Exception:\n        return 0\n"
    session = tiny_grader.session(Submission("a test's", {"scale.py": SCALE, "stats.py": code}, (), (), {}, ""))
    with closing(session):
        found = {verdict.check: verdict for verdict in tiny_grader.judge.judge(session, only={"variance"}).verdicts}
        session.bar({("stats.py", 1): "it calls loop, which gave no answer"})
        covariance = next(check for check in tiny_grader.judge.checks if check.name == "covariance")
        item = tiny_grader.judge.tests.cases["covariance"][0]
        case = tiny_grader.judge.run_case(covariance, item, session)
        ended = tiny_grader.judge.judge(session, only={"covariance"}).verdicts[0]
    assert found["variance"].status is Status.PASSED
    assert (case.status, case.message) == (Status.TIMED_OUT, "not run: it calls loop, which gave no answer")
    assert (ended.status, ended.message, ended.is_open) == (Status.BLOCKED, case.message, False), (
        "it waits, and is lost"
    )


@pytest.mark.parametrize("spares_time", [True, False])
def test_an_endless_loop_costs_the_same_points_whether_it_is_waited_out_or_not(
    tiny_grader: Grader, monkeypatch: pytest.MonkeyPatch, *, spares_time: bool
) -> None:
    monkeypatch.setattr(tiny_grader.judge, "spares_time", spares_time)
    monkeypatch.setattr("grader.judging.unresponsive.SECONDS_BEFORE_A_LOOK", 0.2)
    stuck = STATS + "\n\ndef loop():\n    while True:\n        pass\n"
    code = stuck.replace("    centred =", "    loop()\n    centred =")
    submission = Submission("a test's", {"scale.py": SCALE, "stats.py": code}, (), (), {}, "")
    found = {verdict.check: verdict for verdict in tiny_grader.observe(submission).verdicts}
    assert found["variance"].status is Status.PASSED
    covariance = found["covariance"]
    assert covariance.status is Status.TIMED_OUT
    assert f"stats.py line {code.splitlines().index('    while True:') + 1}" in covariance.message
