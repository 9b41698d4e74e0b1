"""The pytest session that stays open: collected once, run again and again."""

from __future__ import annotations

import signal
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from tiny_course import CHECKS, RUBRIC, build

from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.judging.collection import HiddenTests
from grader.judging.plugin import GUARD, case_name, generator
from grader.subjects.student import Subject


def opened(folder: Path, **changes: str) -> HiddenTests:
    return HiddenTests(read_assignment(build(folder, **changes)))


def answering(v: float) -> Subject:
    return lambda _driver, **_inputs: {"v": v}


RIGHT = answering(1.0)


def hang(_driver: object, **_inputs: object) -> None:
    time.sleep(60)


def test_cases_are_found_by_check_in_rubric_order(tmp_path: Path) -> None:
    cases = opened(tmp_path).cases
    assert list(cases) == ["standardized", "unit_rows", "variance", "covariance"]
    assert [case_name(item) for item in cases["unit_rows"]] == ["long", "longer", "short", "shorter", "zero"]


def test_a_case_runs_again_with_another_student(tmp_path: Path) -> None:
    tests = opened(tmp_path)
    case = tests.cases["variance"][0]
    errors = [tests.run(case, answering(v), answering(1.0)).error for v in (1.0, 2.0, 1.0)]
    assert [error is None for error in errors] == [True, False, True]


def test_two_courses_with_files_of_one_name_keep_their_own_tests(tmp_path: Path) -> None:
    other = CHECKS.replace('"long", "longer"', '"tall", "taller"').replace(
        '{"long": 5, "longer"', '{"tall": 5, "taller"'
    )
    first, second = opened(tmp_path / "a"), opened(tmp_path / "b", checks=other)
    assert [case_name(tests.cases["unit_rows"][0]) for tests in (first, second)] == ["long", "tall"]


def test_collecting_leaves_no_module_and_no_file_behind(tmp_path: Path) -> None:
    opened(tmp_path)
    assert not {"test_tiny", "drivers"} & set(sys.modules)
    assert list(tmp_path.rglob("*.pyc")) == []


def test_a_configuration_file_above_the_course_has_no_effect(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text("raise SystemExit('loaded')\n", encoding="utf-8")
    assert opened(tmp_path).cases


def test_a_test_file_that_cannot_be_imported_is_named_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"test_tiny.py: line 4: .*no_such_library"):
        opened(tmp_path, checks=CHECKS.replace("import pytest", "import no_such_library\nimport pytest"))


def test_fixtures_of_module_scope_live_for_one_submission_after_another(tmp_path: Path) -> None:
    made = CHECKS.replace(
        "SHAPES =",
        "MADE = []\n\n\n@pytest.fixture(scope='module')\ndef table():\n    MADE.append(1)\n    return 7\n\n\nSHAPES =",
    ).replace("def test_variance(student,", "def test_variance(table, student,")  # fmt: skip
    tests = opened(tmp_path, checks=made)
    assert [tests.run(item, RIGHT, RIGHT).error for item in tests.cases["variance"] * 2] == [None] * 4
    tests.close()


@pytest.mark.parametrize("drawn", ["rng", "rng.spawn(1)[0]"])
def test_a_case_draws_the_same_numbers_for_everybody_and_others_than_its_neighbour(tmp_path: Path, drawn: str) -> None:
    tests = opened(tmp_path, checks=CHECKS.replace("rng.normal", f"{drawn}.normal"))
    numbers: list[float] = []

    def record(_driver: object, **inputs: object) -> dict[str, float]:
        numbers.append(float(inputs["x"].flat[0]))  # type: ignore[attr-defined]  # an array
        return {"v": 1.0}

    for _ in range(2):
        for item in tests.cases["variance"]:
            tests.run(item, record, RIGHT, seed=1)
    assert numbers[:2] == numbers[2:]
    assert numbers[0] != numbers[1]


def test_draws_are_those_of_numpys_default_generator(tmp_path: Path) -> None:
    item = opened(tmp_path).cases["unit_rows"][1]
    words = [zlib.crc32(b"unit_rows"), zlib.crc32(b"longer")]
    for seed in (0, 1, 20261121, 2**32 - 1, 2**32, 2**70):
        assert generator(seed, item).random() == np.random.default_rng([seed, *words]).random()


def test_a_hidden_test_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.judging.plugin.GUARD", GUARD._replace(timeout=0.05))
    tests = opened(tmp_path)
    assert "Timeout" in str(tests.run(tests.cases["variance"][0], hang, RIGHT).error)


def test_the_alarm_that_is_installed_once_guards_every_test_and_is_off_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = opened(tmp_path)
    tests.begin()
    item = tests.cases["variance"][0]
    assert tests.run(item, RIGHT, RIGHT).error is None
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    monkeypatch.setattr("grader.judging.plugin.GUARD", GUARD._replace(timeout=0.05))
    assert "Timeout" in str(tests.run(item, hang, RIGHT).error)
    tests.begin()  # as after others have had an alarm of their own
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    assert "Timeout" in str(tests.run(item, hang, RIGHT).error)


