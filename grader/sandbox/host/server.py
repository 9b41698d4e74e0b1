"""Where workers come from: a fork server, or an interpreter each where nothing can or shall confine them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from grader.errors import MachineError
from grader.model.assignment import Runtime
from grader.model.observation import CONSENT
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.scratch import require_temporary_folder
from grader.sandbox.host.spawn_server import SpawnServer
from grader.sandbox.host.worker_process import WorkerProcess

CAN_ISOLATE: Final = sys.platform == "linux"


class Server(Protocol):
    """What starts workers for one assignment.

    `layers` are the layers of isolation in force, and `versions` those of the modules that workers find imported; both
    are known once it is ready. Where it `forks`, a new worker costs milliseconds, and what the old one left is removed.
    """

    runtime: Runtime
    layers: tuple[str, ...]
    versions: dict[str, str]
    forks: bool

    def start(self) -> None:
        """Start it without waiting for its imports."""

    def wait_until_ready(self) -> None:
        """Start it if need be and wait for its imports.

        Raises:
            MachineError: it did not start, or lacks a layer that is required; the text says why.
        """

    def start_worker(self) -> WorkerProcess:
        """Start a worker that no submission has used."""

    def import_late(self) -> None:
        """Have workers from now on find everything imported, where some did not."""

    def stop(self) -> None:
        """End it and the workers that came from it. The next use starts it again."""


def server_for(runtime: Runtime, required: Sequence[str], data: Path | None, *, isolated: bool) -> Server:
    """Return a new server; one that isolates where that is asked for and the platform can.

    Raises:
        MachineError: there is no folder for temporary files.
    """
    require_temporary_folder()
    kind = ForkServer if isolated and CAN_ISOLATE else SpawnServer
    return kind(runtime, required, data)


def strangers_are_isolated(said: str | None) -> bool:
    """Return whether other people's submissions are to be isolated: always, unless it is said in words that not.

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
