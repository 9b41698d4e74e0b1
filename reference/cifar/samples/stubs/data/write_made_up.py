"""Write images that stand in for CIFAR-10, in its file format: python -m data.write_made_up FOLDER. Provided."""

from __future__ import annotations

import sys
from pathlib import Path

from data.cifar10 import write_made_up


def main(arguments: list[str]) -> None:
    """Write the files and tell where they are."""
    folder = Path(arguments[0] if arguments else "data")
    for file in write_made_up(folder):
        sys.stdout.write(f"{file}: {file.stat().st_size >> 10} KiB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
