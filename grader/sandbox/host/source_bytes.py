"""Source texts as they are sent to a worker: encoded, and those of the course compiled."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

import numpy as np


@lru_cache(maxsize=256)
def precompiled(path: str, source: str) -> bytes:
    """Compile a file of the course's own once, for every worker to unpack: that takes a tenth of compiling it there.

    A stranger's file is compiled where it may do no harm, by its own worker.
    """
    return marshal.dumps(compile(source, path, "exec", dont_inherit=True))


def compiled(sources: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Compile the course's own files; one that does not compile is left to the worker, which notes it."""
    blobs = {}
    for path, text in sources.items():
        if path.endswith(".py"):
            with suppress(SyntaxError, ValueError):
                blobs[path] = np.frombuffer(precompiled(path, text), np.uint8)
    return blobs


def encoded(text: str) -> np.ndarray:
    """Turn a source text into an array of bytes: long texts do not fit into a frame's header."""
    return np.frombuffer(text.encode("utf-8", "backslashreplace"), np.uint8)