def test_a_test_that_runs_in_another_thread_leaves_no_timer(tmp_path: Path) -> None:
    tests = opened(tmp_path)
    ended: list[BaseException | None] = []
    thread = threading.Thread(target=lambda: ended.append(tests.run(tests.cases["variance"][0], RIGHT, RIGHT).error))
    thread.start()
    thread.join()
    assert ended == [None]
    assert [other.name for other in threading.enumerate() if "pytest_timeout" in other.name] == []


def test_a_courses_own_hooks_see_every_case(tmp_path: Path) -> None:
    folder = build(tmp_path)
    hook = "def pytest_runtest_call(item):\n    item.config.seen = [*getattr(item.config, 'seen', []), item.name]\n"
    (folder / "checks" / "conftest.py").write_text(hook, encoding="utf-8")
    tests = HiddenTests(read_assignment(folder))
    item = tests.cases["variance"][0]
    assert tests.run(item, RIGHT, RIGHT).error is None
    assert item.config.seen == [item.name]  # type: ignore[attr-defined]  # the hook's


def test_a_hidden_test_that_returns_what_it_should_assert_does_not_pass(tmp_path: Path) -> None:
    tests = opened(tmp_path, checks=CHECKS.replace("assert_matches(student(v", "return (student(v", 1))
    assert "returns a value, expected none" in str(tests.run(tests.cases["variance"][0], RIGHT, RIGHT).error)


EXTRA = RUBRIC.replace(
    "[checks.covariance]",
    '[checks.extra]\npart = "stats"\npoints = 1\nsays = "extra"\nhint = "extra?"\n\n[checks.covariance]',
)


@pytest.mark.parametrize("name", ["stats_test.py", "test_stats.py", "nested/variance_test.py"])
def test_files_are_collected_by_both_of_the_names_that_pytest_knows(tmp_path: Path, name: str) -> None:
    folder = build(tmp_path)
    (folder / "checks" / name).parent.mkdir(exist_ok=True)
    (folder / "checks" / "test_tiny.py").rename(folder / "checks" / name)
    assert len(HiddenTests(read_assignment(folder)).cases["variance"]) == 2


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        ("def test_extra(student, capsys):", "test_extra: asks for capsys, expected student, reference"),
        ("def test_extra(student, shape):", "test_extra: asks for shape, expected student, reference"),
        ("@pytest.mark.skip\ndef test_extra(student):", "test_extra: is marked skip or has no case"),
        ("@pytest.mark.xfail\ndef test_extra(student):", "test_extra: is marked xfail or has no case"),
        ("@pytest.mark.parametrize('n', [])\ndef test_extra(student, n):", "test_extra: is marked skip or has no case"),
        ("collect_ignore = []\n\n\ndef test_extra(student):", ""),
    ],
)
def test_a_test_that_could_judge_nobody_is_refused(tmp_path: Path, test: str, sentence: str) -> None:
    checks = f"{CHECKS}\n\n{test}\n    student(variance, x=np.ones((2, 3)))\n"
    if not sentence:
        assert "extra" in opened(tmp_path, rubric=EXTRA, checks=checks).cases
        return
    with pytest.raises(CourseError) as caught:
        opened(tmp_path, rubric=EXTRA, checks=checks)
    assert any(sentence in str(problem) for problem in caught.value.problems), caught.value.problems


def test_a_test_that_pytest_is_told_not_to_collect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="test_variance: is not collected by pytest"):
        opened(tmp_path, checks=f"{CHECKS}\n\ntest_variance.__test__ = False\n")


def test_a_test_whose_name_no_row_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"testmedian: is a test without a row \[checks.testmedian\]"):
        opened(tmp_path, checks=f"{CHECKS}\n\ndef testmedian(student):\n    student(variance)\n")


def test_a_function_that_only_begins_with_test_is_none(tmp_path: Path) -> None:
    assert "variance" in opened(tmp_path, checks=f"{CHECKS}\n\ndef tested(x):\n    return x\n").cases


@pytest.mark.parametrize("fixture", ["tmp_path", "monkeypatch", "request", "recwarn"])
def test_fixtures_of_pytest_are_made_anew_for_each_submission(tmp_path: Path, fixture: str) -> None:
    body = {
        "tmp_path": "(tmp_path / 'a').mkdir()",
        "monkeypatch": "monkeypatch.setattr(np, 'pi', 3)",
        "request": "assert request.node.name == 'test_extra'",
        "recwarn": "assert len(recwarn) == 0",
    }[fixture]
    test = f"def test_extra(student, {fixture}):\n    {body}\n    student(variance, x=np.ones((2, 3)))\n"
    tests = opened(tmp_path, rubric=EXTRA, checks=f"{CHECKS}\n\n{test}")
    pi = np.pi
    for _ in range(2):
        assert tests.run(tests.cases["extra"][0], RIGHT, RIGHT).error is None
    assert np.pi == pi


def test_setup_of_a_module_runs_before_its_tests(tmp_path: Path) -> None:
    checks = f"{CHECKS}\n\nMADE = []\n\n\ndef setup_module():\n    MADE.append(1)\n".replace(
        "    got = student(covariance, x=x)\n", "    assert MADE\n    got = student(covariance, x=x)\n"
    )
    tests = opened(tmp_path, checks=checks)
    right = {"C": np.ones((2, 2))}
    assert tests.run(tests.cases["covariance"][0], lambda *_, **__: right, lambda *_, **__: right).error is None
