"""Name what installs the packages that this distribution or an extra of it needs.

A command names the packages themselves: it works beside a checkout, an image and a wheel alike, and asks no index for
this distribution, whose name there may be a stranger's.
"""

from __future__ import annotations

import shlex
from importlib import metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION: Final = "grade-harness"


def install_command(extra: str) -> str:
    """Return the command line that installs the packages of an extra.

    Where no distribution is installed, as in unpacked sources, it is the one for the folder of `pyproject.toml`.
    """
    packages = [
        f"{one.name}{''.join(f'[{each}]' for each in sorted(one.extras))}{one.specifier}"
        for one in _requirements()
        if one.marker is not None and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
    ]
    return shlex.join(["pip", "install", *(packages or [f".[{extra}]"])])


def required(package: str) -> str:
    """Return how this distribution requires a package, in an extra or not; nothing where it does not."""
    return next((f"{one.name}{one.specifier}" for one in _requirements() if one.name == package), "")


def _requirements() -> list[Requirement]:
    from packaging.requirements import Requirement  # noqa: PLC0415  # each command would load it, to say what is lacking

    try:
        return [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:
        return []
