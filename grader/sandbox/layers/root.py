"""A root folder for workers, in which nothing is to be found but what they may read and write.

Landlock denies opening files and no `stat`: a worker with files could learn which paths exist, how large they are and
when they were changed. Where the fork server can mount file systems privately, it makes a root once that holds its
workers' paths alone, and each worker goes there before a line of a submission runs.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from grader.model.assignment import Profile
from grader.sandbox.layers import child, libc, uid
from grader.sandbox.layers.landlock import READABLE_DEVICES, WRITABLE_DEVICE
from grader.sandbox.layers.layer import Layer, Limits, Planned, Request
from grader.sandbox.layers.namespaces import ADVICE, SHARED_MEMORY

NAME: Final = "root"
PLACE: Final = ".root"  # below the folder of the scratch folders
OPTIONS: Final = "size=1m,mode=0755"


def made_for(request: Request) -> str:
    """Make a root for the workers of this process; return where it is, nothing where there can be none."""
    if not request.scratch_root or request.profile is Profile.MEMORY:
        return ""
    place = Path(request.scratch_root, PLACE)
    place.mkdir(mode=0o755, exist_ok=True)
    # Tried first in a child; where that fails the folder stays empty, and goes with those beside it.
    works = child.can(lambda: _enter(_made(request, place), request.scratch_root))
    return _made(request, place) if works else ""


def _made(request: Request, place: Path) -> str:
    """Mount the root and bind into it what workers may read and write."""
    wanted = {request.scratch_root, *READABLE_DEVICES, WRITABLE_DEVICE, *request.readable}
    outermost: list[str] = []
    for path in sorted(wanted):
        if not any(Path(path).is_relative_to(other) for other in outermost):
            outermost.append(path)
    before = os.umask(0o022)
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount(None, "/", None, libc.MS_REC | libc.MS_PRIVATE)
    libc.mount("tmpfs", str(place), "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, OPTIONS)
    for path in outermost:
        there = Path(f"{place}{path}")
        if stat.S_ISDIR(Path(path).stat().st_mode):
            there.mkdir(parents=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.touch()
        # The root itself lies below the one folder that is bound without what is mounted in it.
        libc.mount(path, str(there), None, libc.MS_BIND | (0 if path == request.scratch_root else libc.MS_REC))
    if request.is_enclosed:
        Path(f"{place}{SHARED_MEMORY}").mkdir()
    for link in filter(Path.is_symlink, Path("/").iterdir()):  # such as /lib, by which libraries are found
        Path(place, link.name).symlink_to(link.readlink())
    os.umask(before)
    return str(place)


def _enter(root: str, folder: str) -> None:
    """Go to a root for good; no descriptor to what lies outside may be open then, as `chroot` says."""
    os.chroot(root)
    os.chdir(folder)


def plan(request: Request) -> Planned | None:
    """Record that workers have a root of their own; they go there when they enter their scratch folder."""
    return Planned(label=NAME) if request.root else None


def probe(worker_uid: int) -> tuple[bool, str]:
    """Make a root of devices alone."""
    limits = Limits(memory_bytes=0, cpu_seconds=0.0)
    with tempfile.TemporaryDirectory() as above:
        request = Request(
            profile=Profile.FILES, limits=limits, uid=uid.attainable(worker_uid), scratch=True, scratch_root=above
        )
        found = child.in_child(lambda: made_for(request))
    if found.exit_code == 0 and found.answer:
        return True, "workers with files find nothing but what they may read: all else is not there for stat()"
    return False, "workers with files can ask by stat() whether a path exists, how large it is and when it was changed"


LAYER: Final = Layer(name=NAME, plan=plan, probe=probe, advice=ADVICE)
