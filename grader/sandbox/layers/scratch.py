"""A scratch folder: the only place that a worker with files may write to, bounded in bytes and files where possible."""

from __future__ import annotations

import functools
import os
from enum import StrEnum
from pathlib import Path
from typing import Final

from grader.errors import ConfinementError
from grader.model.assignment import Profile
from grader.sandbox.layers import child, namespaces, uid
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage, Worker
from grader.sandbox.protocol import DATA

NAME: Final = "scratch"


class ScratchKind(StrEnum):
    """What the scratch folder of a worker with files is made of."""

    NONE = "none"
    FOLDER = "folder"
    """The folder itself: each file is bounded, their number is not."""
    TMPFS = "tmpfs"
    """A file system of the worker's own, bounded in bytes and files, mounted where root may."""
    USER_TMPFS = "user-tmpfs"
    """The same, mounted in a user namespace."""


def best_kind(user: int | None, options: str) -> ScratchKind:
    """Return the best bounded scratch folder that this process may make."""
    # One uid is mapped in a user namespace: whoever changes its user afterwards cannot use one.
    kinds = (ScratchKind.TMPFS,) if user is not None else (ScratchKind.TMPFS, ScratchKind.USER_TMPFS)
    found = (kind for kind in kinds if child.can(functools.partial(_mount_privately, kind, {"/": options})))
    return next(found, ScratchKind.FOLDER)


def plan(request: Request) -> Planned:
    """Look for the best kind of folder, and let each worker stand in its own."""
    limits = request.limits
    user, group = (os.getuid(), os.getgid()) if request.uid is None else (request.uid, request.uid)
    options = f"size={limits.scratch_bytes},nr_inodes={limits.scratch_files},mode=0700,uid={user},gid={group}"
    has_folder = request.scratch and request.profile is not Profile.MEMORY
    kind = best_kind(request.uid, options) if has_folder else ScratchKind.NONE
    return Planned(
        label=f"{NAME}:{kind}" if has_folder else "",
        steps={Stage.FOLDER: lambda worker: _enter(request, kind, options, worker)},
    )


def _enter(request: Request, kind: ScratchKind, options: str, worker: Worker) -> None:
    """Stand in the scratch folder, or in the root folder, whose name tells nothing; in the workers' root, if any."""
    folder = worker.scratch
    if (folder is None) != (kind is ScratchKind.NONE):
        raise ConfinementError(NAME, f"the folder is {folder}, the plan has {kind}")
    root = request.root  # workers are not there yet: in it no user namespace could be made
    mounts = {f"{root}{namespaces.SHARED_MEMORY}": options} if request.is_enclosed else {}
    if folder is not None and kind is not ScratchKind.FOLDER:
        mounts[f"{root}{folder}"] = options
    elif folder is not None and request.uid is not None:
        os.chown(folder, request.uid, request.uid)
    if mounts:
        _mount_privately(kind, mounts)
    if root:
        os.chroot(root)
    os.chdir("/" if folder is None else folder)
    os.umask(0o077)
    if folder is not None and request.data:
        Path(DATA).symlink_to(request.data)


def _mount_privately(kind: ScratchKind, mounts: dict[str, str]) -> None:
    """Mount bounded file systems over folders, in a mount namespace that ends with this process."""
    if kind is ScratchKind.USER_TMPFS:
        namespaces.enter_user()
    namespaces.mount_privately(mounts)


def probe(worker_uid: int) -> tuple[bool, str]:
    """Mount a bounded file system."""
    kind = best_kind(uid.attainable(worker_uid), "size=65536,nr_inodes=8,mode=0700")
    if kind is ScratchKind.FOLDER:
        return False, "no file system can be mounted: each file in a scratch folder is bounded, their number is not"
    return True, f"a scratch folder is a file system of its own ({kind}), bounded in bytes and files"


LAYER: Final = Layer(name=NAME, plan=plan, probe=probe)
