"""The fork server: a fresh interpreter that imports what an assignment allows, once, and forks workers from it.

It is started by exec with a scrubbed environment and knows no secret: forked children can read all of its memory.
Control messages are JSON datagrams on a SOCK_SEQPACKET socket; descriptors travel beside them.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import warnings
from contextlib import suppress
from types import ModuleType
from typing import Any, Final, NoReturn

from grader.sandbox import worker
from grader.sandbox.confine import ConfinementError, Limits, Plan, confine, layers, prepare
from grader.sandbox.seccomp import Profile

CONTROL_BYTES: Final = 1 << 16
FIRST_FREE: Final = 64  # worker descriptors are parked above this while 0..4 are laid out
SETUP_FAILED: Final = 97

# Not for a submission: windows, installers, games, and what only prints when imported.
UNSUITED: Final = frozenset(
    (
        *("antigravity", "distutils", "ensurepip", "idlelib", "lib2to3", "msilib", "msvcrt", "nt", "pydoc_data"),
        *("test", "this", "tkinter", "turtle", "turtledemo", "venv", "winreg", "winsound"),
    )
)
# Packages import these on first use, which a worker without files could not.
LAZY_PARTS: Final = {
    "numpy": (
        *("char", "ctypeslib", "dtypes", "emath", "exceptions", "fft", "lib.format", "lib.mixins", "lib.scimath"),
        *("lib.stride_tricks", "linalg", "ma", "ma.extras", "ma.mrecords", "matlib", "polynomial", "random", "rec"),
        *("strings", "testing", "typing"),
    ),
    "torch": (
        *("_dynamo", "fft", "func", "optim", "special", "utils.checkpoint", "utils.data", "utils.data._utils.fetch"),
        "utils.data._utils.worker",
    ),
}


def import_allowed(modules: list[str]) -> None:
    """Import the standard library's harmless part and what the assignment allows, with their lazy parts."""
    wanted = [name for name in sys.stdlib_module_names if not name.startswith("_") and name not in UNSUITED]
    optional = [f"{name}.{part}" for name in modules for part in LAZY_PARTS.get(name, ())]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in modules:
            importlib.import_module(name)
        for name in [*sorted(wanted), *optional]:
            try:
                importlib.import_module(name)
            except ImportError as error:
                # Other platforms' parts and parts that this version of a package lacks: nothing can need them.
                sys.stderr.write(f"not imported: {name} ({error})\n")


def warm() -> None:
    """Run one small product and convolution on one thread: libraries pick their kernels now, alike for all workers."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.dot(numpy.ones((8, 8)), numpy.ones((8, 8)))
        numpy.einsum("ij,jk->ik", numpy.ones((4, 4)), numpy.ones((4, 4)), optimize=True)
        numpy.random.default_rng(0).normal(size=3)
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_num_threads(1)
    image, kernel = torch.zeros(1, 3, 8, 8, requires_grad=True), torch.zeros(4, 3, 3, 3, requires_grad=True)
    torch.nn.functional.conv2d(image, kernel).sum().backward()
    torch.mm(torch.zeros(8, 8), torch.zeros(8, 8))
    keep_to_one_process(torch)


def keep_to_one_process(torch: ModuleType) -> None:
    """Turn threads and loader processes into no-ops: a worker has one core and may not fork."""
    import inspect  # noqa: PLC0415  # only zygotes with torch need it

    def set_num_threads(_count: int) -> None:
        """Ignore the wish for more threads."""

    torch.set_num_threads = torch.set_num_interop_threads = set_num_threads  # type: ignore[attr-defined]  # a shim
    loader = importlib.import_module("torch.utils.data").DataLoader
    original = loader.__init__
    signature = inspect.signature(original)
    single = {
        "num_workers": 0, "prefetch_factor": None, "persistent_workers": False, "multiprocessing_context": None,
        "timeout": 0,
    }  # fmt: skip

    def init(self: object, *args: object, **kwargs: object) -> None:
        bound = signature.bind(self, *args, **kwargs)
        bound.arguments.update({name: value for name, value in single.items() if name in bound.arguments})
        original(*bound.args, **bound.kwargs)

    loader.__init__ = init


def run_worker(plan: Plan, descriptors: list[int]) -> NoReturn:
    """Become a confined worker. Never returns to the zygote's loop."""
    try:
        parked = [fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_FREE) for fd in descriptors]
        empty = os.open(os.devnull, os.O_RDONLY)
        for source, target in zip((empty, *parked), (0, 1, 2, worker.REQUESTS, worker.ANSWERS), strict=True):
            os.dup2(source, target, inheritable=False)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.chdir("/")
        worker.open_streams()
        confine(plan, keep=worker.ANSWERS + 1)
    except (ConfinementError, OSError) as error:
        os.write(worker.ANSWERS, f"setup failed: {error}".encode())
        os._exit(SETUP_FAILED)
    worker.serve()


class Zygote:
    """The loop that forks workers on request and reports how they ended."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.wake_read, self.wake_write = os.pipe()
        for fd in (self.wake_read, self.wake_write):
            os.set_blocking(fd, False)

    def say(self, message: dict[str, object], descriptors: tuple[int, ...] = ()) -> None:
        """Send one control message."""
        socket.send_fds(self.control, [json.dumps(message).encode()], list(descriptors))

    def prepare(self, order: dict[str, Any]) -> Plan:
        """Import, warm and freeze as ordered; tell the judge what is ready."""
        started = time.perf_counter()
        import_allowed(order["modules"])
        warm()
        limits = Limits(memory_bytes=order["memory_bytes"], cpu_seconds=order["cpu_seconds"])
        plan = prepare(Profile(order["profile"]), limits, order["uid"])
        gc.collect()
        gc.freeze()  # a collection in a worker would otherwise copy every shared page
        versions = {name: str(getattr(sys.modules[name], "__version__", "")) for name in order["modules"]}
        self.say({"event": "ready", "seconds": time.perf_counter() - started, "layers": list(layers(plan)),
                  "versions": versions})  # fmt: skip
        return plan

    def run(self) -> None:
        """Serve until the judge closes the control socket."""
        plan = self.prepare(json.loads(self.control.recv(CONTROL_BYTES)))
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
                elif not self.fork(plan):
                    return

    def fork(self, plan: Plan) -> bool:
        """Fork one worker for the four descriptors that came; return False when the judge has hung up."""
        message, descriptors, _, _ = socket.recv_fds(self.control, CONTROL_BYTES, 4)
        if not message:
            return False
        pid = os.fork()
        if pid == 0:
            run_worker(plan, descriptors)
        handle = os.pidfd_open(pid)
        self.say({"event": "forked", "pid": pid}, (handle,))
        for fd in (handle, *descriptors):
            os.close(fd)
        return True

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
            self.say({"event": "ended", "pid": pid, "status": status, "cpu_seconds": usage.ru_utime + usage.ru_stime,
                      "max_rss_kb": usage.ru_maxrss})  # fmt: skip


def main() -> None:
    """Run the fork server on the control socket whose descriptor is the only argument."""
    Zygote(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
