"""Names that other versions of Python and numpy have: which are given, and what is said of the others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.sandbox.guest.other_versions import batched, give_names_of_other_versions
from grader.wording.versions import version_note


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("module 'numpy' has no attribute 'float'.\n`np.float` was", "numpy has no float from 1.24 on: write float"),
        ("module 'numpy' has no attribute 'product'. Did you mean: 'prod'?",
         "numpy has no product from 2.0 on: write np.prod"),
        ("cannot import name 'asfarray' from 'numpy' (/lib/numpy/__init__.py)",
         "numpy has no asfarray from 2.0 on: write np.asarray(..., dtype=float)"),
        ("cannot import name 'UnsupportedOperation' from 'pathlib' (/lib/pathlib.py)",
         "pathlib.UnsupportedOperation needs Python 3.13, and this is 3.11: the course decides which Python grades"),
        ("module 'math' has no attribute 'fma'",
         "math.fma needs Python 3.13, and this is 3.11: the course decides which Python grades"),
        ("compression.zstd is not available here",
         "compression needs Python 3.14, and this is 3.11: the course decides which Python grades"),
        ("No module named 'annotationlib'",
         "annotationlib needs Python 3.14, and this is 3.11: the course decides which Python grades"),
        ("module 'numpy' has no attribute 'newfoo'", ""),
        ("module 'mine' has no attribute 'float'", ""),
        ("timm is not available here", ""),
        ("list index out of range", ""),
    ],
)  # fmt: skip
def test_a_name_of_another_version_is_told_with_that_version(said: str, told: str) -> None:
    assert version_note(said, (3, 11)) == told


def test_a_name_that_this_python_has_is_not_put_down_to_its_version() -> None:
    assert not version_note("module 'math' has no attribute 'fma'", (3, 13))


def test_numpys_former_names_mean_what_their_present_ones_do() -> None:
    old = SimpleNamespace(**{name: getattr(np, name) for name in ("prod", "bool_", "inf", "isin", "float64")}, all=7)
    others = {name: SimpleNamespace() for name in ("typing", "warnings", "itertools")}
    give_names_of_other_versions({"numpy": old, **others})
    assert (old.float, old.int, old.bool8, old.product, old.Inf) == (float, int, np.bool_, np.prod, np.inf)
    assert (old.alltrue, old.NINF, hasattr(old, "trapz")) == (7, -np.inf, False)
    assert old.in1d([[1, 2], [3, 4]], [2, 4]).tolist() == [False, True, False, True]
    assert others["itertools"].batched is batched
    assert others["typing"].override(np.prod) is np.prod
    before = SimpleNamespace(inf=1.0, float="its own")
    give_names_of_other_versions({"numpy": before, **others})
    assert before.float == "its own"


def test_batches_are_those_of_itertools() -> None:
    assert [*batched("ABCDE", 2)] == [("A", "B"), ("C", "D"), ("E",)]
    with pytest.raises(ValueError, match="incomplete"):
        list(batched("ABC", 2, strict=True))
    with pytest.raises(ValueError, match="at least one"):
        list(batched("ABC", 0))
