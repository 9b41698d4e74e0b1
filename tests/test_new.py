"""`grade new`: an assignment from a solution, which lint finds nothing wrong with."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import Grade, commands, contents

from grader.course.notebook_stubs import notebook_of
from grader.drivers.ready import plain
from grader.lint.scaffold.assignment import Made
from grader.lint.scaffold.mistakes import changed_text
from grader.lint.scaffold.solution import ascii_name, asked_in, marked

FUNCTIONS = '''\
import numpy as np


def accuracy_of(logits, labels):
    """Give the share of labels that have the largest of their logits, smoothed."""
    p = softmax(logits)
    return np.mean(p[np.arange(len(labels)), labels])


def softmax(x):
    """Give the softmax of each row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def linear(x, w, b):
    return x @ w + b


def opened(path):
    """Read a file, which no made-up input is."""
    with open(path) as file:
        return len(file.read())
'''
IN_OTHER_STYLES = '''\
from typing import Iterator
from .sizes import at_least


def wörter(text: str) -> Iterator[str]:
\tr"""Gib die Wörter von $\\Sigma$ aus, kleingeschrieben."""
\tfor word in text.split():
\t\tyield word.lower()[at_least(0):]


def centred_(x):
\t"""Centre in place."""
\tx -= x.mean(axis=0) / 2


def catalan(n: int) -> int:
\treturn 1 if n <= 1 else sum(catalan(i) * catalan(n - 1 - i) for i in range(n))


def clipped(x, low: float = None):
\treturn x if low is None else abs(x - low)


def main():
\tprint(catalan(3))
'''
LAYER = '''\
import numpy as np


class BatchNorm:
    """Normalise each column of a batch, scale it and shift it."""

    def __init__(self, size, eps=1e-5):
        self.eps = eps
        self.gamma = np.random.normal(size=size)
        self.beta = np.random.normal(size=size)

    def forward(self, x):
        """Normalise, scale and shift."""
        self.std = np.sqrt(x.var(axis=0) + self.eps)
        self.hat = (x - x.mean(axis=0)) / self.std
        return self.gamma * self.hat + self.beta

    def backward(self, dout):
        """Differentiate by x, gamma and beta."""
        self.dgamma = (dout * self.hat).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        dhat = dout * self.gamma
        n = len(dout)
        return (n * dhat - dhat.sum(axis=0) - self.hat * (dhat * self.hat).sum(axis=0)) / (n * self.std)
