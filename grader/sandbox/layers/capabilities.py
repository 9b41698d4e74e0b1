"""No capabilities: a worker gives up all powers of root, and the right to get them back."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage

NAME: Final = "capabilities"


def capability_count() -> int:
    """Count the capabilities that this kernel knows."""
    count = 0
    while True:
        try:
            libc.prctl(libc.PR_CAPBSET_READ, count)
        except OSError:
            return count
        count += 1


def drop_bounding_capabilities(count: int) -> None:
    """Take every capability out of the bounding set, for good."""
    for capability in range(count):
        libc.prctl(libc.PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    """Give up the ambient, effective, permitted and inheritable capabilities."""
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    header, none = struct.pack("=Ii", libc.CAPABILITY_VERSION_3, 0), bytes(24)
    if libc.library().capset(header, none) < 0:
        raise libc.failure("capset")


def droppable_capabilities() -> int:
    """Count the capabilities that this process may take out of its bounding set: all or none."""
    return capability_count() if child.can(lambda: drop_bounding_capabilities(1)) else 0


def plan(_request: Request) -> Planned:
    """Empty the bounding set in each worker while it may, and the other sets after the change of user."""
    count = droppable_capabilities()
    return Planned(
        label=NAME,
        steps={
            Stage.BOUNDING_SET: lambda _: drop_bounding_capabilities(count),
            Stage.CAPABILITIES: lambda _: drop_capabilities(),
        },
    )


def probe(_uid: int) -> tuple[bool, str]:
    """Return all of them up and read what is left."""
    bounding = droppable_capabilities()

    def act() -> str:
        drop_bounding_capabilities(bounding)
        drop_capabilities()
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        sets = ["CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if bounding else [])]
        values = dict(line.split(":\t", 1) for line in status.splitlines() if line.startswith("Cap"))
        return " ".join(name for name in sets if int(values[name], 16))

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"they cannot be given up: {found.answer}"
    return not found.answer, f"kept are {found.answer or 'none'}, expected none"


LAYER: Final = Layer(name=NAME, plan=plan, probe=probe, advice="run it on Linux and without --no-isolation")
