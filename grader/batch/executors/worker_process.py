"""One process of a batch: takes a call, answers it, and ends when its caller is gone, however that ended.

    python -I -m grader.batch.executors.worker_process DESCRIPTOR

Calls and answers are pickles: both ends are ours, started by one command. What a student's worker says never gets here
but as data that the judge has read.
"""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from grader.batch.work import release


def main() -> None:
    """Answer calls until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
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
    main()
