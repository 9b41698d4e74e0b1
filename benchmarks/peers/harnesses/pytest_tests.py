"""The fifteen checks in plain pytest."""

from __future__ import annotations

import networks
import pytest
from cases import INPUTS
from expected import compare


@pytest.mark.parametrize("name", INPUTS)
def test_check(name: str) -> None:
    """Compare one function."""
    compare(name, getattr(networks, name))
