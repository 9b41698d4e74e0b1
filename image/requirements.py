"""Print what a project depends on, a line each: `requirements.py pyproject.toml [EXTRA...]`."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

USAGE = 2


def requirements(project: Mapping[str, Any], extras: Sequence[str]) -> Iterator[str]:
    """Give the requirements of a project with some of its extras.

    Raises:
        KeyError: the project has no such extra.
    """
    yield from project["dependencies"]
    for extra in extras:
        yield from project["optional-dependencies"][extra]


def main() -> None:
    """Read the arguments."""
    project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
    extras = sys.argv[2:]
    known = project["optional-dependencies"]
    if missing := [extra for extra in extras if extra not in known]:
        sys.stderr.write(f"{sys.argv[1]} has no extra {', '.join(missing)}, expected some of {', '.join(known)}\n")
        raise SystemExit(USAGE)
    sys.stdout.write("".join(f"{line}\n" for line in dict.fromkeys(requirements(project, extras))))


if __name__ == "__main__":
    main()
