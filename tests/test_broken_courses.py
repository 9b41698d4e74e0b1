"""Courses that are broken in one place each: their author is told file, key or line, and what is expected there."""

from __future__ import annotations

import dataclasses
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import varied_course
from tiny_course import CHECKS, DRIVERS, MISTAKES, PATHS, RUBRIC, SAMPLES, STATS, build

from grader.authoring import assert_matches, layer
from grader.course import import_deadline
from grader.course.discovery import find_course, read_assignment
from grader.course.samples import read_samples
from grader.course.stubs import handout
from grader.course.student_files import student_files
from grader.diagnosis.mistakes_file import read_mistakes
from grader.errors import CourseError, GradeError, NoCourseError, OverBudgetError, StubError
from grader.judging.collection import HiddenTests
from grader.judging.grading import Grader
from grader.lint import reference_faults as reference_faults_module
from grader.lint.formula_faults import formula_faults
from grader.lint.lint import as_submission
from grader.lint.mutation_score import read_arguments
from grader.lint.reference_faults import endless_mistakes, reference_faults
from grader.lint.rubric_faults import missing_pictures, rubric_faults
from grader.reporting.formulas import formula_fault
from grader.sandbox.host.driver_imports import unavailable_import
from grader.subjects.driver_name import shown_driver
from grader.subjects.recordings import Recordings

TOML = "reference/tiny/assignment.toml"
TEST = "reference/tiny/checks/test_tiny.py"
DEF_VARIANCE = "def test_variance(student, reference, rng, shape):\n    x"
ASKED = "assert_matches(student(variance, x=x), reference(variance, x=x))"


def all_read(folder: Path) -> None:
    """Read everything of an assignment that a command may need, as `grade lint` does before it runs anything."""
    course = read_assignment(folder)
    read_samples(course)
    read_arguments(course)
    handout(course.solution, course.assignment.files)
    HiddenTests(course).close()
    read_mistakes(course)


def refusal(folder: Path) -> str:
    with pytest.raises(GradeError) as caught:
        all_read(folder)
    return str(caught.value)


