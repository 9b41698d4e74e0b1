"""Verdicts on small submissions, judged for real: pytest in this process, the code in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tiny_course import CHECKS, DRIVERS, RUBRIC, SCALE, STATS, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.judging.grading import Grader, grade_submission
from grader.judging.judge import Judgement
from grader.judging.verdicts import running_order
from grader.model.progress import Progress
from grader.model.result import Verdict
from grader.model.status import Status
from grader.results.visibility import View, visible_to
from grader.subjects.recordings import Recordings
from grader.submissions.read import Submission

Judge = Callable[..., Judgement]
CANARY = "0.123456"
UNWRITTEN_STATS = (
    "def variance(x):\n    raise NotImplementedError\n\n\ndef covariance(x):\n    raise NotImplementedError\n"
)


def submission(**files: str) -> Submission:
    sources = {"scale.py": SCALE, "stats.py": STATS, **{f"{name}.py": text for name, text in files.items()}}
    return Submission("a test's", sources, (), (), {}, "")


def verdicts(grader: Grader, **files: str) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in grader.observe(submission(**files)).verdicts}


def statuses(grader: Grader, **files: str) -> list[Status]:
    return [verdict.status for verdict in verdicts(grader, **files).values()]


PASSED, FAILED, BLOCKED = Status.PASSED, Status.FAILED, Status.BLOCKED


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Callable[..., Grader]]:
    graders: list[Grader] = []

    def start(**changes: str) -> Grader:
        graders.append(Grader(read_assignment(build(tmp_path, **changes))))
        return graders[-1]

    yield start
    for grader in graders:
        grader.close()


def test_the_reference_passes_every_check(tiny_grader: Grader) -> None:
    assert statuses(tiny_grader) == [PASSED] * 4


def test_two_submissions_are_judged_alike_one_after_the_other(tiny_grader: Grader) -> None:
    wrong = STATS.replace("** 2", "** 3")
    assert [statuses(tiny_grader, stats=text) for text in (wrong, STATS, wrong)] == [
        [PASSED, PASSED, FAILED, BLOCKED], [PASSED] * 4, [PASSED, PASSED, FAILED, BLOCKED],
    ]  # fmt: skip


def test_a_check_whose_need_failed_is_blocked_and_says_by_what(tiny_grader: Grader) -> None:
    blocked = verdicts(tiny_grader, stats=STATS.replace("** 2", "** 3"))["covariance"]
    assert (blocked.status, blocked.message, blocked.share) == (BLOCKED, "waits for variance", 0)


def test_a_partial_check_earns_by_case(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, scale=SCALE.replace("length == 0, 1, length", "length < 1, 1, length"))["unit_rows"]
    assert (verdict.status, verdict.share) == (FAILED, Fraction(3, 5))


def test_a_wrong_array_is_told_with_case_place_and_count(tiny_grader: Grader) -> None:
    message = verdicts(tiny_grader, stats=STATS.replace("** 2).mean", "** 2).sum"))["variance"].message
    assert message.startswith("(4, 3): v[")
    assert message.endswith("(all 3 values differ)")


def test_a_known_mistake_is_named_over_two_cases(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, scale=SCALE.replace("x.std(axis=0)", "x.std()"))["standardized"]
    assert [mistake.name for mistake in verdict.mistakes] == ["one-deviation-for-all"]


def test_a_mistake_and_another_fault_beside_it_name_nothing(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, scale=SCALE.replace("x.std(axis=0)", "(x.std() + 1)"))["standardized"]
    assert verdict.status is FAILED
    assert verdict.mistakes == ()


def test_a_generic_reason_is_given_where_no_mistake_is_known(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, stats=STATS.replace("return ((x", "return -((x"))["variance"]
    assert verdict.mistakes == ()
    assert any("sign" in reason for reason in verdict.reasons), verdict.reasons


def test_how_each_check_ended_is_told_as_it_comes(tiny_grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless loop left the terminal blank until the last deadline was over."""
    told: list[Progress] = []
    monkeypatch.setattr(tiny_grader.judge, "tell_progress", told.append)
    wrong = SCALE.replace("/ x.std(axis=0)", "")
    tiny_grader.observe(submission(scale=wrong, stats=UNWRITTEN_STATS), only=["standardized", "variance", "covariance"])
    assert [progress.check for progress in told] == ["standardized", "variance", "covariance", ""]
    ended = [(one.check.name, one.status) for one in told[-1].ended]
    assert ended == [("standardized", FAILED), ("variance", Status.UNWRITTEN), ("covariance", BLOCKED)]
    assert [len(progress.ended) for progress in told] == [0, 1, 2, 3]


