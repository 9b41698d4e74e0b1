"""The reference of `theory` against second sources, and how its drivers take what students hand in."""

# ruff: noqa: N803, N806  # paper symbols stay in maths

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit

from grader.course.discovery import Course
from grader.course.stubs import attached_stubs
from grader.diagnosis.mistakes_file import read_mistakes
from grader.judging.grading import Grader
from grader.model.status import Answer
from grader.results.visibility import View, visible_to
from grader.sandbox.guest.program import Program
from grader.subjects.recordings import Recordings

COURSE = Course(Path(__file__).parents[1]).load("theory")
ANSWERS = COURSE.attached["answers.toml"].decode()
# Both sides sum the same products in another order: measured error at most 3e-14 over 50 seeds.
CLOSE: dict[str, float] = {"rtol": 1e-11, "atol": 1e-11}

CONVOLUTIONS = {
    "the handout's": ((3, 3), (3, 3), 4, 2),
    "plain": ((4, 4), (3, 3), 1, 0),
    "padding as wide as the kernel": ((3, 3), (2, 2), 1, 2),
    "a rectangle": ((2, 5), (2, 2), 1, 1),
    "a kernel that is a row": ((4, 5), (1, 3), 2, 1),
    "stride past the kernel": ((7, 6), (2, 2), 3, 0),
    "one pixel": ((1, 1), (3, 3), 1, 1),
}
NETWORKS = {
    "a single layer": (3, 2),
    "one hidden layer": (2, 5, 3),
    "deep": (3, 6, 6, 5, 4, 2),
    "one output": (1, 2, 2, 1),
}


# What each mistake gets wrong, by the checks that say so: no other check takes points for it. Several stand where
# several sentences of the rubric are untrue of it: a turned kernel is so in every matrix, but not in a table by hand.
CHARGED = {
    "kernel-flipped": ["matrix_plain", "matrix_padding", "matrix_stride", "matrix_border", "matrix_rectangle"],
    "padding-counted-once": ["matrix_padding", "matrix_stride", "matrix_rectangle"],
    "stride-in-one-direction": ["matrix_stride", "matrix_border", "matrix_rectangle"],
    "windows-past-the-edge": ["matrix_border"],
    "kernel-taken-for-square": ["matrix_rectangle"],
    "outputs-taken-for-square": ["matrix_rectangle"],
    "steps-of-height": ["matrix_rectangle"],
    "weights-counted-from-one": ["matrix_answer"],
    "answer-kernel-flipped": ["matrix_answer"],
    "value-taken-for-b": ["affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"],
    "mask-missing-in-w": ["affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"],
    "three-layers-alone": ["affine_deep"],
    "half-at-the-kink": ["affine_kink"],
    "writes-into-the-network": ["affine_keeps_arguments"],
    "every-unit-taken-for-on": ["affine_answer"],
    "answer-value-for-b": ["affine_answer"],
}


def test_each_mistake_costs_the_points_of_what_it_gets_wrong_and_no_others() -> None:
    """Linting proves that `fails` is the whole list, under four seeds."""
    fails = {mistake.name: list(mistake.fails) for mistake in read_mistakes(COURSE)}
    assert {name: fails[name] for name in CHARGED} == CHARGED


@pytest.fixture
def theory() -> Iterator[SimpleNamespace]:
    with Program({"theory.py": COURSE.solution["theory.py"]}).running() as program:
        names = ("conv_matrix", "conv_matrix_answer", "local_affine", "local_affine_answer", "HANDOUT_NETWORK")
        loaded: dict[str, Any] = {name: program.load(f"theory:{name}") for name in names}
        yield SimpleNamespace(**loaded)


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(20261122)


def images(*arrays: np.ndarray) -> list[torch.Tensor]:
    return [torch.tensor(array)[None, None] for array in arrays]