CHANGED: dict[str, tuple[str, str, str, str]] = {
    # file, what stands there, what stands there instead, what is said
    "a misspelt table": (
        "rubric",
        "[checks.variance]",
        "[check.variance]",
        f"{TOML}: check: is no known key; the nearest is checks",
    ),
    "a misspelt key": (
        "rubric",
        "points = 3",
        "point = 3",
        f"{TOML}: checks.standardized.point: is no known key; the nearest is points",
    ),
    "a missing key": (
        "rubric",
        "points = 3\n",
        "",
        f"{TOML}: checks.standardized.points: is missing, expected a number",
    ),
    "a missing table": (
        "rubric",
        "[hidden]\nseed = 20261121\n",
        "",
        f"{TOML}: hidden: is missing, expected a table [hidden] with seed",
    ),
    "a key in a table that is not its own": (
        "rubric",
        "[hidden]",
        '[hidden]\nsource = "x"',
        f"{TOML}: hidden.source: is no known key of [hidden]: source stands at the top of the file",
    ),
    "a key of another table": (
        "rubric",
        "[hidden]",
        '[hidden]\nprofile = "files"',
        f"{TOML}: hidden.profile: is no known key; one of that name stands in [runtime]",
    ),
    "parts in one table": (
        "rubric",
        '[[parts]]\nname = "scale"\ntitle = "Scaling"\n\n[[parts]]\nname = "stats"\ntitle = "Statistics"',
        '[parts]\nscale = "Scaling"',
        "expected tables [[parts]] with name, title",
    ),
    "points without measure": (
        "rubric",
        "points = 3",
        "points = 1e308",
        f"{TOML}: checks.standardized.points: is 1e+308, expected less than or equal to 1000000",
    ),
    "a control character": (
        "rubric",
        "along which axis",
        r"\u001b[31malong which axis",
        f"{TOML}: checks.standardized.hint: holds the control character U+001B, expected text alone",
    ),
    "a mistake called in words": (
        "mistakes",
        'name="not-centred"',
        'name="not centred!"',
        "mistakes.py: 'not centred!': expected a name of letters, digits and underscores, joined by hyphens",
    ),
    "a key twice": (
        "rubric",
        "points = 3",
        "points = 3\npoints = 4",
        f"{TOML}: line 29: is not TOML: points stands there twice: 'points = 4'",
    ),
    "a table twice": (
        "rubric",
        "[checks.variance]",
        "[checks.unit_rows]",
        "is not TOML: this table stands there twice: '[checks.unit_rows]'",
    ),
    "an open text": (
        "rubric",
        '"Handout 000, section 1"',
        '"Handout 000',
        f"{TOML}: line 2: is not TOML: a text ends without its quotation mark",
    ),
    "a truth of Python's": (
        "rubric",
        "public = true",
        "public = True",
        f"{TOML}: line 31: is not TOML: True is Python's, expected true",
    ),
    "a colon": (
        "rubric",
        "points = 3",
        "points: 3",
        f"{TOML}: line 28: is not TOML: expected = between key and value: 'points: 3'",
    ),
    "a name without quotes": ("rubric", 'part = "scale"', "part = scale", "expected a text in quotes, a number"),
    "a dotted check": (
        "rubric",
        "[checks.variance]",
        "[checks.stats.variance]",
        "a check has one name without dots, expected [checks.variance]",
    ),
    "a check that is no name": (
        "rubric",
        "[checks.variance]",
        "[checks.vari-ance]",
        "checks.vari-ance: is 'vari-ance', expected letters, digits and underscores",
    ),
    "a check called as its test": (
        "rubric",
        "[checks.variance]",
        "[checks.test_variance]",
        "no hidden test is named test_test_variance: expected [checks.variance]",
    ),
    "a need twice": (
        "rubric",
        'needs = ["variance"]',
        'needs = ["variance", "variance"]',
        f"{TOML}: checks.covariance.needs: 'variance' stands there twice",
    ),
    "a file with its folder": (
        "rubric",
        '"stats.py"]',
        '"solution/stats.py"]',
        "files: solution/stats.py is not in solution/, expected a path below it such as stats.py",
    ),
    "a day without a time": (
        "rubric",
        "[hidden]",
        '[late]\ndue = 2027-04-16\ntime_zone = "UTC"\ndeduct = 1\n[hidden]',
        f"{TOML}: late.due: is 2027-04-16, expected a day and a time such as",
    ),
    "a test that does not parse": ("checks", "rng, shape):", "rng, shape)", f"{TEST}: line 12 does not parse"),
    "a misspelt library": (
        "checks",
        "import numpy as np",
        "import numpyy as np",
        f"{TEST}: line 3: ModuleNotFoundError: No module named 'numpyy', which is not installed here; the near",
    ),
    "a misspelt driver": (
        "checks",
        "import covariance,",
        "import covarianse,",
        f"{TEST}: line 5: ImportError: cannot import name 'covarianse' from 'drivers': drivers.py has",
    ),
    "a test that imports the solution": (
        "checks",
        "import numpy as np",
        "import numpy as np\nimport scale",
        f"{TEST}: line 4: ModuleNotFoundError: No module named 'scale': hidden tests",
    ),
    "a misspelt comparison": (
        "checks",
        "authoring import assert_matches",
        "authoring import assert_match",
        f"{TEST}: line 6: ImportError: cannot import name 'assert_match'",
    ),
    "a test file that raises": ("checks", "SHAPES =", "1 / 0\nSHAPES =", f"{TEST}: line 8: ZeroDivisionError"),
    "a test file that ends Python": (
        "checks",
        "SHAPES =",
        "raise SystemExit\nSHAPES =",
        f"{TEST}: line 8: ends Python by SystemExit",
    ),
    "a misspelt fixture": (
        "checks",
        "test_variance(student,",
        "test_variance(studnt,",
        f"{TEST}: line 23: test_variance: asks for studnt, nearest to student, expected student",
    ),
    "parameters of another name": (
        "checks",
        '"shape", SHAPES',
        '"shapes", SHAPES',
        "test_standardized: function uses no argument 'shapes'",
    ),
    "parameters of another number": (
        "checks",
        '"shape", SHAPES',
        '"shape, k", [(1, 2, 3)]',
        'test_standardized: in "parametrize" the number of names (2)',
    ),
    "a misspelt mark": (
        "checks",
        "mark.parametrize",
        "mark.parametrise",
        f"{TEST}: line 11: Unknown 'parametrise' mark, did you mean 'parametrize'?",
    ),
    "a test that yields": (
        "checks",
        DEF_VARIANCE,
        DEF_VARIANCE.replace("    x", "    yield\n    x"),
        f"{TEST}: 'yield' keyword is allowed in fixtures",
    ),
    "a file that is not there": (
        "checks",
        "SHAPES =",
        'TEXT = open("data.json").read()\nSHAPES =',
        f"{TEST}: line 8: FileNotFoundError",
    ),
    "drivers that import what is not there": (
        "drivers",
        "def standardized",
        "import nothere\n\n\ndef standardized",
        "reference/tiny/drivers.py: line 4: ModuleNotFoundError",
    ),
    "drivers that raise": (
        "drivers",
        "def standardized",
        "1 / 0\n\n\ndef standardized",
        "reference/tiny/drivers.py: line 4: ZeroDivisionError",
    ),
    "a driver twice": ("drivers", "def covariance", "def variance", "drivers.py: line 16: defines variance again"),
    "a misspelt marker": ("stats", "# solution(2a)", "# soluton(2a)", "stats.py:6: '# soluton(2a): Average"),
    "markers of others": (
        "stats",
        "# solution(2a): Average",
        "# BEGIN SOLUTION Average",
        "stats.py:6: '# BEGIN SOLUTION Average",
    ),
    "mistakes that do not parse": (
        "mistakes",
        "MISTAKES = (",
        "MISTAKES = ((",
        "mistakes.py: line 5 does not parse: '(' was never closed",
    ),
    "mistakes under another name": (
        "mistakes",
        "MISTAKES = (",
        "MISTAKE = (",
        "mistakes.py: MISTAKES: is missing, expected a tuple of Mistake",
    ),
    "a mistake without its hint": (
        "mistakes",
        'hint="how many',
        'hin="how many',
        "mistakes.py: line 6: cannot be executed",
    ),
    "a mistake of a misspelt file": (
        "mistakes",
        'replace("scale.py", "x.std',
        'replace("scal.py", "x.std',
        "one-deviation-for-all: patches 'scal.py', which is not in solution/; the nearest is",
    ),
    "a mistake that changes nothing": (
        "mistakes",
        '"x.std()"',
        '"x.std(axis=0)"',
        "replaces 'x.std(axis=0)' by the same",
    ),
    "a mistake that is no Python": (
        "mistakes",
        '"x.std()"',
        '"x.std("',
        "leaves line 9 of scale.py that does not parse",
    ),
    "a mistake without a patch": (
        "mistakes",
        '(replace("scale.py", "x.std(axis=0)", "x.std()"),)',
        "()",
        "has an empty patch",
    ),
    "a patch of bytes": (
        "mistakes",
        '"x.std(axis=0)", "x.std()"',
        '"x.std(axis=0)", b"x.std()"',
        "mistakes.py: one-deviation-for-all: new of replace(...) is bytes, expected a text",
    ),
    "a patch of a path": (
        "mistakes",
        'replace("scale.py", "x.std(axis=0)"',
        'replace(__import__("pathlib").Path("scale.py"), "x.std(axis=0)"',
        "one-deviation-for-all: file of replace(...) is PosixPath, expected a text",
    ),
    "a rewriting without a function": (
        "mistakes",
        'replace("scale.py", "x.std(axis=0)", "x.std()")',
        '__import__("grader.authoring").authoring.rewrite("scale.py", "x")',
        "one-deviation-for-all: change of rewrite(...) is str, expected a function of the text",
    ),
    "a convention that fails a list": (
        "mistakes",
        "MISTAKES = (",
        'from grader.authoring import Convention\nCONVENTIONS = (Convention("c", (), ["not-centred"]),)\nMISTAKES = (',
        "mistakes.py: c: also_fails is list, expected a table from mistakes to tuples of checks",
    ),
    "a convention that fails a word": (
        "mistakes",
        "MISTAKES = (",
        'from grader.authoring import Convention\nCONVENTIONS = (Convention("c", (), {"a": "b"}),)\nMISTAKES = (',
        "mistakes.py: c: also_fails is 'b', expected a tuple of texts",
    ),
    "a mistake of a misspelt check": (
        "mistakes",
        'fails=("standardized",)',
        'fails=("standardised",)',
        "fails names no check: 'standardised'; the nearest is standardized",
    ),
    "a mistake that names a check twice": (
        "mistakes",
        '("standardized",)',
        '("standardized", "standardized")',
        "fails names standardized twice",
    ),
    "a mistake without a name": ("mistakes", 'name="short-rows-kept"', 'name=""', "MISTAKES: name is empty"),
    "a misspelt key of a sample": (
        "samples",
        'says = "right"',
        'say = "right"',
        "samples.toml: correct.say: is no known key; the nearest is says",
    ),
}
TEXTS = {
    "rubric": RUBRIC,
    "checks": CHECKS,
    "drivers": DRIVERS,
    "stats": STATS,
    "mistakes": MISTAKES,
    "samples": SAMPLES,
}