def test_an_exception_is_raised_and_quotes_the_students_line(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, stats="def variance(x):\n    return x.men()\n")["variance"]
    assert verdict.status is Status.RAISED
    said = "AttributeError in variance at stats.py line 2: 'numpy.ndarray' object has no attribute 'men'"
    assert verdict.message == f"{said}. Did you mean: 'mean'?"
    assert [(line.file, line.line, line.source) for line in verdict.quoted] == [("stats.py", 2, "    return x.men()")]


def test_text_of_a_hidden_checks_exception_is_for_the_instructor_only(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, stats=f"def variance(x):\n    raise ValueError('{CANARY}', x)\n")["variance"]
    assert CANARY not in verdict.message + "".join(case.message for case in verdict.cases)
    assert CANARY in verdict.detail


def test_text_of_a_public_checks_exception_is_shown(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, scale=f"def standardized(x):\n    raise ValueError('{CANARY}')\n")["standardized"]
    assert verdict.message == f"ValueError in standardized at scale.py line 2: {CANARY}"


def test_after_a_case_that_hangs_the_others_of_its_check_are_not_waited_for(changed: Callable[..., Grader]) -> None:
    grader = changed(checks=CHECKS)
    hanging = "def variance(x):\n    return x.var(axis=0)\ndef covariance(x):\n    while True: pass\n"
    verdict = verdicts(grader, stats=hanging)["covariance"]
    assert [case.status for case in verdict.cases] == [Status.TIMED_OUT] * 2
    assert verdict.cases[1].message == "not run after the case before it"


def test_printed_lines_are_counted_and_only_a_public_one_is_kept(tiny_grader: Grader) -> None:
    scale = SCALE.replace("    return (x", "    print('public')\n    return (x")
    stats = STATS.replace("    return ((x", f"    print('{CANARY}')\n    return ((x")
    facts = tiny_grader.observe(submission(scale=scale, stats=stats)).facts
    assert (facts.printed_lines, facts.printed_example) == (4, "public")


def test_a_reference_that_raises_voids_the_check_and_no_other(changed: Callable[..., Grader]) -> None:
    grader = changed(stats=STATS.replace("    return ((x", "    x.nothing\n    return ((x"))
    assert statuses(grader, stats=STATS)[:3] == [PASSED, PASSED, Status.VOID]


def test_what_waits_for_a_check_that_the_course_breaks_is_as_open_as_that(changed: Callable[..., Grader]) -> None:
    """Points behind a broken check were lost: 5 of 8, with 2 of them open, for an answer that was right."""
    grader = changed(stats=STATS.replace("    return ((x", "    x.nothing\n    return ((x"))
    verdict = verdicts(grader, stats=STATS)["covariance"]
    assert verdict.status is Status.VOID
    assert verdict.message.startswith("waits for variance: the course's own code fails there")


def test_what_waits_for_what_the_submission_failed_too_is_not_open(changed: Callable[..., Grader]) -> None:
    rubric = RUBRIC.replace('needs = ["variance"]', 'needs = ["variance", "unit_rows"]')
    grader = changed(rubric=rubric, stats=STATS.replace("    return ((x", "    x.nothing\n    return ((x"))
    verdict = verdicts(grader, stats=STATS, scale=SCALE.replace("x / np.where", "2 * x / np.where"))["covariance"]
    assert (verdict.status, verdict.is_open) == (BLOCKED, False)


