"""The fork server: a fork of an interpreter that has imported what an assignment allows, from which workers are forked.

It knows no secret, and neither does what it was forked from: forked children can read all of its memory. Control
messages are JSON datagrams on a SOCK_SEQPACKET socket; descriptors travel beside them.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import select
import signal
import socket
import tempfile
from contextlib import suppress
from resource import struct_rusage
from typing import Any, Final, NoReturn

from grader.errors import ConfinementError
from grader.model.assignment import Profile
from grader.sandbox.guest import worker
from grader.sandbox.guest.late_modules import LateFinder, waiting
from grader.sandbox.guest.no_files import prepare_for_none
from grader.sandbox.guest.parts import parts_of
from grader.sandbox.guest.preload import (
    keep_time_zones,
    keep_to_one_core,
    readable_paths,
    share_by_value,
    wake_by_pipes,
)
from grader.sandbox.layers import interpreter, libc, namespaces, parent_death
from grader.sandbox.layers.apply import confine
from grader.sandbox.layers.layer import Limits, Request
from grader.sandbox.layers.plan import Plan, prepare
from grader.sandbox.protocol import SETUP_FAILED

CONTROL_BYTES: Final = 1 << 16
FIRST_FREE: Final = 64  # worker descriptors are parked above this while the first six are laid out
SETUP_FAILED_CODE: Final = 97
MAX_DESCRIPTORS: Final = 16  # that may come along with a message
REPLIES: Final = 3  # which of a worker's descriptors its replies go to
COLLECTED_AFTER: Final = 5000  # new objects, for Python's 700: modules made anew for each call kept the collector busy
COLLAPSED_AFTER: Final = 50  # forks: with torch loaded that takes half a second, and each later fork 4 ms less
SIGNALS: Final = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)


def run_worker(plan: Plan, descriptors: list[int], scratch: str | None, late: LateFinder | None) -> NoReturn:
    """Become a confined worker. Never returns to the zygote's loop."""
    try:
        parked = [fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_FREE) for fd in descriptors]
        empty = os.open(os.devnull, os.O_RDONLY)
        targets = (0, 1, 2, worker.REQUESTS, worker.REPLIES, worker.READY_SIGNAL)
        for source, target in zip((empty, *parked), targets, strict=True):
            os.dup2(source, target, inheritable=False)
        forget_signals()
        os.chdir("/")
        worker.open_streams()
        tempfile.tempdir = "/"  # where there are no files that says so; else it is set anew below
        confine(plan, keep=worker.READY_SIGNAL + 1, scratch=scratch)
    except (ConfinementError, OSError) as error:
        os.write(worker.REPLIES, SETUP_FAILED + f": {error}".encode())
        os._exit(SETUP_FAILED_CODE)
    if scratch is not None:
        worker.live_in(scratch)
    worker.write_stack_to(worker.READY_SIGNAL)
    worker.serve(late)


def forget_signals() -> None:
    """Let signals do to a child what they do to any process; the zygote's handlers are its own."""
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


