"""Fetch the Python edition of CIFAR-10 (163 MiB) into this folder: python data/get_data.py."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from urllib.request import urlopen

SOURCE = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
FOLDER = Path(__file__).parent


def main() -> None:
    """Download the archive and unpack it beside this file."""
    with tempfile.TemporaryFile() as archive:
        with urlopen(SOURCE) as response:
            while block := response.read(1 << 20):
                archive.write(block)
        archive.seek(0)
        with tarfile.open(fileobj=archive, mode="r:gz") as files:
            files.extractall(FOLDER, filter="data")


if __name__ == "__main__":
    main()