@pytest.mark.parametrize(("image", "kernel", "stride", "padding"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_matrix_times_an_image_is_torchs_convolution(
    theory: SimpleNamespace,
    draw: np.random.Generator,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    padding: int,
) -> None:
    w, X = draw.normal(size=kernel), draw.normal(size=image)
    x, weight = images(X, w)
    expected = F.conv2d(x, weight, stride=stride, padding=padding).numpy().ravel()
    np.testing.assert_allclose(theory.conv_matrix(w, *image, stride, padding) @ X.ravel(), expected, **CLOSE)


@pytest.mark.parametrize(("image", "kernel", "stride", "padding"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_transposed_matrix_is_torchs_transposed_convolution(
    theory: SimpleNamespace,
    draw: np.random.Generator,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    padding: int,
) -> None:
    w = draw.normal(size=kernel)
    down, across = ((image[n] + 2 * padding - kernel[n]) // stride + 1 for n in (0, 1))
    Y = draw.normal(size=(down, across))
    left_over = [(image[n] + 2 * padding - kernel[n]) % stride for n in (0, 1)]
    y, weight = images(Y, w)
    expected = F.conv_transpose2d(y, weight, stride=stride, padding=padding, output_padding=left_over)
    got = theory.conv_matrix(w, *image, stride, padding).T @ Y.ravel()
    np.testing.assert_allclose(got, expected.numpy().ravel(), **CLOSE)


@pytest.mark.parametrize(("image", "kernel", "stride", "padding"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_column_is_what_the_convolution_makes_of_one_lit_pixel(
    theory: SimpleNamespace,
    draw: np.random.Generator,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    padding: int,
) -> None:
    w = draw.normal(size=kernel)
    A = theory.conv_matrix(w, *image, stride, padding)
    for pixel in np.ndindex(image):
        lit = np.zeros(image)
        lit[pixel] = 1
        padded = np.pad(lit, padding)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel)[::stride, ::stride]
        np.testing.assert_array_equal(A[:, np.ravel_multi_index(pixel, image)], (windows * w).sum((2, 3)).ravel())


def test_the_handouts_matrix_is_the_one_of_the_contract(theory: SimpleNamespace) -> None:
    table = np.array(theory.conv_matrix_answer())
    assert table.shape == (4, 9)
    assert {tuple(place): str(table[tuple(place)]) for place in np.argwhere(table != "0").tolist()} == {
        (0, 0): "w(2,2)",
        (1, 2): "w(2,0)",
        (2, 6): "w(0,2)",
        (3, 8): "w(0,0)",
    }


def network(draw: np.random.Generator, widths: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(draw.normal(size=(outputs, inputs)), draw.normal(size=outputs)) for inputs, outputs in pairwise(widths)]


def value(params: list[tuple[np.ndarray, np.ndarray]], x: torch.Tensor) -> torch.Tensor:
    for W, b in params[:-1]:
        x = torch.relu(torch.tensor(W) @ x + torch.tensor(b))
    return torch.tensor(params[-1][0]) @ x + torch.tensor(params[-1][1])


@pytest.mark.parametrize("widths", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_piece_has_torchs_jacobian_and_the_networks_value(
    theory: SimpleNamespace, widths: tuple[int, ...], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    params, x0 = network(draw, widths), draw.normal(size=widths[0])
    W, b = theory.local_affine(params, x0)
    point = torch.tensor(x0)
    jacobian = torch.autograd.functional.jacobian(lambda x: value(params, x), point)
    np.testing.assert_allclose(W, jacobian.numpy(), **CLOSE)
    np.testing.assert_allclose(W @ x0 + b, value(params, point).numpy(), **CLOSE)


def test_a_piece_holds_nearby(theory: SimpleNamespace, draw: np.random.Generator) -> None:
    params, x0 = network(draw, (3, 5, 4, 2)), draw.normal(size=3)
    W, b = theory.local_affine(params, x0)
    beside = x0 + 1e-6 * draw.normal(size=3)
    np.testing.assert_allclose(W @ beside + b, value(params, torch.tensor(beside)).numpy(), **CLOSE)


@pytest.mark.parametrize(("x0", "h", "W", "b"), [(2, 15, 6, 3), (-1, 1.5, 1.5, 3), (1, 9, 6, 3)])
def test_the_handouts_pieces_are_those_of_the_contract(
    theory: SimpleNamespace, x0: int, h: float, W: float, b: float
) -> None:
    assert theory.local_affine_answer()[x0] == (W, b)
    assert value(list(theory.HANDOUT_NETWORK), torch.tensor([x0], dtype=torch.float64)).tolist() == [h] == [W * x0 + b]


def test_the_answers_on_paper_are_those_of_the_code(theory: SimpleNamespace) -> None:
    rows = tomllib.loads(ANSWERS)
    assert list(rows["conv_matrix"].values()) == theory.conv_matrix_answer()
    for x0, table in {2: "at_2", -1: "at_minus_1", 1: "at_1"}.items():
        W, b = theory.local_affine_answer()[x0]
        assert rows["local_affine"][table] in ({"W": W, "b": b}, {"W": "3/2", "b": b})


def test_the_template_has_every_row_of_the_answers_and_none_filled() -> None:
    rows, empty = tomllib.loads(ANSWERS), tomllib.loads(attached_stubs(COURSE.attached)["answers.toml"])
    assert {name: list(table) for name, table in empty.items()} == {name: list(table) for name, table in rows.items()}
    values = [*empty["conv_matrix"].values(), *(v for table in empty["local_affine"].values() for v in table.values())]
    assert all(not value for value in values)


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask() -> Ask:
    """Run a driver on what a student handed in."""

    def run(driver: str, theory: str = "", answers: str = "", **inputs: object) -> dict[str, Any]:
        sources = {"theory.py": theory} if theory else {}
        attached = {"answers.toml": answers.encode()} if answers else {}
        drivers = Program({"drivers.py": COURSE.drivers})
        with drivers.running(), Program(sources, attached=attached).running() as program:
            function: Any = drivers.load(f"drivers:{driver}")
            return dict(function(program, **inputs))

    return run


TABLE = "def conv_matrix_answer():\n    return [{row}] * 4\n"


@pytest.mark.parametrize(
    "written",
    ["w22", "w(2,2)", "W[2][2]", " w_{2, 2} ", "$w_{22}$", "w_22", "w( 2 , 2 )", "w_2_2", r"\(w_{2,2}\)", "w^{(2,2)}"],
)
def test_a_weight_may_be_written_in_many_ways(ask: Ask, written: str) -> None:
    row = ask("matrix_answer", TABLE.format(row=[written, 0, "0", 0.0, "0.0"]))["A"][0]
    assert row == ["w(2,2)", "0", "0", "0", "0"]


@pytest.mark.parametrize("written", ["w(2,2)+w(0,0)", "2*w(2,2)", "-w(2,2)", "w", "w(2)", "1", "x22"])
def test_what_is_no_weight_stays_as_it_is(ask: Ask, written: str) -> None:
    assert ask("matrix_answer", TABLE.format(row=[written]))["A"][0] == [written]


def test_the_code_counts_before_the_paper(ask: Ask) -> None:
    mine = TABLE.format(row=["w00"] * 9)
    assert ask("matrix_answer", mine, ANSWERS)["A"] == [["w(0,0)"] * 9] * 4


@pytest.mark.parametrize(
    "theory",
    [
        "",
        "x = 1\n",
        "def conv_matrix_answer():\n    raise NotImplementedError('1b')\n",
        "def conv_matrix_answer(:\n",
        "import no_such_library\n",
    ],
    ids=["no file", "no function", "not written", "no Python", "cannot be imported"],
)
def test_the_paper_answers_where_the_code_does_not(ask: Ask, theory: str) -> None:
    found = ask("matrix_answer", theory, ANSWERS)
    assert found["A"][1] == ["0", "0", "w(2,0)", "0", "0", "0", "0", "0", "0"]
    assert found["problems"] == {}


def test_a_broken_file_is_told_where_the_paper_is_blank(ask: Ask) -> None:
    template = attached_stubs(COURSE.attached)["answers.toml"]
    with pytest.raises(SyntaxError):
        ask("matrix_answer", "def conv_matrix_answer(:\n", template)
    with pytest.raises(SyntaxError):
        ask("affine_answer", "def conv_matrix_answer(:\n", template, x0=1)


def test_code_that_raises_is_not_passed_over_in_silence(ask: Ask) -> None:
    with pytest.raises(ZeroDivisionError):
        ask("matrix_answer", "def conv_matrix_answer():\n    return 1 / 0\n", ANSWERS)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("{2: (6, 3)}", ""),
        ("{2: [6, '3']}", ""),
        ("[(6, 3), (0, 0), (0, 0)]", ""),
        ("{'x0 = 2': (6, 3)}", ""),
        ("{'2': (6, 3), 'x=-1': (0, 0)}", ""),
        ("{2.0: {'W': 6, 'b': 3}}", ""),
        ("__import__('numpy').array([[6, 3], [0, 0], [0, 0]])", ""),
        ("{2: __import__('numpy').array([6, 3])}", ""),
        ("{2: (__import__('fractions').Fraction(12, 2), __import__('decimal').Decimal('3.0'))}", ""),
        ("[(2, 6, 3), (-1, 0, 0), (1, 0, 0)]", ""),
        ("__import__('numpy').array([[1, 0, 0], [2, 6, 3], [-1, 0, 0]])", ""),
        ("{2: 6}", "local_affine_answer(): W at x0 = 2 is not there: the answer is a number, expected a pair (W, b)"),
        (
            "{}",
            "local_affine_answer(): W at x0 = 2 is not there: the answer is of type NoneType, expected a pair (W, b)",
        ),
        (
            "7",
            "local_affine_answer(): W at x0 = 2 is not there: the function returns a number, expected a dict by point",
        ),
    ],
)
def test_what_the_code_answers_is_read_in_several_forms(ask: Ask, answer: str, problem: str) -> None:
    found = ask("affine_answer", f"def local_affine_answer():\n    return {answer}\n", x0=2)
    assert found["problems"].get("W", ["", ""])[1] == problem
    assert problem or (found["W"], found["b"]) == (6, 3)


@pytest.mark.parametrize(
    "table",
    [
        r"[r'$w_{22}$ & 0 & 0 & 0 & 0 & 0 & 0 & 0 & 0 \\\\'] * 4",
        "{row: ['w22'] + [0] * 8 for row in (3, 2, 1, 0)}",
        "('w22,0,0,0,0,0,0,0,0',) * 4",
        "['w( 2, 2 ), 0, 0, 0, 0, 0, 0, 0, 0'] * 4",
        "[['w22', *[''] * 8]] * 4",
        "[['w22', *__import__('numpy').zeros(8, int)]] * 4",
    ],
)
def test_rows_of_the_matrix_may_be_texts_or_come_by_number(ask: Ask, table: str) -> None:
    found = ask("matrix_answer", f"def conv_matrix_answer():\n    return {table}\n")
    assert found == {"A": [["w(2,2)", *["0"] * 8]] * 4, "problems": {}}


def test_what_is_computed_in_single_precision_is_right(ask: Ask) -> None:
    """A matrix of float32 lost 28 points by its dtype."""
    theory = """
import numpy as np
def conv_matrix(w, height, width, stride, padding):
    return np.full((1, height * width), w[0, 0], np.float32)
def local_affine(params, x0):
    return np.float32(params[0][0]), np.float32(params[0][1])
"""
    found = ask("conv_matrix", theory, w=np.array([[0.1]]), height=1, width=2, stride=2, padding=0)["A"]
    assert found.dtype == np.float64
    assert found == pytest.approx(0.1, rel=1e-7)
    piece = ask("local_affine", theory, params=[(np.ones((1, 1)), np.ones(1))], x0=np.ones(1))
    assert [piece[symbol].dtype for symbol in "Wb"] == [np.float64, np.float64]


@pytest.mark.parametrize("body", ["return None", "pass", "..."])
def test_an_answer_that_is_none_is_not_written(ask: Ask, body: str) -> None:
    """The templates of some editions return None; it read `of type NoneType, expected a dict by point`."""
    theory = f"def local_affine_answer():\n    {body}\n"
    assert ask("affine_answer", theory, ANSWERS, x0=-1) == {"W": 1.5, "b": 3.0, "problems": {}}


def test_the_general_function_answers_where_nothing_else_does(ask: Ask) -> None:
    general = "def local_affine(params, x0):\n    return [[float(len(params))]], [x0[0]]\n"
    template = attached_stubs(COURSE.attached)["answers.toml"]
    for answers in ("", template):
        assert ask("affine_answer", general, answers, x0=-1) == {"W": 3.0, "b": -1.0, "problems": {}}
    assert ask("affine_answer", general, ANSWERS, x0=-1) == {"W": 1.5, "b": 3.0, "problems": {}}


@pytest.mark.parametrize(
    ("row", "status", "sentence"),
    [
        ("", "unwritten", "answers.toml: conv_matrix.row_1 is missing"),
        ("row_1 = []", "unwritten", "answers.toml: conv_matrix.row_1 is empty"),
        ('row_1 = ["0", "w22"]', "failed", "answers.toml: conv_matrix.row_1 has 2 entries, expected 9"),
        (
            'row_1 = "0 0 w20"',
            "failed",
            "answers.toml: conv_matrix.row_1 is the text '0 0 w20', expected a list of 9 entries",
        ),
        ('row_1 = ["0"', "failed", "answers.toml: conv_matrix.row_1 is no TOML in line 11: unclosed array"),
        ("row_1 = 0", "failed", "answers.toml: conv_matrix.row_1 is a number, expected a list of 9 entries"),
    ],
)
def test_a_bad_row_of_the_matrix_costs_itself_alone(ask: Ask, row: str, status: str, sentence: str) -> None:
    lines = [row if line.startswith("row_1") else line for line in ANSWERS.splitlines()]
    found = ask("matrix_answer", answers="\n".join(lines))
    assert found["problems"] == {"row 1": [status, sentence]}
    assert found["A"][1] == ["?"] * 9
    assert found["A"][3][8] == "w(0,0)"


def test_of_answers_that_are_shown_later_it_is_told_which_are_empty_and_which_cannot_be_read(tmp_path: Path) -> None:
    """A sheet with an unreadable row and empty ones was told that every check passed."""
    own = "\n".join(ast.unparse(node) for node in ast.parse(COURSE.solution["theory.py"]).body if not _answers(node))
    (tmp_path / "theory.py").write_text(own, encoding="utf-8")
    rows = "row_0 = []\nrow_1 = [1, 2\nrow_2 = []\nrow_3 = []\n"
    (tmp_path / "answers.toml").write_text(f"[conv_matrix]\n{rows}", encoding="utf-8")
    with Grader(COURSE, recordings=Recordings()) as grader:
        result = grader.grade(tmp_path, only={"matrix_answer", "matrix_plain"})
    (told,) = visible_to(result, View.STUDENT).withheld_checks
    assert told.answer is Answer.UNREADABLE
    assert "cannot be read in 1 of 4 cases: answers.toml: conv_matrix.row_1 is no TOML in line 3" in told.says
    assert "not answered in 3 of 4 cases: answers.toml: conv_matrix.row_0 is empty" in told.says


def _answers(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "conv_matrix_answer"
