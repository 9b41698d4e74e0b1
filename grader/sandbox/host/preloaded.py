"""One interpreter for each set of modules, started once: fork servers and processes of a batch are forked from it.

Whatever is forked finds the modules imported, and nothing of any course or of the caller's environment: neither is told
to that interpreter. A process of a batch gets both through a connection of its own, once it was forked.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Final

MOST_KEPT: Final = 3  # interpreters for other modules: the one that was made first is ended
END_SECONDS: Final = 5.0
DEATH_SECONDS: Final = 1.0  # within which one that closed its connections has ended
TICK_SECONDS: Final = 0.25  # how soon it is heard that a process is not wanted any more
DIED: Final = -int(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


class Preloaded:
    """The way to one such interpreter: orders go through a socket of this process's own."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes] | None, errors: IO[bytes] | None,
                 home: tempfile.TemporaryDirectory[str] | None) -> None:  # fmt: skip
        self.owner = os.getpid()  # a fork must not order through the same socket
        self._control = control
        self._process = process
        self._errors = errors
        self._home = home
        self._lock = threading.Lock()

    @classmethod
    def start(cls, modules: tuple[str, ...]) -> Preloaded:
        """Start an interpreter, without waiting for its imports.

        Raises:
            OSError: it has ended before it had its first order.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = tempfile.TemporaryDirectory(prefix="grade-preloaded-")
        errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        with theirs, _blocked_interrupts():
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-I", "-B", "-W", "ignore", "-m", "grader.sandbox.guest.preloaded",
                 str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env=scrubbed_environment(home.name),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, cwd="/",
                start_new_session=True,  # Ctrl-C at the terminal is for whoever started it
            )  # fmt: skip
        made = cls(ours, process, errors, home)
        try:
            ours.send(json.dumps({"modules": list(modules)}).encode())
        except OSError:
            made.end()
            raise
        return made

    def serve_workers(self, control: int, errors: int, *, imports_late: bool) -> None:
        """Order a fork server, which listens on a control socket and prints errors into a file.

        What is put off at first is imported before, where that is asked for, and then for all that is forked later.

        Raises:
            OSError: the interpreter is gone.
        """
        self._order({"workers": True, "imports_late": imports_late}, [control, errors])

    def run(
        self, module: str, modules: tuple[str, ...], connection: int, errors: int, is_wanted: Callable[[], bool]
    ) -> ForkedProcess:
        """Order a process that runs `main` of a module with a connection, and may order fork servers itself.

        It is waited for while it `is_wanted`: imports come before it.

        Raises:
            OSError: the interpreter is gone.
        """
        reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._order({"process": module, "modules": modules}, [connection, theirs.fileno(), errors])
            except OSError:
                reports.close()
                raise
        return ForkedProcess(reports, is_wanted)

    def _order(self, order: Mapping[str, object], descriptors: list[int]) -> None:
        with self._lock:
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)

    def is_alive(self) -> bool:
        """Return whether the interpreter still runs, as far as this process can tell."""
        return self._process is None or self._process.poll() is None

    def was_killed(self) -> bool:
        """Return whether a signal ended the interpreter, or is about to: the machine was short of memory, for one."""
        if self._process is None:
            return False
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(DEATH_SECONDS)
        return (self._process.returncode or 0) < 0

    def last_error(self) -> str:
        """Return the last line that it printed about its end, nothing where there is none."""
        return "" if self._errors is None else last_line(self._errors)

    def let_go(self) -> None:
        """Order nothing more: the interpreter ends once all that it forked has ended."""
        self._control.close()

    def end(self) -> None:
        """Let go of the interpreter and wait until it has ended."""
        self.let_go()
        if self._process is None or self.owner != os.getpid():
            return
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._errors is not None and self._home is not None:
            self._errors.close()
            with suppress(OSError):  # a worker may still be dying
                self._home.cleanup()


@contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Have what is started here hear no Ctrl-C until it says what to do then.

    Until it has its session it is in the terminal's group, and what a signal does is reset first: it died of that one.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class ForkedProcess:
    """A process that was forked from an interpreter, by what its parent reports: `subprocess.Popen`'s few questions.

    `pid` is that parent's, which leads the session that holds the process and its fork servers; `own_pid` is its own.
    """

    def __init__(self, reports: socket.socket, is_wanted: Callable[[], bool]) -> None:
        self._reports = reports
        self.returncode: int | None = None
        self.pid = self.own_pid = 0
        while not self._is_readable(TICK_SECONDS) and is_wanted():
            pass
        said = self._said()
        if said is None:
            self.returncode = DIED
            reports.close()
        else:
            self.pid, self.own_pid = said["leader"], said["pid"]

    def poll(self) -> int | None:
        """Return how the process ended, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self.returncode is None:
            if not self._is_readable(timeout):
                raise subprocess.TimeoutExpired(str(self.own_pid), timeout or 0)
            said = self._said()
            self.returncode = DIED if said is None else said["code"]
            self._reports.close()
        return self.returncode

    def _is_readable(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._reports, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))

    def _said(self) -> dict[str, int] | None:
        """Return the report that is there, None where there is none or whoever reports is gone."""
        try:
            message = self._reports.recv(1 << 10) if self._is_readable(0) else b""
        except OSError:
            return None
        return json.loads(message) if message else None


_kept: Final[dict[tuple[str, ...], Preloaded]] = {}
_let_go: Final[list[Preloaded]] = []
_lock: Final = threading.RLock()


def preloaded(modules: tuple[str, ...]) -> Preloaded:
    """Return the interpreter of this process that has imported some modules; start it where there is none.

    Raises:
        OSError: none can be started.
    """
    with _lock:
        known = _kept.get(modules)
        if known is not None and known.owner == os.getpid() and known.is_alive():
            return known
        for other in [key for key, one in _kept.items() if key == modules or one.owner != os.getpid()]:
            forget(_kept[other])
        while len(_kept) >= MOST_KEPT:
            forget(next(iter(_kept.values())))
        try:
            made = Preloaded.start(modules)
        except OSError:  # somebody ended it at once, as may happen: the next one stays, or nothing does here
            made = Preloaded.start(modules)
        _kept[modules] = made
        return made


def inherit(modules: tuple[str, ...], control: int) -> None:
    """Let this process order fork servers through a socket that it was started with."""
    with _lock:
        _kept[modules] = Preloaded(socket.socket(fileno=control), None, None, None)


def forget(known: Preloaded) -> None:
    """Let go of an interpreter, so that the next who needs its modules starts another."""
    with _lock:
        for modules in [modules for modules, one in _kept.items() if one is known]:
            del _kept[modules]
        known.let_go()
        _let_go.append(known)


@atexit.register
def end_all() -> None:
    """End all interpreters of this process."""
    with _lock:
        for known in (*_kept.values(), *_let_go):
            known.end()
        _kept.clear()
        _let_go.clear()


def last_line(file: IO[bytes]) -> str:
    """Return the last line that a process wrote to the file for its errors, nothing where it wrote none."""
    file.seek(0)
    return (file.read().decode("utf-8", "replace").strip().splitlines() or [""])[-1]


def scrubbed_environment(scratch: str) -> dict[str, str]:
    """Return an interpreter's whole environment: nothing of the caller's, one thread, no files left behind."""
    return {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch, "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1",
        "TORCHINDUCTOR_CACHE_DIR": scratch, "MPLCONFIGDIR": scratch, "MPLBACKEND": "agg",
    }  # fmt: skip
