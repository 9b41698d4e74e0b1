"""A whole course in one small assignment, `tiny`, that tests write where they like and break where they must."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from grader.course.stubs import handout

RUBRIC = dedent("""\
    title = "Numbers in columns"
    source = "Handout 000, section 1"
    files = ["scale.py", "stats.py"]

    [runtime]
    modules = ["numpy"]
    memory_mb = 512
    submission_seconds = 30

    [hidden]
    seed = 20261121

    [rules]
    output = "forbid"
    output_consequence = "deduct"
    output_points = 1

    [[parts]]
    name = "scale"
    title = "Scaling"

    [[parts]]
    name = "stats"
    title = "Statistics"

    [checks.standardized]
    part = "scale"
    points = 3
    says = "every column has mean 0 and deviation 1"
    hint = "along which axis does a column lie?"
    public = true

    [checks.unit_rows]
    part = "scale"
    points = 2
    says = "every row has length 1, and a row of zeros stays as it is"
    hint = "which rows change when you divide by their length?"
    partial = true

    [checks.variance]
    part = "stats"
    points = 2
    says = "the variance is the mean squared distance from the mean"
    hint = "by how many do you divide?"

    [checks.covariance]
    part = "stats"
    points = 3
    says = "the covariance matrix has the variances on its diagonal"
    hint = "what is multiplied with what, once the means are taken away?"
    needs = ["variance"]
    seconds = 2
    """)

SCALE = dedent('''\
    """Bring numbers to one scale."""

    import numpy as np


    def standardized(x):
        """Shift and stretch every column to mean 0 and deviation 1, shape (N, D)."""
        # solution(1a): Subtract each column's mean and divide by its deviation.
        return (x - x.mean(axis=0)) / x.std(axis=0)
        # end solution


    def unit_rows(x):
        """Stretch every row to length 1, shape (N, D); rows of zeros stay zero."""
        # solution(1b): Divide each row by its length.
        length = np.sqrt((x * x).sum(axis=1, keepdims=True))
        return x / np.where(length == 0, 1, length)
        # end solution
    ''')

STATS = dedent('''\
    """Describe columns of numbers."""


    def variance(x):
        """Give the variance of every column, shape (D,)."""
        # solution(2a): Average the squared distances from the mean.
        return ((x - x.mean(axis=0)) ** 2).mean(axis=0)
        # end solution


    def covariance(x):
        """Give the covariance of every two columns, shape (D, D)."""
        # solution(2b): Multiply the centred columns with each other.
        centred = x - x.mean(axis=0)
        return centred.T @ centred / len(x)
        # end solution
    ''')

DRIVERS = dedent('''\
    """How to call an implementation of `tiny`."""


    def standardized(impl, x):
        return {"z": impl.load("scale:standardized")(x)}


    def unit_rows(impl, x):
        return {"u": impl.load("scale:unit_rows")(x)}


    def variance(impl, x):
        return {"v": impl.load("stats:variance")(x)}


    def covariance(impl, x):
        return {"C": impl.load("stats:covariance")(x)}
    ''')

CHECKS = dedent('''\
    """Hidden tests of `tiny`."""

    import numpy as np
    import pytest
    from drivers import covariance, standardized, unit_rows, variance
    from grader.authoring import assert_matches

    SHAPES = ((4, 3), (5, 2))


    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_standardized(student, reference, rng, shape):
        x = rng.normal(2, 3, shape)
        assert_matches(student(standardized, x=x), reference(standardized, x=x))


    @pytest.mark.parametrize("case", ["long", "longer", "short", "shorter", "zero"])
    def test_unit_rows(student, reference, rng, case):
        x = rng.uniform(0.5, 1, (4, 3)) * {"long": 5, "longer": 9, "short": 0.2, "shorter": 0.1, "zero": 0}[case]
        assert_matches(student(unit_rows, x=x), reference(unit_rows, x=x))


    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_variance(student, reference, rng, shape):
        x = rng.normal(2, 3, shape)
        assert_matches(student(variance, x=x), reference(variance, x=x))


    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_covariance(student, reference, rng, shape):
        x = rng.normal(2, 3, shape)
        got = student(covariance, x=x)
        assert np.ndim(got["C"]) == 2, "C is no matrix, expected one row and one column for every column of x"
        assert_matches(got, reference(covariance, x=x))
    ''')

MISTAKES = dedent('''\
    """What students get wrong in `tiny`."""

    from grader.authoring import Mistake, replace

    MISTAKES = (
        Mistake(
            name="one-deviation-for-all",
            says="all columns are divided by the deviation of the whole array",
            hint="how many deviations does an array of 3 columns have?",
            patch=(replace("scale.py", "x.std(axis=0)", "x.std()"),),
            fails=("standardized",),
            teaches="`x.std()` is one number, `x.std(axis=0)` is one for each column.",
        ),
        Mistake(
            name="short-rows-kept",
            says="rows that are shorter than 1 stay as they are",
            hint="which lengths does `np.maximum(length, 1)` change?",
            patch=(replace("scale.py", "np.where(length == 0, 1, length)", "np.maximum(length, 1)"),),
            fails=("unit_rows",),
            teaches="`np.maximum(length, 1)` guards against 0 and changes every length below 1.",
        ),
        Mistake(
            name="divided-by-one-less",
            says="the sum of squares is divided by N - 1",
            hint="what is the mean of N numbers?",
            patch=(replace("stats.py", "** 2).mean(axis=0)", "** 2).sum(axis=0) / (len(x) - 1)"),),
            fails=("variance",),
            teaches="Dividing by N - 1 estimates the variance of what the sample was drawn from.",
        ),
        Mistake(
            name="not-centred",
            says="the columns are multiplied with their means still in them",
            hint="what is the covariance of two constant columns?",
            patch=(replace("stats.py", "centred = x - x.mean(axis=0)", "centred = x"),),
            fails=("covariance",),
            teaches="`x.T @ x / N` measures distances from 0, not from the mean.",
        ),
    )
    ''')
TWICE = """
from grader.authoring import Convention

