"""The socket by which `grade run` finds a running `grade watch`: in a folder that only its user may enter."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from grader.errors import MachineError

MAX_MESSAGE_BYTES: Final = 64 << 20
CONNECT_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 600.0
PRIVATE: Final = 0o700


def private_folder() -> Path:
    """Return this user's own folder for sockets, made where it is not there.

    Raises:
        MachineError: another user can enter it, or put something there.
    """
    root = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(root) / f"grade-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(PRIVATE)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != PRIVATE:
        raise MachineError(f"{folder} is no folder of this user alone, so nothing is kept there: remove it")
    return folder


def socket_of(course: Path, assignment: str) -> Path:
    """Return where the socket of a course's assignment is, if it is watched. Its name is short: a path may be long."""
    digest = hashlib.sha256(f"{course.resolve()}\0{assignment}".encode()).hexdigest()[:24]
    return private_folder() / f"{digest}.sock"


class Listener:
    """Waits for requests at a socket of this user's own."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def __enter__(self) -> Self:
        self._place.unlink(missing_ok=True)  # of a watch that was killed
        self._socket.bind(str(self._place))
        self._socket.listen(4)
        return self

    def __exit__(self, *ended: object) -> None:
        self._socket.close()
        self._place.unlink(missing_ok=True)

    def fileno(self) -> int:
        """Return what a selector waits on."""
        return self._socket.fileno()

    def accept(self) -> Connection:
        """Take one connection."""
        connected, _ = self._socket.accept()
        return Connection(connected)


class Connection:
    """One request and its answer, each a line of JSON."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        connected.settimeout(ANSWER_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._socket.close()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """Receive one message; an empty one where the other end has gone, or sent what is none."""
        received = bytearray()
        while not received.endswith(b"\n") and len(received) < MAX_MESSAGE_BYTES:
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                return {}
            received += chunk
        try:
            message = json.loads(received)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}


def connect(place: Path) -> Connection | None:
    """Connect to a running watch; None where there is none."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(CONNECT_SECONDS)
    try:
        connected.connect(str(place))
    except OSError:
        connected.close()
        return None
    return Connection(connected)


def ask(place: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Ask a running watch; an empty answer stands for none, whatever the reason."""
    connection = connect(place)
    if connection is None:
        return {}
    with connection, suppress(OSError):
        connection.send(request)
        return connection.receive()
    return {}
