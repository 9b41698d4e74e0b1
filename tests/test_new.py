"""`grade new`: an assignment from a solution, which lint finds nothing wrong with."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import Grade, commands

from grader.lint.scaffold.mistakes import changed_text
from grader.lint.scaffold.solution import asked_in, marked

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
        "opened: no inputs were found that it gives numbers for, write its test by hand\n",
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


def test_batch_norm_becomes_an_assignment_that_is_green_at_once(grade: Grade, tmp_path: Path) -> None:
    """It took 3 rounds of lint and 650 lines."""
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


@pytest.mark.parametrize(
    ("text", "name", "kind", "said"),
    [
        ("def f(x:\n", "third", "function", "does not parse"),
        ("x = 1\n", "third", "function", "the solution has no public function"),
        ("def f(x):\n    return x\n", "third", "layer", "the solution has no class with a method forward"),
        ("def f(x): return x\n", "third", "function", "line 1: f has no body on lines of its own"),
        ("def f(x):\n    return 'word'\n", "third", "function", "f: no inputs were found that it gives numbers for"),
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


def test_a_solution_with_gaps_keeps_them() -> None:
    text = "def f(x):\n    y = x\n    # solution(3): Double it.\n    y = 2 * y\n    # end solution\n    return y\n"
    assert marked(text, "function") == text
    assert [one.name for one in asked_in(text, "function")] == ["f"]


def test_what_is_replaced_occurs_once() -> None:
    before = "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x + 1\n"
    old, new = changed_text(before, before.replace("g(x):\n    return x + 1", "g(x):\n    return x - 1"))
    assert before.count(old) == 1
    assert before.replace(old, new) == "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x - 1\n"