@pytest.mark.parametrize(("key", "old", "new", "said"), CHANGED.values(), ids=CHANGED)
def test_what_is_broken_is_told_with_its_place_and_what_is_expected(
    tmp_path: Path, key: str, old: str, new: str, said: str
) -> None:
    assert old in TEXTS[key]
    assert said in refusal(build(tmp_path, **{key: TEXTS[key].replace(old, new, 1)}))


WRITTEN: dict[str, tuple[str, bytes, str]] = {
    "a rubric in Latin-1": ("assignment.toml", 'title = "ä"'.encode("latin-1"), "byte 0xe4 in line 1 is none of it"),
    "a rubric in UTF-16": ("assignment.toml", RUBRIC.encode("utf-16"), "is not UTF-8: it looks like UTF-16"),
    "mistakes in Latin-1": ("mistakes.py", b"# \xe4\n", "mistakes.py: is not UTF-8: byte 0xe4 in line 1"),
    "instructions in Latin-1": ("instructions.md", b"\xe4", "instructions.md: is not UTF-8"),
    "a conftest that imports what is not there": (
        "checks/conftest.py",
        b"import nothere\n",
        "checks/conftest.py: line 1: ModuleNotFoundError",
    ),
    "null bytes": ("checks/test_more.py", b"x = 1\0\n", "test_more.py: does not parse: source code string cannot"),
    "survivors in a misspelt table": (
        "survivors.toml",
        b'[[survivor]]\nfile = "scale.py"\n',
        "survivors.toml: survivor: is no known key; the nearest is survivors",
    ),
    "a survivor without a reason": (
        "survivors.toml",
        b'[[survivors]]\nfile = "scale.py"\ndiff = "x"\n',
        "survivors.toml: survivors entry 1, reason: is missing, expected a text in quotes",
    ),
    "a survivor of another file": (
        "survivors.toml",
        b'[[survivors]]\nfile = "scal.py"\ndiff = "x"\nreason = "x"\n',
        "survivors entry 1, file: is 'scal.py', expected one of scale.py, stats.py",
    ),
}


