"""Control groups: a bound on memory and tasks around the grader as a whole, which is not the grader's to set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from grader.sandbox.layers.layer import MIB, Layer

FILES: Final = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}
"""What the file with a controller's limit is called in version 1 and 2."""


def probe(_uid: int) -> tuple[bool, str]:
    """Look for a bound on memory and on tasks around the grader as a whole: the layer outside all others."""
    groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    limits = [map(_number_in, limit_files(groups, mounts, controller)) for controller in FILES]
    memory, tasks = (min((limit for limit in found if limit is not None), default=None) for found in limits)
    bounds = [
        f"memory is bounded to {memory // MIB} MiB" if memory is not None else "memory is not bounded",
        f"tasks to {tasks}" if tasks is not None else "tasks are not",
    ]
    in_force = memory is not None or tasks is not None
    advice = "" if in_force else "; a container or service unit with limits keeps the machine usable if all else fails"
    return in_force, f"around the grader {' and '.join(bounds)}{advice}"


def limit_files(groups: str, mounts: str, controller: str) -> list[Path]:
    """Find the files in which a controller's limits on this process stand, from the inside out; none if it has none.

    `groups` and `mounts` are the texts of /proc/self/cgroup and /proc/self/mountinfo.
    """
    paths = {name: path for line in groups.splitlines() for _, names, path in [line.split(":", 2)]
             for name in names.split(",")}  # fmt: skip
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        version = {"cgroup": 1, "cgroup2": 2}.get(kind)
        name = controller if version == 1 else ""
        if version is None or name not in paths or (version == 1 and controller not in options.split(",")):
            continue
        if version == 2 and controller in paths:  # a hybrid: the controller belongs to version 1
            continue
        inside = os.path.relpath(paths[name], root) if paths[name].startswith(root) else "."
        folder = Path(os.path.normpath(Path(point, inside)))
        outward = [folder, *folder.parents]
        return [one / FILES[controller][version - 1] for one in outward if one.is_relative_to(point)]
    return []


def _number_in(file: Path) -> int | None:
    """Read a limit; nothing where there is no file, none is set or, in version 1, it is the largest there is."""
    try:
        text = file.read_bytes().strip()
    except OSError:
        return None
    largest = 1 << 62
    return int(text) if text.isdigit() and int(text) < largest else None


def is_in_force() -> bool:
    """Return whether there is a bound; a machine that does not tell has none."""
    try:
        return probe(0)[0]
    except OSError:
        return False


LAYER: Final = Layer(
    name="cgroup",
    probe=probe,
    advice="start it in a container or a service unit whose memory or tasks are bounded"
    " (docker run --memory --pids-limit; systemd-run -p MemoryMax= -p TasksMax=)",
)
