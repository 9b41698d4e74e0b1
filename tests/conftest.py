"""What several test files share: one fork server for all, since starting one takes half a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.model import Runtime
from grader.sandbox.forkserver import ForkServer


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    """Give a fork server whose workers may import numpy."""
    fork_server = ForkServer(Runtime(modules=("numpy",), memory_mb=512))
    fork_server.wait_until_ready()
    yield fork_server
    fork_server.stop()