'''


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    (tmp_path / "parts.py").write_text(FUNCTIONS, encoding="utf-8")
    (tmp_path / "norm.py").write_text(LAYER, encoding="utf-8")
    return commands(monkeypatch, capsys, tmp_path)


def test_functions_become_an_assignment_that_is_green_at_once(grade: Grade, tmp_path: Path) -> None:
    made = grade("new", "first", "--from", "parts.py")
    assert (made.code, made.err) == (
        0,
        "opened: no inputs were found that its answer depends on, write its test by hand\n",
    )
    assert made.out.endswith("read it through, then: grade lint first\n")
    tests = (tmp_path / "reference/first/checks/test_parts.py").read_text(encoding="utf-8")
    assert tests.index("def test_softmax") < tests.index("def test_accuracy_of")
    assert (
        '"x": rng.normal(size=(rows, columns)), "w": rng.normal(size=(columns, rows)), "b": rng.normal(size=rows)'
        in tests
    )
    assert 'fails=("softmax", "accuracy_of")' in (tmp_path / "reference/first/mistakes.py").read_text(encoding="utf-8")
    assert "TODO(2): Give the softmax of each row." in (tmp_path / "student/first/parts.py").read_text(encoding="utf-8")
    linted = grade("lint", "first", "--runs", "2")
    assert (linted.code, linted.out.splitlines()[-1]) == (0, "first: ok")
    again = grade("new", "first", "--from", "parts.py")
    assert (again.code, "is there already" in again.err) == (2, True)


def test_solutions_in_other_styles_become_assignments_that_are_green_at_once(grade: Grade, tmp_path: Path) -> None:
    """Umlauts made a course that needs repair, tabs a stub that was no Python; texts and generators were left out."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/sizes.py").write_text("def at_least(n):\n    return n\n", encoding="utf-8")
    (tmp_path / "parts/own.py").write_bytes(b"\xef\xbb\xbf" + IN_OTHER_STYLES.replace("\n", "\r\n").encode())
    made = grade("new", "other", "--from", "parts/own.py")
    assert (made.code, made.err) == (0, "")
    tests = (tmp_path / "reference/other/checks/test_own.py").read_text(encoding="utf-8")
    assert tests.startswith("import pytest\n")
    assert 'woerter = function("parts.own:wörter")' in tests
    assert 'function("parts.own:centred_", changed=True)' in tests
    assert '[{"n": int(rng.integers(1, 12))} for _ in range(8)]' in tests
    assert '"low": float(rng.uniform(0.2, 0.8))' in tests
    assert "main" not in tests
    stub = (tmp_path / "student/other/parts/own.py").read_text(encoding="utf-8")
    assert stub.count("\traise NotImplementedError") == 4


def test_a_course_to_begin_with_is_written_into_a_new_folder_alone(grade: Grade, tmp_path: Path) -> None:
    """Whoever installed the wheel had no course, and was told that there is one elsewhere."""
    started = grade("start", "my course")
    assert (started.code, started.err) == (0, "")
    assert started.out.endswith("cd 'my course', then: grade demo, grade run classifier, grade lint\n")
    assert (tmp_path / "my course/student/classifier/classifier.py").is_file()
    listed = grade("list", "--course", "my course")
    assert (listed.code, "classifier  Classifier  3       6" in listed.out) == (0, True)
    again = grade("start", "my course")
    assert (again.code, again.err) == (2, "my course is not empty: name a new folder\n")


def test_batch_norm_becomes_an_assignment_that_is_green_at_once(grade: Grade, tmp_path: Path) -> None:
    """It took 3 rounds of lint and 650 lines."""
    before = contents(tmp_path)
    assert (made := grade("new", "second", "--from", "norm.py", "--kind", "layer")).code == 0, made.err
    folder = tmp_path / "reference/second"
    tests = (folder / "checks/test_norm.py").read_text(encoding="utf-8")
    assert 'batch_norm = layer("norm:BatchNorm", grads=("dgamma", "dbeta"))' in tests
    assert '"init": {"size": columns}' in tests
    stub = (tmp_path / "student/second/norm.py").read_text(encoding="utf-8")
    assert stub.count("raise NotImplementedError") == 2
    assert "self.gamma = np.random.normal(size=size)" in stub
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    assert sum(bool(line.strip()) for text in texts for line in text.splitlines()) <= 200
    made_files = contents(tmp_path)
    linted = grade("lint", "second", "--runs", "1")
    assert (linted.code, linted.out.splitlines()[-1]) == (0, "second: ok"), linted.out
    assert contents(tmp_path) == made_files  # lint writes nothing
    own = ("reference/second/", "student/second/")
    assert {name: held for name, held in made_files.items() if not name.startswith(own)} == before


LONE_VALUE = notebook_of([("code", "x = [1.5, 2]"), ("code", "y = sum(x) / 2")])


@pytest.mark.parametrize(
    ("text", "name", "kind", "said"),
    [
        ("def f(x:\n", "third", "function", "does not parse"),
        ("x = 1\n", "third", "function", "the solution has no public function"),
        ("def f(x):\n    return x\n", "third", "layer", "the solution has no class with a method forward"),
        ("def f(x): return x\n", "third", "function", "line 1: f has no body on lines of its own"),
        ("def f(x):\n    return 'word'\n", "third", "function", "f: no inputs were found that its answer depends on"),
        ("def f(x):\n    return x\n", "third", "module", "the solution has no class with a method that can be called"),
        (LONE_VALUE, "third", "notebook", "y: is the only value that a cell computes"),
        ("def f(x):\n    return x\n", "third", "notebook", "own.py is no notebook, expected one of version 4"),
        ("3\ncat\n", "third", "predictions", "line 2 of own.py has 'cat', expected a label or a number"),
        (
            "id,x\n1,2\n2,cat\n",
            "third",
            "predictions",
            "line 3 of own.py has 'cat', expected a label or a number under",
        ),
        ("1,2\n2,3\n", "third", "predictions", "line 1 of own.py is '1,2', expected headings above several columns"),
        ("3\n3\n3\n3\n", "third", "predictions", "own.py has 4 lines, expected at least 4 that are not all alike"),
        ("a = 1\nb = \n", "third", "answers", "own.py is no TOML"),
        ("a = 1\nb = true\n", "third", "answers", "own.py: b is True, expected a number, a formula, a choice"),
        ("a = 1\n", "third", "answers", "own.py has 1 answers in rows of their own, expected at least 2"),
        ("a = 1\nb = {c = 2}\n", "third", "answers", "line 2 of own.py: b is no row that stands by itself"),
        ("def f(x):\n    return x\n", "../third", "function", "is no name of an assignment"),
    ],
)
def test_what_cannot_become_an_assignment_is_told_in_a_sentence(
    grade: Grade, tmp_path: Path, text: str, name: str, kind: str, said: str
) -> None:
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    ran = grade("new", name, "--from", "own.py", "--kind", kind)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert not (tmp_path / "reference").exists()


@pytest.mark.parametrize(("name", "said"), [
    ("parts", "parts is a folder, expected one file of it, such as parts/own.py"),
    ("parts/own.py", "line 1: `from ..up import x` leads out of its folder"),
    ("parts.ipynb", "parts.ipynb is no notebook"),
    ("made.py", "the solution has no public function: for its classes say --kind module, or --kind layer"),
])  # fmt: skip
def test_a_solution_that_is_not_one_file_of_functions_is_told(
    grade: Grade, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/own.py").write_text("from ..up import x\n", encoding="utf-8")
    (tmp_path / "parts.ipynb").write_text("1", encoding="utf-8")
    (tmp_path / "made.py").write_text("class A:\n    def f(self):\n        return 1\n", encoding="utf-8")
    ran = grade("new", "third", "--from", name)
    assert (ran.code, said in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(("text", "name"), [
    ("Größe", "Groesse"), ("2", "answers_2"), ("a b", "a_b"), ("class", "answers_class"), ("Σ", ""),
])  # fmt: skip
def test_the_name_of_a_check_is_in_ascii(text: str, name: str) -> None:
    assert ascii_name(text, "answers") == name


@pytest.mark.parametrize(("value", "sent"), [
    ((n * n for n in range(3)), [0, 1, 4]),
    ({"b", "a"}, ["a", "b"]),
    ({("a", 1): 2, ("a", 0): {"x": (1, 2)}}, [[["a", 0], {"x": [1, 2]}], [["a", 1], 2]]),
    (Made(files=("a",), left_out=(), problems=()), {"files": ["a"], "left_out": [], "problems": []}),
], ids=["generator", "set", "dict", "dataclass"])  # fmt: skip
def test_what_a_ready_driver_returns_can_be_sent(value: object, sent: object) -> None:
    assert plain(value) == sent


def test_a_solution_with_gaps_keeps_them() -> None:
    text = "def f(x):\n    y = x\n    # solution(3): Double it.\n    y = 2 * y\n    # end solution\n    return y\n"
    assert marked(text, "function") == text
    assert [one.name for one in asked_in(text, "function")] == ["f"]


def test_what_is_replaced_occurs_once() -> None:
    before = "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x + 1\n"
    old, new = changed_text(before, before.replace("g(x):\n    return x + 1", "g(x):\n    return x - 1"))
    assert before.count(old) == 1
    assert before.replace(old, new) == "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x - 1\n"


OPTIMIZER = '''\
import numpy as np