@pytest.mark.parametrize(("name", "text", "said"), WRITTEN.values(), ids=WRITTEN)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, text: bytes, said: str) -> None:
    folder = build(tmp_path)
    (folder / name).write_bytes(text)
    assert said in refusal(folder)


def test_a_rubric_that_is_a_folder_is_told(tmp_path: Path) -> None:
    folder = build(tmp_path, rubric=None)
    (folder / "assignment.toml").mkdir()
    assert f"{TOML}: is a folder, expected a file" in refusal(folder)


FILES = (
    "drivers.py", "mistakes.py", "variants.py", "samples/samples.toml", "survivors.toml", "answers.json",
    "instructions.md", "checks/test_more.py", "checks/more/conftest.py", "solution/more.py",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path, name: str) -> None:
    """Most were taken for files that are not there: a course without mistakes, a test that nobody ran."""
    folder = build(tmp_path)
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir(parents=True)
    assert refusal(folder) == f"reference/tiny/{name}: is a folder, expected a file"


def test_a_rubric_of_another_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADE_COURSE", raising=False)
    (build(tmp_path) / "assignment.toml").rename(tmp_path / "reference/tiny/Assignment.toml")
    with pytest.raises(NoCourseError, match=r"reference/tiny/Assignment\.toml has another name"):
        find_course(tmp_path)


@pytest.mark.parametrize("key", ["scale", "checks"])
def test_a_folder_that_is_missing_is_told_with_what_belongs_there(tmp_path: Path, key: str) -> None:
    folder = build(tmp_path, scale=None, stats=None) if key == "scale" else build(tmp_path, checks=None)
    expected = {
        "scale": "files: scale.py is not in solution/",
        "checks": "checks: holds no hidden test, expected files",
    }
    assert expected[key] in refusal(folder)


def test_files_without_tests_can_be_imported_by_those_that_have_some(tmp_path: Path) -> None:
    """The page for authors said so, and they could not."""
    folder = build(tmp_path, checks=CHECKS.replace("SHAPES = ((4, 3), (5, 2))", "from shapes import SHAPES"))
    (folder / "checks/shapes.py").write_text("SHAPES = ((4, 3), (5, 2))\n", encoding="utf-8")
    all_read(folder)


# What the reference does.