class Zygote:
    """The loop that forks workers on request and reports how they ended."""

    def __init__(self, control: socket.socket, versions: dict[str, str]) -> None:
        self.control = control
        self._versions = versions
        self._late: LateFinder | None = None
        self._forks = 0
        self.wake_read, self.wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def send(self, message: dict[str, object], descriptors: tuple[int, ...] = ()) -> None:
        """Send one control message."""
        socket.send_fds(self.control, [json.dumps(message).encode()], list(descriptors))

    def prepare(self, order: dict[str, Any]) -> Plan:
        """Confine this process as ordered, as far as all workers have that in common; report that it is ready."""
        profile = Profile(order["profile"])
        entered = namespaces.enter()
        wake_by_pipes()
        keep_to_one_core(loaders_may_fork=profile is Profile.PROCESSES)
        if profile is Profile.PROCESSES:
            share_by_value()
        files = profile is not Profile.MEMORY
        packages = tuple(name.partition(".")[0] for name in order["modules"])
        self._late = LateFinder(packages) if waiting() else None
        readable = readable_paths(order["modules"]) if files else ()
        interpreter.open_up_for(order["uid"], (*readable, *filter(None, [order["scratch_root"]])))
        if not files:
            keep_time_zones()
            prepare_for_none()
            parts_of(packages, is_whole=not waiting())
        gc.collect()  # what is garbage now would be given back later, and add to the memory that a worker may have
        plan = prepare(
            Request(
                profile=profile, limits=Limits(**order["limits"]), uid=order["uid"], readable=readable, scratch=files,
                scratch_root=order["scratch_root"] or "", data=order["data"], entered=entered,
            )
        )  # fmt: skip
        gc.freeze()  # a collection in a worker would otherwise copy every shared page
        gc.set_threshold(COLLECTED_AFTER)
        handle = os.pidfd_open(os.getpid())
        ready = {"event": "ready", "pid": os.getpid(), "layers": list(plan.labels), "versions": self._versions,
                 "is_whole": self._late is None}  # fmt: skip
        self.send(ready, (handle,))
        os.close(handle)
        return plan

    def run(self) -> None:
        """Serve until the judge closes the control socket."""
        order = self.control.recv(CONTROL_BYTES)
        if not order:  # it is needed no more
            return
        try:
            plan = self.prepare(json.loads(order))
        except ConfinementError as error:
            self.send({"event": "refused", "why": str(error)})
            return
        signal.set_wakeup_fd(self.wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the judge's to handle
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake_read, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == self.wake_read:
                    self.reap()
                elif not self.serve(plan):
                    return

    def serve(self, plan: Plan) -> bool:
        """Fork one worker for the descriptors that came; return False when the judge has closed the socket."""
        message, descriptors, _, _ = socket.recv_fds(self.control, CONTROL_BYTES, MAX_DESCRIPTORS)
        if not message:
            return False
        scratch = json.loads(message)["scratch"]
        self._forks += 1
        if self._forks == COLLAPSED_AFTER:
            libc.collapse_pages()
        if plan.is_enclosed:
            if os.fork() == 0:
                self.run_supervisor(plan, descriptors, scratch)
        else:
            self.fork(plan, descriptors, scratch)
        for fd in descriptors:
            os.close(fd)
        return True

    def fork(self, plan: Plan, descriptors: list[int], scratch: str | None) -> int:
        """Fork a worker and report its process."""
        pid = os.fork()
        if pid == 0:
            run_worker(plan, descriptors, scratch, self._late)
        self.report_fork(pid)
        return pid

    def report_fork(self, pid: int) -> None:
        """Report a child, with a descriptor by which to end it."""
        handle = os.pidfd_open(pid)
        self.send({"event": "forked", "pid": pid}, (handle,))
        os.close(handle)

    def run_supervisor(self, plan: Plan, descriptors: list[int], scratch: str | None) -> NoReturn:
        """Stand between zygote and worker, as whose first child the worker is the first of its process namespace.

        When the worker ends, the kernel ends all that it forked before its parent hears of it: once the judge hears,
        nothing is left.
        """
        try:
            forget_signals()
            parent_death.die_with_parent()
            namespaces.enclose()
            pid = self.fork(plan, descriptors, scratch)
        except OSError as error:
            os.write(descriptors[REPLIES], SETUP_FAILED + f": {error}".encode())
            self.report_fork(os.getpid())
            os._exit(SETUP_FAILED_CODE)
        for fd in descriptors:
            os.close(fd)
        _, status, usage = os.wait4(pid, 0)
        self.report_exit(pid, status, usage)
        os._exit(0)

    def reap(self) -> None:
        """Report every worker that has ended."""
        with suppress(BlockingIOError):  # another signal's byte was read already; the children are still there
            os.read(self.wake_read, 512)
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.report_exit(pid, status, usage)

    def report_exit(self, pid: int, status: int, usage: struct_rusage) -> None:
        """Report how a child ended; one that the judge does not know is a supervisor."""
        self.send({"event": "ended", "pid": pid, "status": status, "cpu_seconds": usage.ru_utime + usage.ru_stime,
                  "max_rss_kb": usage.ru_maxrss})  # fmt: skip