class Momentum:
    """Gradient descent with momentum."""

    def __init__(self, params, lr, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.v = [np.zeros_like(p) for p in params]

    def __len__(self):
        return len(self.params)

    def step(self, grads):
        """Move each parameter."""
        for p, g, v in zip(self.params, grads, self.v):
            v *= self.momentum
            v += g
            p -= self.lr * v
'''
CELLS = (
    ("markdown", "# Homework"),
    ("code", "%matplotlib inline\nimport numpy as np"),
    ("code", 'def sigmoid(x):\n    """Squash."""\n    return 1 / (1 + np.exp(-x))'),
    ("code", ("class Scaler:\n    def fit(self, x):\n        self.mean = x.mean(axis=0)\n        return self\n"
              "    def transform(self, x):\n        return 2 * (x - self.mean)")),
    ("code", "print(sigmoid(np.zeros(3)))"),
    ("code", "rng = np.random.default_rng(3)\nx = rng.normal(size=9)\nrows = x[:3]"),
    ("code", "mean = x.mean()\nprint(mean)"),
    ("code", "squares = (x - mean) ** 2\nspread = squares.sum() / 9"),
)  # fmt: skip
ANSWERS = """\
bias = "3/2"

[parameters]
conv = "k^2*c*n + n"
dense = "n*(m + 1)"

[choices]
largest = "b"
all_true = ["a", "c"]

[numbers]
mean = 2.5
steps = [1, 2,
  3]
"""


def test_a_class_is_asked_by_its_methods(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "optim.py").write_text(OPTIMIZER, encoding="utf-8")
    made = grade("new", "third", "--from", "optim.py", "--kind", "module")
    assert (made.code, made.err) == (0, "")
    tests = (tmp_path / "reference/third/checks/test_optim.py").read_text(encoding="utf-8")
    assert 'momentum = methods("optim:Momentum")' in tests
    assert (
        'given["calls"] = [["__len__"], ["step", [rng.normal(size=(rows, columns)), rng.normal(size=columns)]]]'
        in tests
    )
    stub = (tmp_path / "student/third/optim.py").read_text(encoding="utf-8")
    assert stub.count("raise NotImplementedError") == 2
    assert "np.zeros_like(p)" in stub


def test_a_notebook_of_several_cells_is_marked_cell_by_cell(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "hw1.ipynb").write_text(notebook_of(CELLS), encoding="utf-8")
    made = grade("new", "fourth", "--from", "hw1.ipynb", "--kind", "notebook")
    assert (made.code, made.err) == (0, "hw1.ipynb, cell 2: %matplotlib inline is no Python and is left out\n")
    handed = (tmp_path / "student/fourth/hw1.ipynb").read_text(encoding="utf-8")
    assert handed.count("raise NotImplementedError") == 5
    assert "TODO(5): Compute `spread`." in handed
    assert "rows = x[:3]" in handed
    assert "x - mean" not in handed
    assert "TODO(1): Squash." in handed
    tests = (tmp_path / "reference/fourth/checks/test_hw1.py").read_text(encoding="utf-8")
    assert "def test_sigmoid" in tests
    assert "def test_scaler" in tests
    assert '"computed", [mean, spread], ids=[' in tests


@pytest.mark.parametrize(("lines", "metric"), [
    ("\n".join(str(n * n % 5) for n in range(40)), "accuracy"),
    ("id;price\n" + "\n".join(f"{n};{1e-2 * (n * n % 17) - 0.03:.4f}" for n in range(40)), "mean_absolute_error"),
], ids=["labels", "table"])  # fmt: skip
def test_a_file_of_predictions_is_measured(grade: Grade, tmp_path: Path, lines: str, metric: str) -> None:
    (tmp_path / "out.txt").write_text(f"{lines}\n", encoding="utf-8")
    made = grade("new", "fifth", "--from", "out.txt")
    assert (made.code, made.err) == (0, "")
    assert f"measure({metric}(" in (tmp_path / "reference/fifth/checks/test_predictions.py").read_text(encoding="utf-8")
    assert not (tmp_path / "student/fifth/out.txt").exists()


def test_answers_on_paper_are_asked_by_table(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(ANSWERS, encoding="utf-8")
    made = grade("new", "sixth", "--from", "answers.toml", "--kind", "answers")
    assert (made.code, made.err) == (0, "")
    tests = (tmp_path / "reference/sixth/checks/test_answers.py").read_text(encoding="utf-8")
    assert '("parameters.conv", "formula", ["c", "k", "n"])' in tests
    assert '("choices.all_true", "choices", [])' in tests
    empty = (tmp_path / "student/sixth/answers.toml").read_text(encoding="utf-8")
    assert "k^2" not in empty
    assert "TODO(2): Answer parameters.conv." in empty
    ran = grade("run", "sixth", "--submission", "reference/sixth/samples/plain")
    assert ran.code == 0, ran.out
