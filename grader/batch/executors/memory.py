"""How much memory there is, and how much processes take with all that they started.

Read here and not by psutil: 7.2.2 counts the same in a fifth more processor time (3.5 ms for two processes instead of
3.0), takes 20 ms to import, knows no control groups, and saves 20 lines.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from grader.model import Runtime

MIB: Final = 2**20
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
SHARE_OF_MACHINE: Final = 0.8  # for the whole batch, where the caller does not say
# Measured by benchmarks/batch.py on convnet, one process and two: 95 MiB, 103, and 350 more with torch.
COORDINATOR_BYTES: Final = 150 * MIB
PROCESS_BYTES: Final = 150 * MIB  # a judge and its fork server
TORCH_BYTES: Final = 500 * MIB
UNLIMITED: Final = 1 << 60  # what control groups call no limit is beyond any machine


def machine_bytes() -> int:
    """Return the memory of this machine, or of the control group that it may use."""
    total = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES
    limits = [_limit(Path("/sys/fs/cgroup/memory.max")), _limit(Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))]
    return min([total, *(limit for limit in limits if limit is not None and limit < UNLIMITED)])


def _limit(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def bytes_per_process(runtime: Runtime) -> int:
    """Return what one process of a batch may need at worst: itself, its fork server, and a submission at its limit."""
    torch = TORCH_BYTES if "torch" in runtime.modules else 0
    return PROCESS_BYTES + torch + runtime.memory_mb * MIB


def processes_within(max_bytes: int, runtime: Runtime) -> int:
    """Return how many processes fit into so much memory whatever they are handed; at least one."""
    return max(1, (max_bytes - COORDINATOR_BYTES) // bytes_per_process(runtime))


def process_bytes(pid: int) -> int:
    """Return the memory of one process, what it shares counted in parts; nothing for one that has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # the kernel shows that to few
    return resident_bytes(pid)


def resident_bytes(pid: int) -> int:
    """Return the memory of one process and all that it shares: never less than `process_bytes`, and read in no time."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


def tree_bytes(roots: Iterable[int], measure: Callable[[int], int] = process_bytes) -> dict[int, int]:
    """Return the memory of each process together with all that descend from it."""
    children = _children()
    return {root: sum(measure(pid) for pid in _descendants(root, children)) for root in roots}


def _children() -> dict[int, list[int]]:
    """Read who started whom, in one pass over all processes."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                stat = Path(entry.path, "stat").read_text(errors="replace")
            except OSError:
                continue  # it ended since it was listed
            children[int(stat.rpartition(")")[2].split()[1])].append(int(entry.name))
    return children


def _descendants(root: int, children: dict[int, list[int]]) -> list[int]:
    found = [root]
    for pid in found:
        found += children.get(pid, ())
    return found
