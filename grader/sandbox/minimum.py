"""The least isolation that a course asks for, and what to do on a machine that has less. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

ADVICE: Final[Mapping[str, str]] = {
    "seccomp": "run it on Linux, on x86-64 or aarch64, and without --no-isolation",
    "landlock": "run it on Linux 5.13 or later with `landlock` in the kernel's list of security modules (`lsm=`)",
    "uid": "start it as root, in a container as the container's root, so that workers become a user of their own",
    "namespaces": "start it as root outside containers, or permit user namespaces to unprivileged users"
    " (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)",
    "capabilities": "run it on Linux and without --no-isolation",
    "rlimits": "run it on Linux and without --no-isolation",
    "cgroup": "start it in a container or a service unit whose memory or tasks are bounded"
    " (docker run --memory --pids-limit; systemd-run -p MemoryMax= -p TasksMax=)",
}
"""How to get each layer that a course may ask for."""

REQUIRABLE: Final = tuple(ADVICE)


def unmet(required: Iterable[str], in_force: Sequence[str]) -> tuple[str, ...]:
    """Say of each layer that is asked for and not in force how to get it, a sentence each.

    Args:
        required: Names out of `REQUIRABLE`.
        in_force: Layers as a result records them, `landlock:7` among them.
    """
    names = {layer.partition(":")[0] for layer in in_force}
    return tuple(
        f"the course asks for the layer {name}, which is not in force here: {ADVICE[name]}"
        for name in dict.fromkeys(required)
        if name not in names
    )
