"""`grade lint` on a course of bad checks: each passes without right values, in a way of its own, and is told which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from textwrap import indent

import pytest

from grader.course.discovery import read_assignment
from grader.judging.judge import Judge
from grader.lint import thoughtless
from grader.lint.thoughtless import thoughtless_problems
from grader.subjects.recordings import Recordings

CALL = 'y = impl.load("m:f")(x)\n'
VALUES = f'{CALL}return {{"y": y}}'
BOTH = "got, right = student({name}, x=x), reference({name}, x=x)\n"
WORDS, TIMES, OTHERS = "follows from words and counts", "is passed by the reference's answers times 1.01", "other cases"

# Of each check: its driver, its test, and what is told of it, nothing of the last.
CHECKS: Mapping[str, tuple[str, str, str]] = {
    "a_word": (f'{CALL}return {{"kind": type(y).__name__}}', 'assert got["kind"] == right["kind"]', WORDS),
    "a_flag": (f'{CALL}return {{"ok": True}}', 'assert got["ok"]', WORDS),
    "a_count": (f'{CALL}return {{"n": len(y)}}', 'assert got["n"] == right["n"]', WORDS),
    "no_problems": (f'{CALL}return {{"problems": []}}', 'assert not got["problems"]', WORDS),
    "finite": (f'{CALL}return {{"y": y, "ok": True}}', 'assert got["ok"] and np.isfinite(got["y"]).all()', WORDS),
    "judged_by_the_driver": (
        f'{CALL}return {{"right": bool(np.allclose(y, 2 * x + x**3))}}', 'assert got["right"]', WORDS
    ),
    "a_share_of_the_drivers": (f'{CALL}return {{"share": float((y < 99).mean())}}', 'assert got["share"] > 0.9', WORDS),
    "an_error_of_the_drivers": (
        f'{CALL}return {{"error": float(np.abs(y - (2 * x + x**3)).max())}}', 'assert got["error"] < 1e-6', WORDS
    ),
    "a_shape": (VALUES, 'assert got["y"].shape == right["y"].shape', "is passed by answering zeros"),
    "a_sign": (VALUES, 'assert (np.sign(got["y"]) == np.sign(right["y"])).all()', "is passed by answering an input"),
    "slopes_of_its_own": (
        'f = impl.load("m:f")\nreturn {"y": f(x), "above": f(x + 1e-6), "slope": 2 + 3 * x**2}',
        'assert np.allclose((got["above"] - got["y"]) / 1e-6, got["slope"], atol=1e-3)', "is passed by answering zeros",
    ),
    "wide": (VALUES, 'assert np.allclose(got["y"], right["y"], rtol=0.05)', TIMES),
    "no_number": (VALUES, 'assert not (abs(got["y"] - right["y"]) > 1e-6).any()', "is passed by answering NaN"),
    "nothing_to_compare": (
        f'{CALL}return {{"rows": [*y]}}',
        'for one, other in zip(got["rows"], right["rows"], strict=False):\n    assert_matches(one, other)',
        "is passed by empty lists of rows",
    ),
    "a_sum": (VALUES, 'assert np.isclose(got["y"].sum(), right["y"].sum())', "in the opposite order of y"),
    "a_part": (VALUES, 'assert_matches(got["y"].flat[0], right["y"].flat[0])', "the first half of the numbers of y"),
    "as_many_as_come": (VALUES, 'assert_matches(got["y"], right["y"][: len(got["y"])])', "first row of each array"),
    "the_same_each_time": (VALUES.replace("(x)", "(np.arange(6.0))"), "assert_matches(got, right)", OTHERS),
    "without_a_reference": (
        VALUES,
        'assert_matches(student(without_a_reference, x=x), {"y": 2 * x + x**3})',
        "asks no reference: its docstring has to say which closed form it uses",
    ),
    "any_shape": (
        VALUES,
        "x = rng.normal(size=4096)\ngot, right = student(any_shape, x=x), reference(any_shape, x=x)\n"  # noqa: ISC004  # one text
        'assert abs(got["y"] - right["y"]).max() < 1e-9',
        "computes with any shape: columns of ones cost the judge",
    ),
    "kept_says_the_driver": (
        f'before = x.copy()\n{CALL}return {{"y": y, "kept": bool((before == x).all())}}', "assert_matches(got, right)",
        "sees changes-its-argument by a driver's words, flags and counts alone",
    ),
    "changed_counts_the_driver": (
        f'before = x.copy()\n{CALL}return {{"y": y, "changed": int((before != x).sum())}}',
        "assert_matches(got, right)",
        "sees changes-its-argument by a driver's words, flags and counts alone",
    ),
    "kept": (
        'given = x.copy()\ny = impl.load("m:f")(given)\nreturn {"y": y, "x": given}', "assert_matches(got, right)", ""
    ),
    "large": (
        VALUES, "x = np.zeros((1 << 18, 1))\n" + BOTH.format(name="large") + "assert_matches(got, right)",
        "asks with 2 MiB of inputs in a call, expected at most 1: each grading sends as much",
    ),
    "words_of_a_ready_driver": (VALUES, "assert_matches(student(words, x=x), reference(words, x=x))", ""),
    "good": (VALUES, "assert_matches(got, right)", ""),
}  # fmt: skip
RUBRIC = """
title = "Bad checks"
source = "lint"
files = ["m.py"]
[runtime]
modules = ["numpy"]
[hidden]
seed = 3
[[parts]]
name = "all"
title = "All"
"""
CHECK = '[checks.{name}]\npart = "all"\npoints = 1\nsays = "{name} is right"\nhint = "which?"\n'
TEST = """
@pytest.mark.parametrize("rows", [3, 4])
def test_{name}(student, reference, rng, rows):
    x = rng.normal(size=(rows, 2))
{body}
"""
SOLUTION = (
    'def f(x):\n    """Add twice and cube."""\n    # solution(1): add\n    return 2 * x + x**3\n    # end solution\n'
    "def words(x):\n    return [[str(row.argmax()), int(row.argmin())] for row in x.T]\n"
)
MISTAKES = """
from grader.authoring import Mistake, replace
MISTAKES = (
    Mistake(
        name="changes-its-argument", says="the argument is another afterwards",
        hint="where?", teaches="`x += 1` writes.",
        patch=(replace("m.py", "return 2 * x + x**3", "y = 2 * x + x**3\\n    x += 1\\n    return y"),),
        fails=("kept_says_the_driver", "changed_counts_the_driver", "kept"),
    ),
)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Lint all bad checks at once; give what is told of each."""
    place = tmp_path_factory.mktemp("course") / "reference" / "bad"
    drivers, tests = ["import numpy as np"], ["import numpy as np", "import pytest", "from drivers import *"]
    tests.append('from grader.authoring import assert_matches, function\nwords = function("m:words")')
    for name, (driver, test, _) in CHECKS.items():
        drivers.append(f"def {name}(impl, x):\n{indent(driver, '    ')}\n")
        tests.append(
            TEST.format(name=name, body=indent(test if "student" in test else BOTH.format(name=name) + test, "    "))
        )
    texts = {
        "assignment.toml": RUBRIC + "".join(CHECK.format(name=name) for name in CHECKS),
        "drivers.py": "\n".join(drivers), "checks/test_bad.py": "\n".join(tests),
        "mistakes.py": MISTAKES, "solution/m.py": SOLUTION,
    }  # fmt: skip
    for path, text in texts.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    judge = Judge(read_assignment(place), Recordings())
    found = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thoughtless, "MOST_INPUT_BYTES", 1 << 20)
        for problem in thoughtless_problems(judge):
            found[problem.partition(" ")[0]].append(problem)
    judge.tests.close()
    return {name: "; ".join(problems) for name, problems in found.items()}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_passes_without_right_values_is_told(told: Mapping[str, str], name: str) -> None:
    *_, says = CHECKS[name]
    assert says in told.get(name, "")
    assert bool(says) is (name in told), told.get(name)