QUICK = RUBRIC.replace('you divide?"', 'you divide?"\nseconds = 0.2')
CHANCE = "def variance(impl, x):\n    import os\n\n    x = x * int.from_bytes(os.urandom(4), 'big')\n"
RETURNED = 'return {"v": impl.load("stats:variance")(x)}'
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "an input of another name": (
        "checks",
        "student(variance, x=x)",
        "student(variance, X=x)",
        f"{TEST} line 26: the reference fails in variance: TypeError: variance() got an unexp",
    ),
    "an input without a name": (
        "checks",
        ASKED,
        ASKED.replace("x=x", "x"),
        f"{TEST} line 26: DriverError: an input of variance has no name, expected inputs such as",
    ),
    "a driver by its name": (
        "checks",
        ASKED,
        ASKED.replace("variance", '"variance"'),
        f"{TEST} line 26: DriverError: the driver is 'variance', expected a function of drivers.py",
    ),
    "a driver within a test": (
        "checks",
        ASKED,
        ASKED.replace("variance,", "lambda impl, x: x,"),
        "the driver is a lambda, expected a function of drivers.py, which is found by its name",
    ),
    "an input that is an object": (
        "checks",
        ASKED,
        ASKED.replace("x=x", "x=object()"),
        f"{TEST} line 26: UnsendableError: x is of type object, expected numbers or arrays",
    ),
    "a name that is nothing's": (
        "checks",
        ASKED,
        ASKED.replace("assert_matches", "assert_match"),
        f"{TEST} line 26: NameError: name 'assert_match' is not defined",
    ),
    "a test that asks nobody": (
        "checks",
        ASKED,
        ASKED.replace("student", "reference"),
        "never asks the student, expected a call of student(driver, ...)",
    ),
    "a driver that asks for a misspelt file": (
        "drivers",
        '"stats:variance"',
        '"stat:variance"',
        "expected a file and name of solution/ such as impl.load('stats:variance')",
    ),
    "a driver that does not return": (
        "drivers",
        RETURNED,
        RETURNED.removeprefix("return "),
        "its drivers return None for the reference, expected values to compare",
    ),
    "a driver without impl": (
        "drivers",
        "def variance(impl, x)",
        "def variance(x)",
        f"{TEST} line 26: the reference fails",
    ),
    "answers by chance": (
        "drivers",
        "def variance(impl, x):\n",
        CHANCE,
        "the reference answers otherwise when it is asked again",
    ),
    "inputs that are too large": (
        "checks",
        DEF_VARIANCE,
        "def test_variance(student, reference, rng, shape):\n    student(variance, x=np.zeros(200_000))\n    x",
        " asks with 1 MiB of inputs in a call, expected at most 1:",
    ),
    "a test that skips itself": (
        "checks",
        DEF_VARIANCE,
        "def test_variance(student, reference, rng, shape):\n    pytest.skip('later')\n    x",
        "skips, expected to be run for everybody: later",
    ),
    "a reference that raises": (
        "stats",
        "    return ((x",
        "    raise ValueError('no')\n    return ((x",
        "the reference fails in variance: ValueError: no (solution/stats.py line 7)",
    ),
    "a reference without end": (
        "stats",
        "    return ((x",
        "    while True:\n        pass\n    return ((x",
        "the reference takes longer than 0.2 s in the driver variance, expected less",
    ),
}


@pytest.mark.parametrize(("key", "old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_what_keeps_the_reference_from_passing_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, old: str, new: str, said: str
) -> None:
    """It was told by a traceback and up to 44 findings that followed from it."""
    monkeypatch.setattr(reference_faults_module, "MOST_INPUT_BYTES", 1 << 20)
    assert old in TEXTS[key]
    folder = build(tmp_path, **{"rubric": QUICK, key: TEXTS[key].replace(old, new)})
    course = read_assignment(folder)
    with Grader(course, recordings=Recordings()) as grader:
        faults = [*reference_faults(grader, as_submission(course, "reference", course.solution))]
    (fault,) = [one for one in faults if one.startswith("variance: ")]
    assert said in fault
    assert "\n" not in fault


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("while True: pass", "takes longer than 0.2 s in the driver variance"),
        ("import os; os.abort()", "ends its worker in the driver variance: the code crashed (abort)"),
    ],
)
def test_a_mistake_that_takes_the_judge_along_is_told(tmp_path: Path, wrong: str, said: str) -> None:
    """It held `grade lint` up for good, or ended it without a word."""
    patch = 'replace("stats.py", "** 2).mean(axis=0)", "** 2).sum(axis=0) / (len(x) - 1)")'
    endless = 'replace("stats.py", "return ((x - x.mean(axis=0)) ** 2).mean(axis=0)", "WRONG")'
    assert patch in MISTAKES
    folder = build(tmp_path, mistakes=MISTAKES.replace(patch, endless.replace("WRONG", wrong)), rubric=QUICK)
    with Grader(read_assignment(folder), recordings=Recordings()) as grader:
        (found,) = endless_mistakes(grader)
    assert found.startswith(f"the mistake divided-by-one-less {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import numpy\nfrom grader.drivers.imports import MissingError\nimport json\n", None),
        ("import numpy\nimport pytest\n", ("line 2", "imports pytest, which workers do not have")),
        ("from grader.authoring import equal\n", ("line 1", "imports grader.authoring, which only the judge has")),
    ],
)
def test_drivers_that_import_what_no_worker_has_are_found(text: str, said: tuple[str, str] | None) -> None:
    found = unavailable_import(text, ("numpy",))
    assert found is None if said is None else found is not None and found[0] == said[0] and found[1].startswith(said[1])


def test_drivers_that_no_worker_can_import_are_the_courses_problem(tmp_path: Path) -> None:
    """It was said that the machine cannot grade."""
    folder = build(tmp_path, drivers=f"import pytest\n{DRIVERS}")
    course = read_assignment(folder)
    with (
        Grader(course, recordings=Recordings()) as grader,
        pytest.raises(CourseError, match=r"drivers\.py: line 1: imports pytest"),
    ):
        [*reference_faults(grader, as_submission(course, "reference", course.solution))]


def test_every_file_that_is_changed_here_is_one_of_the_course() -> None:
    assert {key for key, *_ in (*CHANGED.values(), *FAULTS.values())} <= PATHS.keys()


