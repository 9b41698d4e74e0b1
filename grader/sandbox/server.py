"""Where workers come from: a fork server, or an interpreter each where nothing can or shall confine them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from grader.errors import MachineError
from grader.model import CONSENT, Runtime
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.process import WorkerProcess
from grader.sandbox.spawn import SpawnedProcess, SpawnServer

Server: TypeAlias = ForkServer | SpawnServer
Process: TypeAlias = WorkerProcess | SpawnedProcess

CAN_ISOLATE: Final = sys.platform == "linux"


def server_for(runtime: Runtime, required: Sequence[str], data: Path | None, *, isolated: bool) -> Server:
    """Make a server; one that isolates where that is asked for and the platform can."""
    kind = ForkServer if isolated and CAN_ISOLATE else SpawnServer
    return kind(runtime, required, data)


def begin(server: Server) -> Process:
    """Give a worker that no submission has used."""
    return WorkerProcess(server) if isinstance(server, ForkServer) else server.begin()


def strangers_are_isolated(said: str | None) -> bool:
    """Tell whether other people's submissions are to be isolated: always, unless it is said in words that not.

    Args:
        said: What the caller says to have them run without isolation; None where nothing is said.

    Raises:
        MachineError: the platform cannot and nothing is said, or something else than `CONSENT` is.
    """
    if said == CONSENT:
        return False
    if said is not None:
        raise MachineError(
            f"without isolation every submission may do what you may: to have it so, say --no-isolation {CONSENT!r}"
        )
    if not CAN_ISOLATE:
        raise MachineError(
            f"{sys.platform} cannot isolate submissions: grade them on Linux or in a container, "
            f"or say --no-isolation {CONSENT!r} to run them with everything that you may do"
        )
    return True
