"""The interpreter that imports for all: it holds nothing of any course, and forks what would import the same again.

It is started by exec with a scrubbed environment, imports what an assignment allows, once, and then forks fork servers,
and processes of a batch with a parent of their own. Orders are JSON datagrams on a SOCK_SEQPACKET socket, and each of
those parents takes orders from its own process alone; descriptors travel beside them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

from grader.sandbox.guest import worker
from grader.sandbox.guest.driver_modules import compiled_modules
from grader.sandbox.guest.late_modules import waiting
from grader.sandbox.guest.preload import import_allowed, import_late, import_standard_library, warm
from grader.sandbox.guest.zygote import Zygote, forget_signals
from grader.sandbox.layers import parent_death

ORDER_BYTES: Final = 1 << 16
MAX_DESCRIPTORS: Final = 3  # that come along with an order


class PreloadedInterpreter:
    """The loop that forks on order, until nobody is left to order anything and all children have ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._modules: list[str] = []
        self._versions: dict[str, str] = {}
        self._watched: dict[int, socket.socket] = {}
        self._make_wakeable()

    def _make_wakeable(self) -> None:
        """Let the end of a child wake this process."""
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever ordered this
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # it was started without hearing of one

    def run(self) -> None:
        """Import what the first order names, then serve."""
        gc.disable()  # next to nothing of what imports make is garbage: to look for it takes a seventh of their time
        self._modules = json.loads(self._control.recv(ORDER_BYTES))["modules"]
        self._versions = import_allowed(self._modules)
        import_standard_library()
        warm()
        compiled_modules()
        self._keep_what_is_imported()
        self._serve()

    def _import_late(self) -> None:
        """Import what was put off, for all that is forked from now on."""
        if waiting():
            gc.disable()
            import_late(self._modules)
            self._keep_what_is_imported()

    def _keep_what_is_imported(self) -> None:
        worker.taken_names.cache_clear()
        worker.taken_names()
        gc.enable()
        gc.freeze()  # a collection in a fork would otherwise copy every shared page

    def _serve(self) -> None:
        poll = select.poll()
        for fd in (self._control.fileno(), self._wake_read):
            poll.register(fd, select.POLLIN)
        is_ordered = True
        while is_ordered or self._has_children():
            for fd, _ in poll.poll():
                if fd == self._wake_read:
                    self._reap()
                elif is_ordered and not self._take_order():
                    is_ordered = False
                    poll.unregister(fd)

    def _has_children(self) -> bool:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return True

    def _take_order(self) -> bool:
        """Fork what is ordered; return False when the other end is closed."""
        message, descriptors, _, _ = socket.recv_fds(self._control, ORDER_BYTES, MAX_DESCRIPTORS)
        if not message:
            return False
        order = json.loads(message)
        if "process" in order:
            self._fork(lambda: self._lead(order, *descriptors), errors=descriptors[-1])
        else:
            if order["imports_late"]:
                self._import_late()
            self._fork(lambda: self._serve_workers(*descriptors), errors=descriptors[-1])
        for fd in descriptors:
            os.close(fd)
        return True

    def _fork(self, run: Callable[[], None], errors: int) -> int:
        """Run something in a child, which then ends; what it prints of errors goes where it was ordered to."""
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            forget_signals()
            for fd in (self._wake_read, self._wake_write):
                os.close(fd)
            for end in (self._control, *self._watched.values()):
                end.close()
            os.dup2(errors, 2)
            run()
            code = 0
        except BaseException:  # noqa: BLE001  # whatever it is, this is the end of the child
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)

    def _serve_workers(self, control: int, _errors: int) -> None:
        Zygote(socket.socket(fileno=control), self._versions).run()

    def _lead(self, order: Mapping[str, Any], connection: int, reports: int, errors: int) -> None:
        """Become the parent of one process and of the fork servers that it orders, in a session of their own.

        What the process is told, such as its environment, comes through its connection: nothing of it is kept here.
        """
        os.setsid()
        told = socket.socket(fileno=reports)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._make_wakeable()
        leader = os.getpid()

        def run() -> None:
            parent_death.die_with_parent()
            if os.getppid() == leader:
                told.close()
                importlib.import_module(order["process"]).main(connection, theirs.detach(), tuple(order["modules"]))

        self._watched = {}
        pid = self._fork(run, errors)
        theirs.close()
        for fd in (connection, errors):
            os.close(fd)
        self._watched = {pid: told}
        with suppress(OSError):  # it is not wanted any more, as the process finds out by its connection
            told.send(json.dumps({"leader": leader, "pid": pid}).encode())
        self._serve()

    def _reap(self) -> None:
        """Take note of children that have ended; tell who waits for one how it did."""
        with suppress(BlockingIOError):
            os.read(self._wake_read, 512)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            reports = self._watched.pop(pid, None)
            if reports is not None:
                with suppress(OSError):  # nobody waits any more
                    reports.send(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode())
                reports.close()


def main() -> NoReturn:
    """Run on the control socket whose descriptor is the only argument."""
    PreloadedInterpreter(socket.socket(fileno=int(sys.argv[1]))).run()
    os._exit(0)  # there is nothing to put away, and to tear libraries down takes time


if __name__ == "__main__":
    main()
