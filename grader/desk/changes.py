"""Notice which files of a submission were saved."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final, Self

import watchfiles

STEP_MILLISECONDS: Final = 10  # a save is over once nothing more has changed for so long
MOST_MILLISECONDS: Final = 200  # and at the latest after this


class FileChanges:
    """The files that were saved below a folder since they were last taken; `fileno` is readable once there are any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._changed: set[str] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def fileno(self) -> int:
        """Return what a selector waits on."""
        return self._wake_read

    def take(self) -> frozenset[str]:
        """Return the paths that changed, relative to the folder, and forget them."""
        os.read(self._wake_read, 1 << 10)
        with self._lock:
            changed, self._changed = frozenset(self._changed), set()
        return changed

    def _watch(self) -> None:
        for changes in watchfiles.watch(
            self._folder, debounce=MOST_MILLISECONDS, step=STEP_MILLISECONDS, stop_event=self._stop,
            rust_timeout=200, raise_interrupt=False,
        ):  # fmt: skip
            with self._lock:
                self._changed |= {Path(path).relative_to(self._folder).as_posix() for _, path in changes}
            os.write(self._wake_write, b".")
