"""Which names files use, read from their text."""

from __future__ import annotations

import pytest

from grader.drivers.source_names import names_used


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import torch.hub\n", "torch.hub"),
        ("from torchvision import models as m\n", "torchvision.models"),
        ("import torch\nnet = torch.hub.load\n", "torch.hub.load"),
        ("from . import parts\n", "models.parts"),
        ("from ..losses import focal\n", "losses.focal"),
        ("def f():\n    import timm\n", "timm"),
    ],
)
def test_a_name_is_found_in_every_form_of_its_use(source: str, name: str) -> None:
    assert name in names_used({"models/net.py": source}, "models/net.py")


def test_names_of_files_that_a_file_imports_are_its_own_and_a_circle_ends() -> None:
    sources = {
        "a.py": "from b import f\n",
        "b.py": "import a\nimport c\n",
        "c.py": "import timm\n",
        "d.py": "import keras\n",
    }
    assert {"timm"} <= names_used(sources, "a.py")
    assert "keras" not in names_used(sources, "a.py")


@pytest.mark.parametrize("source", ["def f(:\n", "a\0b"])
def test_a_file_that_cannot_be_parsed_uses_nothing(source: str) -> None:
    assert names_used({"a.py": source}, "a.py") == set()


def test_a_file_that_is_not_there_uses_nothing() -> None:
    assert names_used({}, "a.py") == set()