def test_a_hidden_test_that_breaks_on_the_reference_too_is_void(changed: Callable[..., Grader]) -> None:
    grader = changed(
        checks=CHECKS.replace("    got = student(covariance, x=x)\n", "    got = student(covariance, x=x)[7]\n")
    )
    verdict = verdicts(grader)["covariance"]
    assert (verdict.status, verdict.message) == (
        Status.VOID,
        "the hidden test itself is broken: its points are open until that is mended",
    )


def test_a_hidden_test_that_breaks_only_on_the_students_answer_is_failed(changed: Callable[..., Grader]) -> None:
    checks = CHECKS.replace(
        'assert np.ndim(got["C"]) == 2, "C is no', 'assert got["C"].shape == (x.shape[1],) * 2, "C is no'
    )
    verdict = verdicts(
        changed(checks=checks), stats=STATS.replace("return centred.T @ centred / len(x)", "return None")
    )["covariance"]
    assert (verdict.status, verdict.message) == (FAILED, "(4, 3): what the code returned has not the expected form")


def test_a_plain_assertion_speaks_in_its_own_words(tiny_grader: Grader) -> None:
    verdict = verdicts(tiny_grader, stats=STATS.replace("centred.T @ centred / len(x)", "x.var(axis=0)"))["covariance"]
    assert verdict.message == "(4, 3): C is no matrix, expected one row and one column for every column of x"


def test_a_note_is_said_once_where_its_check_is_passed_and_nowhere_else(changed: Callable[..., Grader]) -> None:
    noting = CHECKS.replace("test_variance(student, reference, rng, shape):\n", """\
test_variance(student, reference, rng, shape, note):
    note("divided by N")
    note(f"{shape[1]} columns")
""")  # fmt: skip
    grader = changed(checks=noting)
    passed, failed = verdicts(grader), verdicts(grader, stats=STATS.replace("** 2", "** 3"))
    assert [passed[name].message for name in ("standardized", "variance")] == ["", "divided by N; 3 columns; 2 columns"]
    assert "divided by N" not in failed["variance"].message


def test_hidden_inputs_change_with_the_seed_and_public_ones_do_not(tiny_grader: Grader) -> None:
    def inputs(seed: int) -> dict[str, list[bytes]]:
        calls = tiny_grader.observe(submission(), seed=seed).calls
        return {check: [call.identity for call in made] for check, made in calls.items()}

    first, again, other = inputs(1), inputs(1), inputs(2)
    assert first == again
    assert [name for name in first if first[name] == other[name]] == ["standardized"]


def test_checks_that_are_not_asked_for_are_not_judged_and_hold_nobody_up(tiny_grader: Grader) -> None:
    wrong = submission(stats=STATS.replace("** 2", "** 3"))
    judged = tiny_grader.observe(wrong, only=["covariance", "unit_rows"]).verdicts
    assert [(one.check, one.status) for one in judged] == [("unit_rows", PASSED), ("covariance", PASSED)]
    assert [one.status for one in tiny_grader.observe(wrong, only=["variance", "covariance"]).verdicts] == [
        FAILED, BLOCKED,
    ]  # fmt: skip


def test_a_result_of_some_checks_counts_these_alone_and_tells_its_seed(tiny_grader: Grader) -> None:
    result = grade_submission(tiny_grader, submission(), only=["variance"], seed=7)
    assert ([row.name for row in result.checks], result.score) == (["variance"], 2)
    assert result.provenance.seed == 7


