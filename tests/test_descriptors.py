from __future__ import annotations

import os
import sys

import pytest

from grader.sandbox.layers import (
    child,
    descriptors,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


@pytest.mark.parametrize(("descriptor", "outcome"), [(40, "open"), (41, "closed"), (900, "closed")])
def test_close_from_closes_all_descriptors_from_the_first_on(descriptor: int, outcome: str) -> None:
    def act() -> str:
        os.dup2(child.ANSWER, descriptor)
        descriptors.close_from(41)
        try:
            os.fstat(descriptor)
        except OSError:
            return "closed"
        return "open"

    assert child.in_child(act).answer == outcome
