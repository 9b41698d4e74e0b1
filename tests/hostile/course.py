"""Build the courses that attacks are graded in: three modules, four small checks, and canaries wherever a secret is.

`first` and `last` are honest modules beside the one under attack, which two checks call: `attacked` with hidden
inputs and `published` with inputs from the published seed. `last` is public and needs a hidden check, so that it comes
after hidden ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.judging.plugin import PUBLIC_SEED

CANARY_FOLDER: Final = Path("/tmp/grade-canary")  # noqa: S108  # a fixed name that attacks can aim at; it is the jail's
"""A folder of the judge's that everybody may write to, so that a hole in the sandbox would show."""

CANARY_MARK: Final = "secret-of-the-judge:"
SEED: Final = 20_270_131
CASES: Final = ("a", "b")
POINTS: Final[Mapping[str, int]] = {"first": 3, "attacked": 5, "published": 1, "last": 2}

_RUBRIC: Final = """
title = "Attacked"
source = "the hostile corpus"
files = ["first.py", "attacked.py", "last.py"]
[runtime]
modules = {modules}
memory_mb = {memory_mb}
submission_seconds = 12
[hidden]
seed = {seed}
[rules]
output = "forbid"
[[parts]]
name = "all"
title = "All"
[checks.first]
part = "all"
points = 3
says = "centre subtracts the mean"
hint = "what is the mean of the result?"
seconds = 5
[checks.attacked]
part = "all"
points = 5
says = "transform is the hyperbolic tangent of the product"
hint = "what is the shape of the product?"
seconds = 0.5
[checks.published]
part = "all"
points = 1
says = "transform is the hyperbolic tangent of the product, on published inputs"
hint = "what is the shape of the product?"
seconds = 0.5
public = true
[checks.last]
part = "all"
points = 2
says = "squares sums the squares so far"
needs = ["first"]
hint = "what is the last value?"
seconds = 5
public = true
"""

_DRIVERS: Final = """
{imports}
def first(impl, x):
    return {{"y": impl.load("first:centre")({x})}}

def attacked(impl, x, w):
    return {{"y": impl.load("attacked:transform")({x}, {w})}}

def last(impl, x):
    return {{"y": impl.load("last:squares")({x})}}
"""

_CHECKS: Final = '''
"""{canary}"""
import numpy as np
import pytest
from drivers import attacked, first, last
from grader.authoring import assert_matches
CANARY = "{canary}"
CASES = pytest.mark.parametrize("case", {cases})

@CASES
def test_first(student, reference, rng, case):
    inputs = {{"x": rng.normal(size=(4, 5))}}
    assert_matches(student(first, **inputs), reference(first, **inputs))

@CASES
def test_attacked(student, reference, rng, case):
    inputs = {{"x": rng.normal(size=(4, 5)), "w": rng.normal(size=(5, 3))}}
    assert_matches(student(attacked, **inputs), reference(attacked, **inputs))

@CASES
def test_published(student, reference, rng, case):
    inputs = {{"x": rng.normal(size=(4, 5)), "w": rng.normal(size=(5, 3))}}
    assert_matches(student(attacked, **inputs), reference(attacked, **inputs))

@CASES
def test_last(student, reference, rng, case):
    inputs = {{"x": rng.normal(size=(4, 5))}}
    assert_matches(student(last, **inputs), reference(last, **inputs))
'''

_ATTACKED, _PUBLISHED = (f"\n@CASES\ndef test_{name}(" for name in ("attacked", "published"))
_QUOTING: Final = """
@CASES
def test_attacked(student, reference, note, rng, case):
    inputs = {{"x": rng.normal(size=(4, 5)), "w": rng.normal(size=(5, 3))}}
    got = student(attacked, **inputs)["y"]
    assert not isinstance(got, str), got
    assert isinstance(got, np.ndarray), f"transform returns {{got}}, expected an array of numbers"
    assert got.ndim == 2, f"transform returns an array of shape {{got.shape}}, expected two axes"
    steps = got.reshape(-1, 1) - got.reshape(-1)
    assert steps.any(), f"every value is {{got.flat[0]}}, expected different ones"
    assert abs(got).max() <= 1, f"the largest value is {{abs(got).max()}}, expected at most 1"
    note(f"the largest value is {{abs(got).max()}}")
    assert_matches({{"y": got}}, reference(attacked, **inputs))
"""
"""A careless check in the place of the first of its name: it quotes answers and computes with their shapes."""