def test_a_course_without_its_reference_judges_from_recordings(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    with Grader(course) as grader:
        grader.judge.record_reference()
        grader.judge.recordings.save()
        file = grader.judge.recordings.file
    assert file is not None
    assert file.is_file()
    with Grader(course) as grader:
        assert statuses(grader) == [PASSED] * 4
        assert grader.judge.recordings.save() == 0  # nothing had to be computed


def test_drivers_that_raise_break_the_course_before_anybody_is_judged(changed: Callable[..., Grader]) -> None:
    with pytest.raises(CourseError, match=r"drivers.py: line \d+: ZeroDivisionError: division by zero"):
        changed(drivers=DRIVERS + "\n1 / 0\n")


def test_public_checks_run_before_a_worker_has_seen_hidden_inputs(tiny_grader: Grader) -> None:
    assert running_order(tiny_grader.judge.checks)[0].name == "standardized"
    public_last = tuple(replace(check, public=check.name == "variance") for check in tiny_grader.judge.checks)
    ran = [check.name for check in running_order(public_last)]
    assert ran == ["variance", "standardized", "unit_rows", "covariance"]
    waiting = tuple(replace(check, public=check.name == "covariance") for check in tiny_grader.judge.checks)
    assert running_order(waiting) == list(waiting)  # it needs a hidden one, which comes before it


def test_what_a_hidden_test_finds_left_empty_is_unwritten_and_says_where(changed: Callable[..., Grader]) -> None:
    asks = CHECKS.replace("from grader.authoring import", "from grader.authoring import assert_readable,").replace(
        "    got = student(covariance, x=x)\n",
        "    got = student(covariance, x=x)\n"
        "    if got['C'][0, 0] != reference(covariance, x=x)['C'][0, 0]:\n"
        "        assert_readable({'b': ['unwritten', 'row b is empty']}, 'b')\n",
    )
    verdict = verdicts(changed(checks=asks), stats=STATS.replace("/ len(x)", "/ 2"))["covariance"]
    assert (verdict.status, verdict.message) == (Status.UNWRITTEN, "row b is empty")


def test_what_a_hidden_test_finds_unreadable_is_failed_and_says_why(changed: Callable[..., Grader]) -> None:
    asks = CHECKS.replace("from grader.authoring import", "from grader.authoring import assert_readable,").replace(
        "    got = student(covariance, x=x)\n",
        "    got = student(covariance, x=x)\n"
        "    if got['C'][0, 0] != reference(covariance, x=x)['C'][0, 0]:\n"
        "        assert_readable({'b': ['failed', 'row b is nan']}, 'b')\n",
    )
    verdict = verdicts(changed(checks=asks), stats=STATS.replace("/ len(x)", "/ 2"))["covariance"]
    assert verdict.status is FAILED
    assert verdict.message.endswith("row b is nan")


def test_recordings_that_are_given_are_used_though_they_hold_nothing_yet(tiny: CourseAssignment) -> None:
    """An empty store counted as none, so that `grade lint` read what earlier runs had kept."""
    given = Recordings()
    with Grader(tiny, recordings=given) as grader:
        assert grader.judge.recordings is given


def test_a_failure_that_the_reference_would_repeat_is_void_and_no_mistake(changed: Callable[..., Grader]) -> None:
    """A driver that raised on correct code cost the student the check."""
    broken = DRIVERS.replace('{"v": impl.load("stats:variance")(x)}', '{"v": impl.load("stats:variance")(x).nothing}')
    verdict = verdicts(changed(drivers=broken))["variance"]
    assert (verdict.status, verdict.mistakes) == (Status.VOID, ())


def test_a_reference_that_fails_beside_the_judge_alone_does_not_excuse_a_submission(
    changed: Callable[..., Grader],
) -> None:
    """What ran in the judge's process decided; a worker of its own does, where no student's code and no pytest is."""
    verdict = verdicts(changed(drivers=BESIDE_PYTEST), stats="def variance(x):\n    return 1 / 0\n")["variance"]
    assert verdict.status is Status.RAISED


BESIDE_PYTEST = DRIVERS.replace(
    '    return {"v": impl.load("stats:variance")(x)}',
    '    v = impl.load("stats:variance")(x)\n'
    '    assert "pytest" not in __import__("sys").modules, "the judge is no place for this"\n'
    '    return {"v": v}',
)


@pytest.mark.parametrize(("stats", "status"), [(STATS, PASSED), (STATS.replace("** 2", "** 3"), FAILED)])
def test_an_expected_value_that_the_judge_cannot_compute_comes_from_a_worker(
    changed: Callable[..., Grader], stats: str, status: Status
) -> None:
    """Where the reference raised beside the judge alone, whatever was handed in was void."""
    assert BESIDE_PYTEST != DRIVERS
    assert verdicts(changed(drivers=BESIDE_PYTEST), stats=stats)["variance"].status is status


COMPARED = CHECKS.replace(
    "    assert_matches(student(variance, x=x), reference(variance, x=x))",
    '    assert_matches(student(variance, x=x), reference(variance, x=x))\n'
    '    reference(variance, x=student(unit_rows, x=x)["u"])',
)  # fmt: skip


def test_a_reference_that_fails_on_what_the_submission_answered_is_not_broken(changed: Callable[..., Grader]) -> None:
    """It made the check void: an answer of the wrong kind cost nothing, and the course was called broken."""
    grader = changed(checks=COMPARED)
    verdict = verdicts(grader, scale=SCALE.replace("return x / np.where(length == 0, 1, length)", "return None"))
    assert (verdict["variance"].status, verdict["variance"].message) == (
        FAILED, "(4, 3): what the code returned has not the expected form",
    )  # fmt: skip
    assert verdicts(grader)["variance"].status is PASSED


WAITS = CHECKS.replace("import assert_matches", "import Inconclusive, assert_matches").replace(
    "assert_matches(student(variance, x=x), reference(variance, x=x))",
    'assert student(variance, x=x)["v"].shape == (shape[1],), "the variance has another shape"\n'
    '    raise Inconclusive("the shape is right, and no more was looked at")',
)  # fmt: skip


def test_a_check_that_cannot_find_out_more_waits_for_a_person(changed: Callable[..., Grader]) -> None:
    grader = changed(checks=WAITS)
    found = verdicts(grader)["variance"]
    assert (found.status, found.share) == (BLOCKED, 0)
    assert found.message == "the shape is right, and no more was looked at"
    result = grade_submission(grader, submission())
    assert result.score == result.max_score - 5, "the points of the check, and of the one that needs it, are not given"
    assert visible_to(result, View.STUDENT).open_points == 5, "nor are they lost"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return 1 / 0", Status.RAISED),
        ("raise NotImplementedError", Status.UNWRITTEN),
        ("return x + 1", FAILED),
        ("return x.var(axis=0) if len(x) == 4 else x", FAILED),
    ],
)
def test_what_is_wrong_before_a_check_would_wait_is_the_students(
    changed: Callable[..., Grader], body: str, status: Status
) -> None:
    """The reference ends such a check as undecided, which is no failure of the course's."""
    stats = f"def variance(x):\n    {body}\n"
    assert verdicts(changed(checks=WAITS), stats=stats)["variance"].status is status


def test_files_beside_modules_are_read_where_no_code_of_the_submission_is(changed: Callable[..., Grader]) -> None:
    drivers = f'{DRIVERS}\n\ndef listed(impl):\n    return {{"paths": sorted(impl.sources)}}\n'
    checks = CHECKS.replace("import covariance,", "import covariance, listed,").replace(
        "def test_variance(student, reference, rng, shape):\n",
        "def test_variance(student, files, reference, rng, shape):\n"
        '    assert student(listed)["paths"] == ["scale.py", "stats.py"]\n'
        '    assert files(listed)["paths"] == [], "the submission\'s code is there"\n',
    )
    found = verdicts(changed(drivers=drivers, checks=checks))["variance"]
    assert (found.status, found.message) == (PASSED, "")
