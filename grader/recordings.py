"""What trusted code answered before: observations by the hash of everything they depend on.

A class of a thousand computes each reference observation once; a hand-out ships those of its public checks and not
the reference.
"""

from __future__ import annotations

import hashlib
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path

from grader import wire
from grader.model import Value

SCHEMA = "CREATE TABLE IF NOT EXISTS recordings (key BLOB PRIMARY KEY, frame BLOB NOT NULL) WITHOUT ROWID"


class Recordings:
    """A store of frames by key: in memory, and in a file if one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._frames: dict[bytes, bytes] = {}
        self._fresh: dict[bytes, bytes] = {}
        if file is not None and file.is_file():
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                self._frames.update(database.execute("SELECT key, frame FROM recordings"))

    def __len__(self) -> int:
        return len(self._frames)

    def get(self, key: bytes) -> wire.Message | None:
        """Give what was recorded under a key."""
        frame = self._frames.get(key)
        return None if frame is None else wire.decode(frame)

    def put(self, key: bytes, frame: bytes) -> wire.Message:
        """Record a frame, and give it as it will be read back."""
        self._frames[key] = self._fresh[key] = frame
        return wire.decode(frame)

    def save(self) -> int:
        """Write what is new to the file; give how many entries that were."""
        if self.file is None or not self._fresh:
            return 0
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.file, timeout=30)) as database, database:
            database.execute(SCHEMA)
            database.executemany("INSERT OR REPLACE INTO recordings VALUES (?, ?)", self._fresh.items())
        count = len(self._fresh)
        self._fresh.clear()
        return count

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._frames)


def key_prefix(tree: str, drivers: str, modules: tuple[str, ...]) -> bytes:
    """Hash what all observations of one tree share: its files, the drivers and the libraries' versions.

    Args:
        tree: The digest of the implementation's files.
        drivers: The source of the drivers.
        modules: The packages that an implementation may import.
    """
    versions = {name: metadata.version(name) for name in modules if "." not in name}
    text = repr((tree, drivers, platform.python_version(), platform.machine(), sorted(versions.items())))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()


def call_bytes(driver: str, inputs: Mapping[str, Value]) -> bytes:
    """Give the bytes that identify one driver call."""
    return wire.encode(driver, 0, dict(inputs))


def key_of(prefix: bytes, call: bytes) -> bytes:
    """Hash one call of one tree."""
    return hashlib.sha256(prefix + call).digest()
