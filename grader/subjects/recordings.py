"""What trusted code answered before: observations by the hash of everything they depend on.

A class of a thousand computes each reference observation once; a hand-out ships those of its public checks and not
the reference.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from grader.course.fingerprint import distribution_version
from grader.errors import CourseError, Problem
from grader.model.observation import Value
from grader.sandbox import protocol

SMALL_BYTES: Final = 1 << 16  # larger frames are few, and not worth their memory twice
TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS frames (digest BLOB PRIMARY KEY, deflated BLOB NOT NULL)",
)
"""Mistakes that do not show in a call answer it as the reference does: each frame is written once, and deflated, which
makes a file a fifth as large."""
DIGEST_BYTES: Final = 16


class Recordings:
    """A store of frames by key: in memory, and in a file if one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._deflated: dict[bytes, bytes] = {}
        self._frames: dict[bytes, bytes] = {}
        self._fresh: dict[bytes, bytes] = {}
        self._read: dict[bytes, bytes] = {}
        if file is not None and file.is_file():
            self._frames, self._deflated = _read(file)

    def get(self, key: bytes) -> protocol.Message | None:
        """Return what was recorded under a key, each time a copy of its own.

        What was read once is kept as a pickle, to be read again in 6 µs for three small arrays, not 9.

        Raises:
            CourseError: what the file holds under the key is no deflated frame.
        """
        read = self._read.get(key)
        if read is not None:
            return protocol.Message(*pickle.loads(read))  # noqa: S301  # pickled below
        frame = self.frame(key)
        if frame is None:
            return None
        message = protocol.decode(frame)
        if len(frame) <= SMALL_BYTES:
            self._read[key] = pickle.dumps((message.kind, message.id, message.body), pickle.HIGHEST_PROTOCOL)
        return message

    def frame(self, key: bytes) -> bytes | None:
        """Return the frame that was recorded under a key.

        Raises:
            CourseError: what the file holds under the key is no deflated frame.
        """
        return self._frames.get(key) or self._inflated(key)

    def _inflated(self, key: bytes) -> bytes | None:
        deflated = self._deflated.get(key)
        if deflated is None:
            return None
        try:
            frame = self._frames[key] = zlib.decompress(deflated)
        except zlib.error as error:
            raise _not_recordings(self.file, error) from None
        return frame

    def put(self, key: bytes, frame: bytes) -> None:
        """Record a frame."""
        self._frames[key] = self._fresh[key] = frame
        self._read.pop(key, None)

    def save(self) -> int:
        """Write what is new to the file; return how many entries that were.

        Raises:
            OSError: the file cannot be written.
        """
        if self.file is None or not self._fresh:
            return 0
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.file, timeout=30)) as database, database:
                for table in TABLES:
                    database.execute(table)
                digests = {key: _digest(frame) for key, frame in self._fresh.items()}
                once = {digests[key]: frame for key, frame in self._fresh.items()}
                deflated = ((digest, zlib.compress(frame)) for digest, frame in once.items())
                database.executemany("INSERT OR IGNORE INTO frames VALUES (?, ?)", deflated)
                database.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", digests.items())
        except sqlite3.Error as error:
            raise OSError(f"{self.file}: {error}") from None
        count = len(self._fresh)
        self._fresh.clear()
        return count


def _read(file: Path) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """Read all recordings of a file: frames by key, and deflated frames by key.

    Raises:
        CourseError: it is no file of recordings.
    """
    frames: dict[bytes, bytes] = {}
    deflated: dict[bytes, bytes] = {}
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "recordings" in tables:  # as hand-outs and courses hold that an earlier version made
                frames = dict(database.execute("SELECT key, frame FROM recordings"))
            if "answers" in tables:  # else a writer was stopped before its first entry
                contents = dict(database.execute("SELECT digest, deflated FROM frames"))
                deflated = {
                    key: contents.get(digest, b"")
                    for key, digest in database.execute("SELECT key, digest FROM answers")
                }
    except sqlite3.Error as error:
        raise _not_recordings(file, error) from None
    return frames, deflated


def _not_recordings(file: Path | None, error: Exception) -> CourseError:
    name = file.name if file is not None else ""
    return CourseError((Problem(name, "", f"is no file of recordings ({error}): delete it, it is made again"),))


def _digest(frame: bytes) -> bytes:
    return hashlib.blake2b(frame, digest_size=DIGEST_BYTES).digest()


def key_prefix(tree: str, drivers: str, modules: tuple[str, ...]) -> bytes:
    """Hash what all observations of one tree share: the digest of its files, the drivers, the libraries' versions."""
    versions = sorted((name, distribution_version(name)) for name in modules if "." not in name)
    text = repr((protocol.MAGIC, tree, drivers, platform.python_version(), platform.machine(), versions))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()


def call_bytes(driver: str, inputs: Mapping[str, Value]) -> bytes:
    """Return the bytes that identify one driver call."""
    return protocol.encode(driver, 0, dict(inputs))


def key_of(prefix: bytes, call: bytes) -> bytes:
    """Hash one call of one tree."""
    return hashlib.sha256(prefix + call).digest()


def seed_of(identity: bytes) -> int:
    """Return a seed for the global generators, made from the call itself, so that both sides get the same."""
    return int.from_bytes(key_of(b"seed", identity)[:4], "little")