RELU_ROW = '@check(points=2, part="leaky", hint="What should -3 become?", public=True)'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points=2", "**ROW", "line 7: @check: has **ROW, expected keys written out"),
        ("points=2", "2", "line 7: @check: has an argument without a name"),
        (RELU_ROW, "@check", "line 7: @check: has no keys, expected those of a row"),
        ("def test_leaky", "def leaky_test", "line 7: @check: stands at leaky_test, expected a function test_..."),
        (
            "    x = rng",
            "    @check(points=1)\n    def test_inner(student):\n        pass\n\n    x = rng",
            "line 11: @check: stands at test_inner, expected a function test_...",
        ),
        (
            "student(leaky, x=x), reference(leaky, x=x)",
            "reference(leaky, x=x), student(leaky, x=x)['leaky']",
            "line 12: assert_matches: asks the reference first, expected assert_matches(student(...), reference(...))",
        ),
        ("points=2", "points=TWO", "@check(points=...): is TWO, expected a value written out"),
        ("def test_leaky", "async def test_leaky", "test_leaky is async, expected a plain function"),
        ('function("leaky:leaky")', 'function("leaky.leaky")', "function(...): is function('leaky.leaky'), expected"),
    ],
)
def test_what_follows_from_a_mistake_in_the_tests_is_not_told_besides(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Points that were not written out were told to be missing as well, and a rubric to have no checks."""
    home = varied_course.build(tmp_path)
    first = varied_course.CHECKS.split('\n\n\n@check(points=2, part="leaky", hint="Rows')[0]
    checks = "".join(line for line in first.splitlines(keepends=True) if not line.startswith("weights"))
    assert old in checks
    (home / "checks/test_leaky.py").write_text(checks.replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError) as told:
        read_assignment(home)
    assert [said in str(problem) for problem in told.value.problems] == [True], told.value


def test_a_name_that_authors_cannot_import_is_told_with_its_line(tmp_path: Path) -> None:
    """What stood for the name that is not there ended the command in a traceback, once it was looked at."""
    mistakes = MISTAKES.replace("replace", "replce", 1)
    assert "replce" in mistakes.split("MISTAKES =")[0]
    with pytest.raises(CourseError, match=r"line \d+: grader\.authoring has no replce; the nearest is replace"):
        read_mistakes(read_assignment(build(tmp_path, mistakes=mistakes)))


def test_a_plugin_of_pytest_that_is_not_installed_is_told(tmp_path: Path) -> None:
    """The command ended in a traceback."""
    home = build(tmp_path)
    (home / "checks/conftest.py").write_text('pytest_plugins = ["pytest_nowhere"]\n', encoding="utf-8")
    with pytest.raises(
        CourseError, match=r"checks/conftest\.py: ModuleNotFoundError: No module named 'pytest_nowhere'"
    ):
        HiddenTests(read_assignment(home))


ENDLESS = "\n\ndef again():\n    while True:\n        pass\n\n\nagain()\n"


@pytest.mark.parametrize("file", ["checks/test_tiny.py", "mistakes.py"])
def test_a_file_that_never_ends_as_it_is_imported_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """`grade lint` hung without a word."""
    path = build(tmp_path) / file
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}{ENDLESS}", encoding="utf-8")
    monkeypatch.setattr(import_deadline, "MOST_SECONDS", 0.4)
    last = len(text.splitlines()) + 5
    told = refusal(path.parent.parent if "/" in file else path.parent)
    assert re.search(rf"{file}: line ({last}|{last - 1}): .*it takes longer than 0\.4 s to import, expected", told), (
        told
    )


def test_what_waits_as_it_is_imported_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_deadline, "MOST_WAITED_SECONDS", 0.01)
    kinds = ((signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF))
    before = [(signal.getitimer(timer)[0] > 0, signal.getsignal(number)) for timer, number in kinds]  # pytest-timeout's
    with pytest.raises(OverBudgetError, match=r"longer than 0\.01 s"), import_deadline.ended_in_time():
        time.sleep(600)
    assert [(signal.getitimer(timer)[0] > 0, signal.getsignal(number)) for timer, number in kinds] == before


CATCHING = """
import time
from grader.course import import_deadline

import_deadline.MOST_WAITED_SECONDS = import_deadline.AGAIN_SECONDS = 0.01
with import_deadline.ended_in_time():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass
"""


def test_what_catches_its_end_as_it_is_imported_ends_the_process(tmp_path: Path) -> None:
    """`grade lint` hung without a word."""
    (tmp_path / "catching.py").write_text(CATCHING, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "catching.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert re.fullmatch(
        r"\S*catching\.py:\d+: it takes longer than 0\.01 s to import, expected code .*; and it catches what ends it\n",
        ended.stderr,
    )


BROKEN_FORMULAS = {
    r"\frac{a}{": "has a brace without its other one",
    r"x_": "ends with _ or ^",
    r"\fracc{a}{b}": r"has \fracc, which is no command that is known",
    r"\begin{matrix} a": r"has \begin without \end",
    r"\left( a": r"has \left without \right",
    r"a_b_c": "has two indices in a row",
    r"\{x\}\\ \frac{1}{2}": "",
}


@pytest.mark.parametrize(("latex", "fault"), BROKEN_FORMULAS.items())
def test_what_is_wrong_with_a_formula_is_said(latex: str, fault: str) -> None:
    assert formula_fault(latex) == fault


def test_formulas_that_cannot_be_read_are_told_with_file_and_place(tmp_path: Path) -> None:
    """A page shows them as they were written, and nobody was told."""
    home = build(tmp_path, rubric=RUBRIC.replace('you divide?"', 'you divide by $n_$?"'))
    text = "# Scale\n\nIt costs $5, $\\fracc{a}{b}$ and\n$a_b_c$.\n\n`$x_$`\n\n$$\nx^\n$$\n"
    (home / "instructions.md").write_text(text, encoding="utf-8")
    course = read_assignment(home)
    mistake = dataclasses.replace(read_mistakes(course)[0], teaches=r"It is $\sqrt$ of it.")
    expected = r"expected LaTeX such as $\frac{a}{2}$"
    place = "reference/tiny/instructions.md: line"
    assert [*formula_faults(course, (mistake,))] == [
        rf"{place} 3: $\fracc{{a}}{{b}}$ has \fracc, which is no command that is known, {expected}",
        f"{place} 4: $a_b_c$ has two indices in a row, {expected}",
        f"{place} 8: $x^$ ends with _ or ^, {expected}",
        f"{TOML}: checks.variance: $n_$ ends with _ or ^, {expected}",
        rf"reference/tiny/mistakes.py: {mistake.name}: $\sqrt$ has a command without what belongs to it, {expected}",
    ]


@pytest.mark.parametrize("link", ["solution/again.py", "data/digits.npy"])
def test_a_link_that_leads_nowhere_is_told(tmp_path: Path, link: str) -> None:
    home = varied_course.build(tmp_path)
    (home / link).parent.mkdir(exist_ok=True)
    (home / link).symlink_to("nowhere")
    with pytest.raises(CourseError, match=rf"{link}: is a link that leads nowhere, expected a file"):
        read_assignment(home)


WITHOUT_EFFECT = {
    # what stands in the rubric, what stands there instead, what is said
    "a deadline that no clock shows": (
        "[hidden]",
        '[late]\ndue = 2026-03-29T02:30:00\ntime_zone = "Europe/Berlin"\ndeduct = 1\n\n[hidden]',
        "late.due: is 2026-03-29T02:30:00, which no clock shows in Europe/Berlin: they are put forward then, and it",
    ),
    "a definition of no name": (
        "[hidden]",
        '[[definition]]\nname = "varience"\nbefore = "Part B"\n\n[hidden]',
        "definition entry 1, name: is 'varience', which the solution does not define, expected one of its names; the",
    ),
    "a part without a row": (
        '[[parts]]\nname = "stats"',
        '[[parts]]\nname = "more"\ntitle = "More"\n\n[[parts]]\nname = "stats"',
        "parts: more has no check and no row in [[by_hand]], expected one, or no such part",
    ),
    "an exception to nothing": (
        "[rules]",
        '[rules]\nforbid = ["convolution"]\nallow = ["scale.py:trimmed", "scales.py:if verify"]',
        "rules.allow: scale.py:trimmed is nothing in solution/, expected a file, a function or a block of one",
    ),
    "an exception without a rule": (
        "[rules]",
        '[rules]\nallow = ["scale.py"]',
        "rules.allow: is there without forbid, expected what is forbidden elsewhere",
    ),
    "a deduction of nothing": (
        "output_points = 1",
        "output_points = 0",
        'rules.output_points: is missing or 0, expected points that output_consequence = "deduct" takes',
    ),
    "a check that may take longer than all": (
        "seconds = 2",
        "seconds = 31",
        "checks.covariance.seconds: is 31, and a submission is ended after 30 s, expected no more: see runtime.subm",
    ),
    "a public check that is hidden": (
        "public = true",
        'public = true\nvisibility = "hidden"',
        'checks.standardized: is public, which hands it out, and visibility = "hidden", expected one of both',
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), WITHOUT_EFFECT.values(), ids=WITHOUT_EFFECT)
def test_what_a_rubric_says_without_effect_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Nobody was told of it."""
    assert RUBRIC.count(old) == 1
    course = read_assignment(build(tmp_path, rubric=RUBRIC.replace(old, new)))
    assert any(one.startswith(f"{TOML}: {said}") for one in rubric_faults(course))


def test_pictures_that_students_would_not_have_are_told(tmp_path: Path) -> None:
    folder = build(tmp_path)
    text = "![a](net.svg)\n```\n![b](code.svg)\n```\n<img src='plot.png'> ![c](https://e.org/c.png) ![d](gone.svg)\n"
    (folder / "instructions.md").write_text(text, encoding="utf-8")
    for name in ("net.svg", "plot.png"):
        (folder / name).write_text("<svg/>", encoding="utf-8")
    expected = "expected a file *.svg beside it, which students get as well"
    assert [*missing_pictures(read_assignment(folder))] == [
        f"reference/tiny/instructions.md: line 5: plot.png is no drawing, {expected}",
        f"reference/tiny/instructions.md: line 5: gone.svg is not there, {expected}",
    ]


VARIANCE = f'@pytest.mark.parametrize("shape", SHAPES, ids=str)\n{DEF_VARIANCE}'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "import pytest",
            'import pytest\npytest.importorskip("nowhere")',
            "line 5: skips the file, expected to be run",
        ),
        (VARIANCE, VARIANCE.replace("SHAPES", "5"), "line 23: test_variance: its parameters cannot be read, expected"),
        (
            VARIANCE,
            f"@pytest.fixture\ndef student():\n    return 1\n\n\n{VARIANCE}",
            "gets student from a fixture of the course's own, expected another name for that",
        ),
        (VARIANCE, VARIANCE.replace("def ", "async def "), "test_variance is async, expected a plain function"),
    ],
    ids=["skipped", "parameters", "fixture", "async"],
)
def test_what_keeps_a_test_from_being_collected_is_told_once_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """It was told without line or cause, and for each of the tests."""
    assert CHECKS.count(old) == 1
    told = refusal(build(tmp_path, checks=CHECKS.replace(old, new)))
    assert said in told
    assert told.count(TEST) + told.count(TOML) == 1


