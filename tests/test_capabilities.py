from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.sandbox.layers import (
    capabilities,
    child,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls of Linux")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to give up")
def test_given_up_capabilities_are_in_no_set() -> None:
    def act() -> str:
        capabilities.drop_bounding_capabilities(capabilities.capability_count())
        capabilities.drop_capabilities()
        lines = Path("/proc/self/status").read_bytes().decode().splitlines()
        return " ".join(line.split()[1] for line in lines if line.startswith("Cap"))

    assert set(child.in_child(act).answer) == {"0", " "}
