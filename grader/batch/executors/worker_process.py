"""One process of a batch: takes a call, answers it, and ends when its caller is gone, however that ended.

    python -I -m grader.batch.executors.worker_process DESCRIPTOR

It is forked from an interpreter that has imported the assignment's modules, where the platform has that. Calls and
answers are pickles: both ends are ours, started by one command. What a student's worker says never gets here but as
data that the judge has read.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import warnings
from multiprocessing.connection import Connection
from typing import Any, Final

from grader.sandbox.host import preloaded

IGNORED_BY_DEFAULT: Final = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)


def main(descriptor: int, control: int, modules: tuple[str, ...]) -> None:
    """Become what `python -I` starts in the caller's environment, then answer calls.

    Args:
        descriptor: Of the connection, through which environment and folder come first.
        control: Of a socket by which to order fork servers.
        modules: Those that are imported here, and will be in the fork servers.
    """
    connection: Connection[Any, Any] = Connection(descriptor)
    preloaded.inherit(modules, control)
    try:
        environment, folder = connection.recv()
    except (EOFError, OSError):  # nobody is left who would want an answer
        return
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None
    sys.dont_write_bytecode = False
    sys.warnoptions.clear()
    warnings.resetwarnings()
    for category in IGNORED_BY_DEFAULT:
        warnings.simplefilter("ignore", category)
    serve(connection)


def serve(connection: Connection[Any, Any]) -> None:
    """Answer the calls that come through a connection until its other end is closed."""
    gc.disable()  # what imports make stays: to look for garbage among it takes a tenth of their time
    from grader.batch.work import release  # noqa: PLC0415  # what it imports may look at the environment

    gc.enable()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    try:
        while True:
            function, arguments = connection.recv()
            try:
                answered = (True, function(*arguments))
            except Exception as error:  # noqa: BLE001  # it belongs to whoever waits for the answer
                answered = (False, error)
            connection.send(answered)
    except (EOFError, OSError):  # nobody is left to answer to
        pass
    finally:
        release()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