_MISTAKES: Final = '''
from grader.authoring import Mistake, replace
CANARY = "{canary}"
MISTAKES = (
    Mistake(
        name="no-tangent",
        says="the tangent is left out",
        hint="how large can a tangent be?",
        patch=(replace("attacked.py", "tanh(x @ w)", "abs(x @ w)"),),
        fails=("attacked", "published"),
        teaches="""A tangent is at most 1.""",
    ),
)
'''

HONEST: Final[dict[str, Mapping[str, str]]] = {
    "numbers": {
        "first.py": "def centre(x):\n    return x - x.mean()\n",
        "attacked.py": "import numpy as np\n\n\ndef transform(x, w):\n    return np.tanh(x @ w)\n",
        "last.py": "import numpy as np\n\n\ndef squares(x):\n    return np.cumsum(x ** 2)\n",
    },
    "tensors": {
        "first.py": "def centre(x):\n    return x - x.mean()\n",
        "attacked.py": "import torch\n\n\ndef transform(x, w):\n    return torch.tanh(x @ w)\n",
        "last.py": "import torch\n\n\ndef squares(x):\n    return torch.cumsum((x ** 2).flatten(), 0)\n",
    },
}
HONEST["sentences"] = HONEST["numbers"]
"""What a student hands in who does as asked, by course."""


def build(folder: Path, name: str, canary: str) -> CourseAssignment:
    """Write one course's assignment and read it as `grade` does."""
    tensors = name == "tensors"
    checks = _CHECKS
    if name == "sentences":
        before, _, rest = checks.partition(_ATTACKED)
        checks = f"{before}{_QUOTING}{_PUBLISHED}{rest.partition(_PUBLISHED)[2]}"
    wrap = "torch.from_numpy({})" if tensors else "{}"
    texts = {
        "assignment.toml": _RUBRIC.format(
            modules='["numpy", "torch"]' if tensors else '["numpy"]', memory_mb=1024 if tensors else 64, seed=SEED
        ),
        "drivers.py": _DRIVERS.format(
            imports="import torch" if tensors else "", x=wrap.format("x"), w=wrap.format("w")
        ),
        "checks/test_all.py": checks.format(canary=canary, cases=list(CASES)),
        "mistakes.py": _MISTAKES.format(canary=canary),
        **{f"solution/{path}": f'{text}\n\nCANARY = "{canary}"\n' for path, text in HONEST[name].items()},
    }
    place = folder / "reference" / name
    for path, text in texts.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    return read_assignment(place)


def hidden_inputs() -> Iterator[float]:
    """Give every number of the inputs that are drawn from the hidden seed."""
    for check in ("first", "attacked"):
        for case in CASES:
            yield from drawn(check, case, SEED)


def published_inputs() -> Iterator[float]:
    """Give every number of the inputs that are drawn from the published seed."""
    for check in ("published", "last"):
        for case in CASES:
            yield from drawn(check, case, PUBLIC_SEED)


def drawn(check: str, case: str, seed: int) -> list[float]:
    """Draw a case's numbers as the judge does."""
    generator = np.random.default_rng([seed, zlib.crc32(check.encode()), zlib.crc32(case.encode())])
    numbers: list[float] = generator.normal(size=(4, 5)).ravel().tolist()
    if check in ("attacked", "published"):
        numbers += generator.normal(size=(5, 3)).ravel().tolist()
    return numbers
