"""One of the fifteen checks as a test file of Otter: NAME stands for the function's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otter.test_files import test_case

OK_FORMAT = False
name = "NAME"
points = 1


@test_case()
def test_check(env: Mapping[str, Any]) -> None:
    """Compare one function."""
    from expected import compare  # noqa: PLC0415  # lies beside the submission, where Otter runs this

    compare("NAME", env["NAME"])
