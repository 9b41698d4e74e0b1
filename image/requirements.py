"""Print what a project depends on, a line each.

`requirements.py pyproject.toml [EXTRA...] [--without PACKAGES] [--for assignment.toml]`

For an assignment, torch and sympy are left out where they are not among the modules that its rubric allows.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # a job may name any Python, and this is the first that it runs
    sys.stderr.write(f"grade needs Python 3.11 or newer, and this is {sys.version.split()[0]}\n")
    raise SystemExit(3) from None

USAGE = 2


def requirements(project: Mapping[str, Any], extras: Sequence[str]) -> Iterator[str]:
    """Give the requirements of a project with some of its extras.

    Raises:
        KeyError: the project has no such extra.
    """
    yield from project["dependencies"]
    for extra in extras:
        yield from project["optional-dependencies"][extra]


def package(requirement: str) -> str:
    """Give the name of the package that a requirement is for."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("extras", nargs="*")
    parser.add_argument("--without", default="")
    parser.add_argument("--for", dest="rubric", type=Path)
    arguments = parser.parse_args()
    project = _read(arguments.project)["project"]
    known = project["optional-dependencies"]
    if missing := [extra for extra in arguments.extras if extra not in known]:
        sys.stderr.write(
            f"{arguments.project} has no extra {', '.join(missing)}, expected some of {', '.join(known)}\n"
        )
        raise SystemExit(USAGE)
    without = set(arguments.without.split())
    if arguments.rubric is not None:
        allowed = {module.partition(".")[0] for module in _read(arguments.rubric)["runtime"]["modules"]}
        without |= {"torch", "sympy"} - allowed
    lines = dict.fromkeys(requirements(project, arguments.extras))
    sys.stdout.write("".join(f"{line}\n" for line in lines if package(line) not in without))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        sys.stderr.write(f"{file} cannot be read: {error.strerror}\n")
        raise SystemExit(USAGE) from None


if __name__ == "__main__":
    main()