def test_a_seed_that_toml_does_not_promise_to_hold_is_refused(tmp_path: Path) -> None:
    """No mistake was named under it."""
    said = f"{TOML}: hidden.seed: is {10**20}, expected less than or equal to {2**63 - 1}"
    assert said in refusal(build(tmp_path, rubric=RUBRIC.replace("20261121", str(10**20))))


def test_constants_without_variants_are_told(tmp_path: Path) -> None:
    home = build(tmp_path)
    (home / "variants.py").write_text("def constants(rng):\n    return {}\n", encoding="utf-8")
    assert "variants.py: draws constants, and the rubric has no table [variants]" in refusal(home)


def test_a_text_of_instructions_is_told_by_its_own_name(tmp_path: Path) -> None:
    home = varied_course.build(tmp_path)
    (home / "instructions.md").write_text("Use {{ slop }}.\n", encoding="utf-8")
    with pytest.raises(StubError, match=r"instructions\.md has \{\{ slop \}\}"):
        student_files(read_assignment(home))


@pytest.mark.parametrize("concluded", ["student(variance, x=x)", "student(variance, x=x)\n    assert x.size"])
def test_a_check_that_looks_at_no_answer_is_told_once(tmp_path: Path, concluded: str) -> None:
    """It was told by up to twelve findings, none of which said so."""
    folder = build(tmp_path, checks=CHECKS.replace(ASKED, concluded))
    course = read_assignment(folder)
    with Grader(course, recordings=Recordings()) as grader:
        faults = [*reference_faults(grader, as_submission(course, "reference", course.solution))]
    assert [one.partition(", expected")[0] for one in faults] == [
        f"variance: {TEST} line 23: passes whatever is answered"
    ]