CONVENTIONS = (Convention("twice", (replace("stats.py", "return ((x - x", "return 2 * ((x - x"),)),)
"""

SAMPLES = dedent("""\
    [correct]
    score = 10
    says = "right"

    [loops]
    score = 10
    says = "right, with loops"

    [stub]
    score = 0
    says = "nothing is written yet"
    statuses = {standardized = "unwritten", covariance = "blocked"}

    [short-rows]
    score = 9.2
    says = "rows that are shorter than 1 are not stretched"
    mistakes = ["short-rows-kept"]
    statuses = {unit_rows = "failed"}

    [prints]
    score = 9
    says = "right, and prints"
    """)

LOOPS_SCALE = dedent("""\
    import math

    import numpy as np


    def standardized(x):
        columns = []
        for column in x.T:
            mean = sum(column) / len(column)
            deviation = math.sqrt(sum((value - mean) ** 2 for value in column) / len(column))
            columns.append([(value - mean) / deviation for value in column])
        return np.array(columns).T


    def unit_rows(x):
        result = x.copy()
        for row in result:
            length = math.sqrt(sum(value * value for value in row))
            if length:
                row /= length
        return result
    """)

LOOPS_STATS = dedent("""\
    import numpy as np


    def variance(x):
        return np.diag(covariance(x))


    def covariance(x):
        n, d = x.shape
        means = [sum(x[:, j]) / n for j in range(d)]
        result = np.zeros((d, d))
        for i in range(d):
            for j in range(d):
                result[i, j] = sum((x[k, i] - means[i]) * (x[k, j] - means[j]) for k in range(n)) / n
        return result
    """)

STUBS = handout({"scale.py": SCALE, "stats.py": STATS}, ["scale.py", "stats.py"])

PATHS = {
    "rubric": "reference/tiny/assignment.toml",
    "instructions": "reference/tiny/instructions.md",
    "scale": "reference/tiny/solution/scale.py",
    "stats": "reference/tiny/solution/stats.py",
    "drivers": "reference/tiny/drivers.py",
    "checks": "reference/tiny/checks/test_tiny.py",
    "mistakes": "reference/tiny/mistakes.py",
    "samples": "reference/tiny/samples/samples.toml",
    "student_scale": "student/tiny/scale.py",
    "student_stats": "student/tiny/stats.py",
}
TEXTS = {
    "rubric": RUBRIC, "instructions": "# Numbers in columns\n", "scale": SCALE, "stats": STATS, "drivers": DRIVERS,
    "checks": CHECKS, "mistakes": MISTAKES, "samples": SAMPLES,
    "student_scale": STUBS["scale.py"], "student_stats": STUBS["stats.py"],
}  # fmt: skip
SAMPLE_FILES = {
    "correct": (SCALE, STATS),
    "loops": (LOOPS_SCALE, LOOPS_STATS),
    "stub": (STUBS["scale.py"], STUBS["stats.py"]),
    "short-rows": (SCALE.replace("np.where(length == 0, 1, length)", "np.maximum(length, 1)"), STATS),
    "prints": (SCALE.replace("    return (x", "    print(x.shape)\n    return (x"), STATS),
}


def build(folder: Path, **changes: str | None) -> Path:
    """Write the course into a folder and give the folder of its assignment.

    Args:
        folder: Where `reference/` and `student/` shall lie.
        **changes: Another text for a file, by its key in PATHS; None leaves the file out.
    """
    unknown = sorted(set(changes) - set(PATHS))
    if unknown:
        raise TypeError(f"no file is named {', '.join(unknown)}; the names: {', '.join(PATHS)}")
    for key, text in {**TEXTS, **changes}.items():
        if text is not None:
            _write(folder / PATHS[key], text)
    for sample, texts in SAMPLE_FILES.items():
        for name, text in zip(("scale.py", "stats.py"), texts, strict=True):
            _write(folder / "reference/tiny/samples" / sample / name, text)
    return folder / "reference" / "tiny"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
