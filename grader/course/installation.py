"""Name the command that installs what an extra of this distribution needs.

It names the packages themselves: it works beside a checkout, an image and a wheel alike, and asks no index for this
distribution, whose name there may be a stranger's.
"""

from __future__ import annotations

import shlex
from importlib import metadata
from typing import Final

from packaging.requirements import Requirement

DISTRIBUTION: Final = "grade-harness"


def install_command(extra: str) -> str:
    """Return the command line that installs the packages of an extra.

    Where no distribution is installed, as in unpacked sources, it is the one for the folder of `pyproject.toml`.
    """
    try:
        lines = metadata.requires(DISTRIBUTION) or ()
    except metadata.PackageNotFoundError:
        lines = ()
    needed = [Requirement(line) for line in lines]
    packages = [
        f"{one.name}{''.join(f'[{each}]' for each in sorted(one.extras))}{one.specifier}"
        for one in needed
        if one.marker is not None and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
    ]
    return shlex.join(["pip", "install", *(packages or [f".[{extra}]"])])
