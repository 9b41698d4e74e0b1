"""What a leader runs that forks fork servers for a process which was forked elsewhere: it hands its orders over.

The leader is the parent of this: `sandbox/guest/preloaded.py` makes one for each process that is ordered, and takes
orders by a socket that this process is given. Whoever holds it then is served as if it had been forked there.
"""

from __future__ import annotations

import socket


def main(descriptor: int, control: int, _modules: tuple[str, ...]) -> None:
    """Send the socket through the connection, and end."""
    with socket.socket(fileno=descriptor) as connection:
        socket.send_fds(connection, [b"\0"], [control])
