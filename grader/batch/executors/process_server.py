"""The process that those of a batch are forked from: it imports what they judge with, and makes ready what they need.

It is itself forked from the interpreter that has imported the assignment's modules, whose fork servers must know
nothing of a course. So each process that is forked here is given a leader that was forked there, which forks its fork
servers and knows as little: the two and all that they start are one process of a batch.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final, NoReturn

from grader.batch.executors.worker_process import serve
from grader.sandbox.host import preloaded
from grader.sandbox.layers import parent_death

LEADER: Final = "grader.batch.executors.leader"
IGNORED_BY_DEFAULT: Final = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
DESCRIPTORS: Final = 3  # that come along with an order: of the connection, of whom to report to, and for errors


def main(descriptor: int, control: int, modules: tuple[str, ...]) -> None:
    """Become what `python -I` starts in the caller's environment, make ready what was asked for, then fork on order.

    Args:
        descriptor: Of the connection, through which environment, folder and what to make ready come first.
        control: Of a socket by which to order leaders.
        modules: Those that are imported here, and will be in the fork servers.
    """
    connection: Connection[Any, Any] = Connection(descriptor)
    preloaded.inherit(modules, control)
    try:
        _live_in(*connection.recv())
        _import_and_make_ready(connection)
    except (EOFError, OSError):  # nobody is left who would want a process
        return
    ProcessServer(socket.socket(fileno=os.dup(descriptor)), connection, modules).run()


def _live_in(environment: Mapping[str, str], folder: str) -> None:
    """Take the caller's environment, folder and treatment of warnings."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None
    sys.dont_write_bytecode = False
    sys.warnoptions.clear()
    warnings.resetwarnings()
    for category in IGNORED_BY_DEFAULT:
        warnings.simplefilter("ignore", category)


def _import_and_make_ready(connection: Connection[Any, Any]) -> None:
    gc.disable()  # what imports make stays: to look for garbage among it takes a tenth of their time
    import grader.batch.work  # noqa: F401, PLC0415  # what it imports may look at the environment

    gc.enable()
    make_ready: Callable[[], object] | None = connection.recv()
    try:
        if make_ready is not None:
            make_ready()
    except Exception:  # noqa: BLE001  # each process that is forked tries again, and tells whoever asked
        traceback.print_exc()
    gc.freeze()  # a collection in a fork would otherwise copy every shared page


class ProcessServer:
    """The loop that forks on order, until nobody is left to order anything and all children have ended."""

    def __init__(self, orders: socket.socket, connection: Connection[Any, Any], modules: tuple[str, ...]) -> None:
        self._orders = orders
        self._connection = connection
        self._modules = modules
        self._children: dict[int, tuple[int, socket.socket]] = {}  # by descriptor: process, and who waits for its end

    def run(self) -> None:
        """Serve."""
        poll = select.poll()
        poll.register(self._orders, select.POLLIN)
        is_ordered = True
        while is_ordered or self._children:
            for fd, _ in poll.poll():
                if fd in self._children:
                    poll.unregister(fd)
                    self._reap(fd)
                elif handle := self._take_order():
                    poll.register(handle, select.POLLIN)
                else:
                    is_ordered = False
                    poll.unregister(fd)

    def _take_order(self) -> int | None:
        """Fork a process; return a descriptor that tells of its end, None where the other end is closed."""
        message, descriptors, _, _ = socket.recv_fds(self._orders, 1, DESCRIPTORS)
        if not message:
            return None
        connection, reports, errors = descriptors
        leader, control = self._leader(errors)
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(server, connection, control, reports, errors)
        for fd in (connection, errors):
            os.close(fd)
        control.close()
        told = socket.socket(fileno=reports)
        with suppress(OSError):  # it is not wanted any more, as the process finds out by its connection
            told.send(json.dumps({"leader": leader, "pid": pid}).encode())
        handle = os.pidfd_open(pid)
        self._children[handle] = pid, told
        return handle

    def _leader(self, errors: int) -> tuple[int, socket.socket]:
        """Have a leader forked that knows of no course; return it, and the socket by which it is given orders."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                origin = preloaded.preloaded(self._modules)
                forked = origin.run(LEADER, self._modules, theirs.fileno(), errors, lambda: True)
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        return forked.pid, socket.socket(fileno=descriptors[0])

    def _become(self, server: int, connection: int, control: socket.socket, reports: int, errors: int) -> NoReturn:
        """Be a process of a batch, in a session of its own, until its caller is gone or this one."""
        code = 1
        try:
            parent_death.die_with_parent()
            os.setsid()
            self._orders.close()
            self._connection.close()
            for handle, (_, told) in self._children.items():
                os.close(handle)
                told.close()
            os.close(reports)
            os.dup2(errors, 2)
            preloaded.inherit(self._modules, control.detach())
            if os.getppid() == server:
                serve(Connection(connection))
            code = 0
        except BaseException:  # noqa: BLE001  # whatever it is, this is the end of the process
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)

    def _reap(self, handle: int) -> None:
        """Take note that a child has ended; tell who waits for it how it did."""
        pid, told = self._children.pop(handle)
        _, status = os.waitpid(pid, 0)
        os.close(handle)
        with told, suppress(OSError):  # nobody waits any more
            told.send(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode())
