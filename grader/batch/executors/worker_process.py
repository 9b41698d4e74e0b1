"""One process of a batch: takes a call, answers it, and ends when its caller is gone, however that ended.

    python -I -m grader.batch.executors.worker_process DESCRIPTOR

Where the platform can fork it is not started so, but forked from `process_server`. Calls and answers are pickles: both
ends are ours, started by one command. What a student's worker says never gets here but as data that the judge has read.
"""

from __future__ import annotations

import gc
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any


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
