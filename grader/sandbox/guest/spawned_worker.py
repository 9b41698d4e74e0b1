"""A worker in an interpreter of its own, with nothing between it and its user's files: for platforms without safe fork.

It is started with the requests as standard input and the replies as standard output; what is printed goes to files.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Final, NoReturn

from grader.sandbox import protocol
from grader.sandbox.guest import worker
from grader.sandbox.guest.preload import import_allowed, import_late, warm

SECONDS_BETWEEN_LOOKS: Final = 1.0


def lay_out_descriptors(printed: Path, warned: Path) -> None:
    """Put requests and replies where the worker looks for them, and files in the place of the standard streams."""
    for source, target in ((0, worker.REQUESTS), (1, worker.REPLIES)):
        os.dup2(source, target, inheritable=False)
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  # it is there on that system alone

            msvcrt.setmode(target, os.O_BINARY)
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for target, file, flags in ((0, os.devnull, os.O_RDONLY), (1, printed, appending), (2, warned, appending)):
        descriptor = os.open(file, flags, 0o600)
        os.dup2(descriptor, target)
        os.close(descriptor)


def end_with(parent: int) -> NoReturn:
    """End this process once its parent has ended: nobody else would end a loop without end."""
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(0)


def main() -> None:
    """Serve; the arguments are files for what is printed and for the stack, and the modules that are allowed."""
    printed, warned, stack, *modules = sys.argv[1:]
    versions = import_allowed(modules)
    import_late(modules)  # nobody else could do it later
    warm()
    lay_out_descriptors(Path(printed), Path(warned))
    worker.open_streams()
    worker.live_in(str(Path.cwd()))
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    worker.write_stack_to(os.open(stack, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    worker.send(protocol.encode("ready", 0, versions))
    worker.serve()


if __name__ == "__main__":
    main()
