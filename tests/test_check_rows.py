"""Rows of the rubric at their tests, and drivers that are made of a target: the same assignment in fewer files."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from classes import Grade, commands
from tiny_course import CHECKS, RUBRIC, build

from grader.authoring import check, function
from grader.course.check_rows import read_tests, rows_in
from grader.course.discovery import read_assignment
from grader.course.fingerprint import course_fingerprint
from grader.errors import CourseError

ROW = re.compile(r"\[checks\.variance\]\n(?:[^\[\n]+\n)+")
IN_TESTS = RUBRIC.replace(found[0], "") if (found := ROW.search(RUBRIC)) else ""
DECORATED = CHECKS.replace("import assert_matches", "import assert_matches, check").replace(
    '@pytest.mark.parametrize("shape", SHAPES, ids=str)\ndef test_variance(student, reference, rng, shape):\n',
    '@check(part="stats", points=2, hint="by how many do you divide?")\n'
    '@pytest.mark.parametrize("shape", SHAPES, ids=str)\ndef test_variance(student, reference, rng, shape):\n'
    '    """the variance is the mean squared distance\n    from the mean\n\n    More for authors.\n    """\n',
)
# A need stands before the check that needs it, and rows at tests stand behind those of the rubric.
ALONE = IN_TESTS.replace('needs = ["variance"]\n', "")


def problems(folder: Path, checks: str, rubric: str = ALONE) -> list[str]:
    with pytest.raises(CourseError) as caught:
        read_assignment(build(folder, checks=checks, rubric=rubric))
    return [str(problem) for problem in caught.value.problems]


def test_a_file_of_tests_is_parsed_once_for_all_that_is_looked_for_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was parsed six times and walked eight: of what `grade run imbalance` took before its first call, a tenth."""
    folder, parsed, parse = build(tmp_path, checks=DECORATED, rubric=ALONE), [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda text, *given: parsed.append(text) or parse(text, *given))
    read_assignment(folder)
    assert parsed.count(DECORATED) == 2  # the other looks whether it parses at all


def test_a_row_at_its_test_is_read_as_one_of_the_rubric(tmp_path: Path) -> None:
    written = {one.name: one for one in read_assignment(build(tmp_path / "a")).assignment.checks}
    decorated = {
        one.name: one
        for one in read_assignment(build(tmp_path / "b", checks=DECORATED, rubric=ALONE)).assignment.checks
    }
    assert decorated["variance"] == written["variance"]
    assert [*decorated] == ["standardized", "unit_rows", "covariance", "variance"]


