"""Where workers come from: a fork server, or an interpreter each where nothing can or shall confine them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from grader.errors import MachineError
from grader.model import Runtime
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.process import WorkerProcess
from grader.sandbox.spawn import SpawnedProcess, SpawnServer

Server: TypeAlias = ForkServer | SpawnServer
Process: TypeAlias = WorkerProcess | SpawnedProcess

CAN_ISOLATE: Final = sys.platform == "linux"
CONSENT: Final = "I trust every submission"
"""What is said to have other people's code run with everything that the grader may do."""


def server_for(runtime: Runtime, required: Sequence[str], data: Path | None, *, isolated: bool) -> Server:
    """Make a server; one that isolates where that is asked for and the platform can."""
    kind = ForkServer if isolated and CAN_ISOLATE else SpawnServer
    return kind(runtime, required, data)


def begin(server: Server) -> Process:
    """Give a worker that no submission has used."""
    return WorkerProcess(server) if isinstance(server, ForkServer) else server.begin()


def strangers_are_isolated(said: str | None = None, *, can_isolate: bool = CAN_ISOLATE) -> bool:
    """Tell whether other people's submissions are to be isolated: always, unless it is said in words that not.

    Args:
        said: What the caller says to have them run without isolation; None where nothing is said.
        can_isolate: Whether this platform can.

    Raises:
        MachineError: the platform cannot and nothing is said, or something else than `CONSENT` is.
    """
    if said == CONSENT:
        return False
    if said is not None:
        raise MachineError(f"without isolation every submission may do what you may: say {CONSENT!r} to have it so")
    if not can_isolate:
        raise MachineError(
            f"{sys.platform} cannot isolate submissions: grade them on Linux or in a container, "
            f"or say {CONSENT!r} to run them with everything that you may do"
        )
    return True
