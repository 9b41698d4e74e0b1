"""Start the fork server, and again whenever it is gone or worn."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, Final

from grader.errors import MachineError
from grader.model.assignment import Profile, Runtime
from grader.sandbox.host.forked_worker import Fork, ForkedWorker
from grader.sandbox.host.preloaded import Preloaded, forget, last_line, preloaded
from grader.sandbox.host.scratch import ScratchQuota, ScratchRoot, remove
from grader.sandbox.layers import cgroup
from grader.sandbox.layers.requirements import unmet

GRACE_SECONDS: Final = 10.0
STARTUP_SECONDS: Final = 120.0
FORKS_PER_ZYGOTE: Final = 10_000  # after 4,000 it has as much memory and as many descriptors as before the first
FIRST_WORKER_UID: Final = 61_000  # numbers that no distribution gives to anybody
SCRATCH_FILES: Final = 1024
WORKER_UIDS: Final = 4096  # threads are limited per user: two graders at work at once should not share one


class ForkServer:
    """A zygote process, started on first use and again whenever it is gone or worn.

    Without the layers in `required`, out of `requirements.REQUIRABLE`, it serves nobody. `data` is a folder of the
    course that workers with files find as `data`. Where it `is_whole`, workers find everything imported; else one that
    needs more ends.
    """

    forks = True

    def __init__(self, runtime: Runtime, required: Sequence[str] = (), data: Path | None = None, *,
                 imports_late: bool = False) -> None:  # fmt: skip
        self.runtime = runtime
        self.required = tuple(required)
        self._data = data
        # A process that a worker forks could not end it.
        self.imports_late = imports_late or runtime.profile is Profile.PROCESSES
        self._later: ForkServer | None = None
        self.is_whole = False
        self._scratch_root: ScratchRoot | None = None
        self.layers: tuple[str, ...] = ()
        self.versions: dict[str, str] = {}
        self._origin: Preloaded | None = None
        self._pid: int | None = None
        self._handle: int | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._forks = 0
        self._errors: IO[bytes] = io.BytesIO()
        self._resources = ExitStack()

    def start(self) -> None:
        """Launch the process without waiting for its imports."""
        if self._control is not None:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if self.runtime.profile is not Profile.MEMORY:
            self._scratch_root = ScratchRoot(self._data)
            # Where a worker is still dying, what it leaves costs room on a disk and nothing else.
            self._resources.enter_context(suppress(OSError))
            self._resources.callback(remove, self._scratch_root.folder)
        self._errors = self._resources.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        self._resources.callback(ours.close)
        with theirs:
            self._order(theirs.fileno(), self._errors.fileno())
        self._control, self._ready, self._forks = ours, False, 0
        limits = {
            "memory_bytes": self.runtime.memory_mb << 20, "cpu_seconds": int(self.runtime.submission_seconds * 2) + 60
        }  # fmt: skip
        if self._scratch_root is not None:
            scratch_bytes = self.runtime.scratch_mb << 20
            limits |= {"file_bytes": scratch_bytes, "scratch_bytes": scratch_bytes, "scratch_files": SCRATCH_FILES}
        order = {
            "modules": list(self.runtime.modules), "profile": self.runtime.profile.value, "limits": limits,
            "uid": FIRST_WORKER_UID + os.getpid() % WORKER_UIDS if os.geteuid() == 0 else None,
            "data": "" if self._scratch_root is None else self._scratch_root.data,
            "scratch_root": "" if self._scratch_root is None else str(self._scratch_root.folder),
        }  # fmt: skip
        with suppress(OSError):  # it is gone: whoever waits for it hears why
            ours.send(json.dumps(order).encode())

    def _order(self, control: int, errors: int) -> None:
        """Have the process forked from an interpreter with its modules, from another one where that is gone."""
        self._origin = preloaded(self.runtime.modules)
        try:
            self._origin.serve_workers(control, errors, imports_late=self.imports_late)
        except OSError:
            forget(self._origin)
            self._origin = preloaded(self.runtime.modules)
            self._origin.serve_workers(control, errors, imports_late=self.imports_late)

    def wait_until_ready(self) -> None:
        """Start if need be and wait for the imports, as `Server.wait_until_ready` says."""
        self.start()
        if self._ready:
            return
        event, handles = self.receive(STARTUP_SECONDS)
        if event is None and self._origin is not None and self._origin.was_killed():
            forget(self._origin)
            self.stop()
            self.start()
            event, handles = self.receive(STARTUP_SECONDS)
        if event is None or event.get("event") != "ready":
            reason = self._last_error() if event is None else event["why"]
            self.stop()
            raise MachineError(f"the sandbox did not start: {reason}")
        self._pid, self._handle = event["pid"], handles[0]
        self._resources.callback(self._end)
        self.layers, self.versions = tuple(event["layers"]), dict(event["versions"])
        self.is_whole = event["is_whole"]
        outside = (cgroup.LAYER.name,) if cgroup.LAYER.name in self.required and cgroup.is_in_force() else ()
        problems = unmet(self.required, (*self.layers, *outside))
        if problems:
            self.stop()
            raise MachineError("\n".join(problems))
        self._ready = True

    def start_worker(self) -> ForkedWorker:
        """Fork a worker that no submission has used."""
        return ForkedWorker(self._later or self)

    def import_late(self) -> None:
        """Have workers from now on forked from another process, which has everything; those that there are stay."""
        if self._later is None:
            self._later = ForkServer(self.runtime, self.required, self._data, imports_late=True)

    def fork(self, descriptors: list[int]) -> Fork:
        """Fork a worker that owns these descriptors: what it prints and warns, requests, replies, ready signal."""
        if self._forks >= FORKS_PER_ZYGOTE or self._has_ended():
            self.stop()
        self.wait_until_ready()
        self._forks += 1
        scratch = None if self._scratch_root is None else self._scratch_root.new_folder()
        try:
            order = {"scratch": None if scratch is None else str(scratch)}
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
        except OSError as error:
            self.stop()
            raise MachineError(f"the sandbox went away: {error}") from None
        while True:
            event, handles = self.receive(GRACE_SECONDS)
            if event is None:
                reason = self._last_error()
                self.stop()
                raise MachineError(f"the sandbox could not fork: {reason}")
            if event["event"] == "forked":
                quota = None
                if scratch is not None and "scratch:folder" in self.layers:  # the kernel does not bound it
                    quota = ScratchQuota(scratch, self.runtime.scratch_mb << 20, SCRATCH_FILES)
                return Fork(pid=event["pid"], handle=handles[0], scratch=scratch, quota=quota)

    def receive(self, seconds: float) -> tuple[dict[str, Any] | None, list[int]]:
        """Return the next control message and its descriptors, or None when there is none in time."""
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if not ready:
            return None, []
        try:
            message, handles, _, _ = socket.recv_fds(self._socket, 1 << 16, 4)
        except OSError:
            return None, []
        return (json.loads(message) if message else None), handles

    def fileno(self) -> int:
        """Return the control socket's descriptor, for polling."""
        return self._socket.fileno()

    @property
    def _socket(self) -> socket.socket:
        if self._control is None:
            raise MachineError("the sandbox was asked for something after it was stopped")
        return self._control

    @property
    def pid(self) -> int | None:
        """The process, once it is ready and while it was not stopped."""
        return self._pid

    def pids(self) -> list[int]:
        """List the processes that fork workers: this one, and the one that has everything where it was asked for."""
        later = [] if self._later is None else self._later.pids()
        return later if self._pid is None else [self._pid, *later]

    def _has_ended(self) -> bool:
        return self._handle is not None and bool(select.select([self._handle], [], [], 0)[0])

    def _end(self) -> None:
        """Kill the process and wait until it is dead; whatever it was forked from buries it."""
        assert self._handle is not None  # noqa: S101  # it was ready, or nobody would end it
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        select.select([self._handle], [], [], GRACE_SECONDS)
        os.close(self._handle)
        self._handle = self._pid = None

    def _last_error(self) -> str:
        """Return what the process printed last, or what it should have been forked from."""
        of_origin = "" if self._origin is None else self._origin.last_error()
        return last_line(self._errors) or of_origin or "it printed no reason"

    def stop(self) -> None:
        """End the process; its workers die with it, and their folders go. The next use starts another."""
        if self._later is not None:
            self._later.stop()
            self._later, self.imports_late = None, True
        self._resources.close()
        self._control = self._scratch_root = None
        self._ready = False
