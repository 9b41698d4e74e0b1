"""List the files of an image, one line each, so that two builds can be compared: `tree.py <EXPORTED.tar`.

Dates are left out: a builder sets those of folders that it makes.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import hashlib
import sys
import tarfile
from collections.abc import Iterator
from typing import BinaryIO


def rows(archive: BinaryIO) -> Iterator[str]:
    """Give path, kind, mode, owner and what is in it, for each entry."""
    with tarfile.open(fileobj=archive, mode="r|") as entries:
        for entry in entries:
            content = entries.extractfile(entry) if entry.isreg() else None
            inside = hashlib.sha256(content.read()).hexdigest() if content is not None else entry.linkname
            yield f"{entry.name} {entry.type.decode()} {entry.mode:o} {entry.uid}:{entry.gid} {inside}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in sorted(rows(sys.stdin.buffer)))
