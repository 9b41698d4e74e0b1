"""Where the app listens: on this machine alone."""

from __future__ import annotations

import socket
from typing import Final

from grader.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
HOSTS: Final = (LOOPBACK, "localhost")


def listening(port: int) -> socket.socket:
    """Open the port, or any free one for 0.

    Raises:
        UsageError: it is in use, or may not be opened.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
        opened.listen()
    except OSError as error:
        opened.close()
        why = (error.strerror or str(error)).lower()
        raise UsageError(f"port {port} cannot be opened: {why}; leave --port out to take a free one") from None
    return opened