def test_a_tolerance_below_nothing_is_the_courses_problem() -> None:
    with pytest.raises(ValueError, match=r"rtol is -1, expected at least 0 and finite"):
        assert_matches(1.0, 1.0, rtol=-1)


def test_a_ready_driver_is_called_in_messages_as_it_is_written() -> None:
    """They said layer_relu_relu_e1e3fad6."""
    assert shown_driver(layer("relu:ReLU", grads=("dw",))) == 'layer("relu:ReLU")'


def test_rows_and_drivers_are_found_by_whatever_name_they_are_imported(tmp_path: Path) -> None:
    home = varied_course.build(tmp_path)
    checks = varied_course.CHECKS.replace("check, function", "check as row")
    checks = checks.replace("@check", "@row").replace("function(", "grader.authoring.function(")
    (home / "checks/test_leaky.py").write_text(f"import grader.authoring\n{checks}", encoding="utf-8")
    course = read_assignment(home)
    assert [check.name for check in course.assignment.checks] == ["leaky", "weights"]
    assert "_ready.function('leaky:weights')" in course.drivers


def test_a_key_that_is_missing_since_it_is_misspelt_is_told_once(tmp_path: Path) -> None:
    """That points are missing was told besides."""
    said = refusal(build(tmp_path, rubric=RUBRIC.replace("points = 3", "point = 3", 1)))
    assert said == f"{TOML}: checks.standardized.point: is no known key; the nearest is points"