def test_a_changed_hint_or_score_is_no_other_test(tmp_path: Path) -> None:
    """Whoever was graded need not be graded again, but is weighed anew."""
    first = course_fingerprint(read_assignment(build(tmp_path / "a", checks=DECORATED, rubric=ALONE)), None)
    changed = (
        DECORATED.replace("points=2", "points=4")
        .replace("by how many", "By how many")
        .replace("mean squared", "average")
    )
    second = course_fingerprint(read_assignment(build(tmp_path / "b", checks=changed, rubric=ALONE)), None)
    assert (first.key("x"), first.scoring == second.scoring) == (second.key("x"), False)
    other = DECORATED.replace(
        "rng.normal(2, 3, shape)\n    assert_matches(student(variance",
        "rng.normal(2, 4, shape)\n    assert_matches(student(variance",
    )
    third = course_fingerprint(read_assignment(build(tmp_path / "c", checks=other, rubric=ALONE)), None)
    seconds = course_fingerprint(
        read_assignment(
            build(tmp_path / "d", checks=DECORATED.replace("points=2", "points=2, seconds=9"), rubric=ALONE)
        ),
        None,
    )
    assert len({one.key("x") for one in (first, third, seconds)}) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points=2", "point=2", "test_tiny.py: line 23: @check(point=...): is no known key; the nearest is points"),
        ("points=2", 'points="2"', "test_tiny.py: line 23: @check(points=...): is '2', expected a number"),
        ("points=2", "points=SHAPES", "@check(points=...): is SHAPES, expected a value written out"),
        ('@check(part="stats", ', '@check("stats", ', "@check: has an argument without a name"),
        ('part="stats"', 'part="statistic"', "@check(part=...): is 'statistic', expected one of scale, stats"),
        (', hint="by how many do you divide?"', "", "line 23: @check(hint=...): is missing, expected a text in quotes"),
        ('"""the variance', '"""', "expected"),
        ("points=2", "points=2, needs=[3]", "line 23: @check(needs=...) entry 1: is 3, expected a text in quotes"),
        ("points=2", 'points=2, needs=["means"]', "line 23: @check(needs=...): 'means' is no check"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told_with_the_file_and_line_of_its_test(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in DECORATED
    if said == "expected":
        checks = re.sub(r'    """the variance.*?    """\n', "", DECORATED, flags=re.DOTALL)
        said = "test_tiny.py: line 23: the docstring: is missing, expected a text in quotes"
    else:
        checks = DECORATED.replace(old, new)
    found = problems(tmp_path, checks)
    assert any(said in problem for problem in found), found


def test_lists_of_a_row_may_be_tuples() -> None:
    """Python's own way to write them was refused."""
    text = '@check(points=1, needs=("a", "b"))\ndef test_c(student):\n    """It is."""\n'
    assert rows_in(read_tests({"test_c.py": text}), "checks", [])["c"].fields == {
        "points": 1,
        "needs": ["a", "b"],
        "says": "It is.",
    }


def test_a_row_in_both_places_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, DECORATED, RUBRIC)
    assert (
        "test_tiny.py: line 23: test_variance: also stands in reference/tiny/assignment.toml [checks.variance]"
        in problem
    )


def test_parts_without_a_heading_are_called_by_their_name(tmp_path: Path) -> None:
    only = "\n".join(line for line in DECORATED.splitlines() if "def test_" not in line or "variance" in line)
    assert "check(" in only
    text = (
        DECORATED[: DECORATED.index('@pytest.mark.parametrize("shape"')]
        + DECORATED[DECORATED.index("@check") : DECORATED.rindex("\n\n@pytest")]
    )
    head = RUBRIC[: RUBRIC.index("[[parts]]")]
    assert [one.title for one in read_assignment(build(tmp_path, checks=text, rubric=head)).assignment.parts] == [
        "Stats"
    ]


def test_the_decorator_leaves_a_test_as_it_is() -> None:
    def test() -> None: ...

    assert check(points=2)(test) is test
    with pytest.raises(TypeError, match=r"expected keys of the rubric such as points=2"):
        check()


def test_a_ready_driver_has_one_name_for_one_target() -> None:
    assert function("a:f").__name__ == function("a:f").__name__ != function("a:g").__name__
    assert function("a.b:f").__name__.isidentifier()


LAYER = """\
import numpy as np


class Scale:
    def __init__(self, size):
        self.gamma = np.ones(size)

    def forward(self, x):
        # solution(1): Scale each column.
        self.x = x
        return x * self.gamma
        # end solution

    def backward(self, dout):
        # solution(2): Differentiate.
        self.dgamma = (dout * self.x).sum(axis=0)
        return dout * self.gamma
        # end solution
"""
LAYER_TESTS = '''\
import pytest
from grader.authoring import assert_matches, check, layer

scale = layer("scale:Scale", grads=("dgamma",))


@check(points=2, part="scale", hint="which numbers belong to a column?", public=True)
@pytest.mark.parametrize("shape", [(2, 3), (4, 2)], ids=str)
def test_scale(student, reference, rng, shape):
    """Columns are scaled, and so are gradients."""
    given = {"x": rng.normal(size=shape), "dout": rng.normal(size=shape), "init": {"size": shape[1]}}
    given["state"] = {"gamma": rng.normal(size=shape[1])}
    assert_matches(student(scale, **given), reference(scale, **given))


@check(points=1, part="scale", hint="none", needs=["scale"])
def test_sums(student, reference, rng):
    """A row is scaled."""
    given = {"x": rng.normal(size=(1, 2)), "init": {"size": 2}}
    assert_matches(student(scale, **given), reference(scale, **given))
'''


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    folder = tmp_path / "reference/scale"
    texts = {
        "assignment.toml": 'title = "Scale"\nsource = "x"\nfiles = ["scale.py"]\n\n[hidden]\nseed = 3\n',
        "solution/scale.py": LAYER,
        "checks/test_scale.py": LAYER_TESTS,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return commands(monkeypatch, capsys, tmp_path)


def test_a_layer_needs_no_file_of_drivers(grade: Grade, tmp_path: Path) -> None:
    right = json.loads(grade("run", "scale", "--submission", "reference/scale/solution", "--json").out)
    assert (right["score"], right["max_score"]) == (3, 3)
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "scale.py").write_text(LAYER.replace("return dout * self.gamma", "return dout"), encoding="utf-8")
    ended = json.loads(grade("run", "scale", "--submission", str(wrong), "--json").out)
    assert ended["checks"][0]["message"].startswith("(2, 3): dx[")


def test_a_hand_out_makes_the_drivers_of_its_public_tests_again(grade: Grade, tmp_path: Path) -> None:
    assert grade("handout", "scale", "--out", str(tmp_path / "out")).code == 0
    (found,) = (tmp_path / "out").rglob("test_scale.py")
    assert "test_sums" not in found.read_text(encoding="utf-8")
    assert not [*(tmp_path / "out").rglob("drivers.py")]
    course = read_assignment(found.parents[1])
    assert [one.name for one in course.assignment.checks] == ["scale"]
    assert course.drivers.count("_made = ") == 1


def test_modules_and_training_take_arrays_and_give_the_state_back() -> None:
    torch = pytest.importorskip("torch")
    from grader.authoring import module, training  # noqa: PLC0415  # beside torch, which may not be there

    class Made:
        sources: dict[str, str] = {}  # noqa: RUF012  # as the protocol has it

        def load(self, target: str) -> object:
            return {"m:Net": lambda size: torch.nn.Linear(size, 1), "m:fit": fit}[target]

    def fit(net: object, x: object) -> float:
        for parameter in net.parameters():  # type: ignore[attr-defined]  # a module
            parameter.data.zero_()
        return 3.0

    weight, x = np.full((1, 2), 2.0, np.float32), np.ones((4, 2), np.float32)
    state = {"weight": weight, "bias": np.zeros(1, np.float32)}
    called = module("m:Net", grads=True)(Made(), init={"size": 2}, state=state, x=x)
    assert called["y"].detach().numpy().ravel().tolist() == [4.0] * 4
    assert called["grads"]["weight"].numpy().tolist() == [[4.0, 4.0]]
    trained = training("m:fit", model="m:Net")(Made(), init={"size": 2}, state=state, x=x)
    assert (trained["result"], trained["state"]["weight"].tolist()) == (3.0, [[0.0, 0.0]])
