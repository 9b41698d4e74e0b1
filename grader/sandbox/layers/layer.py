"""What a layer of isolation is made of, and in which order layers are put in force. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import Final, TypeAlias

from grader.model.assignment import Profile

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use.

    `memory_bytes` comes on top of what the fork server has mapped, for each process that the worker consists of.
    `threads` is counted over all processes of the worker's user, so it is exact only where each worker runs as a user
    of its own or in a user namespace, and a worker that stays root is exempt from it. `file_bytes` bounds each file;
    `scratch_bytes` and `scratch_files` bound the scratch folder where that can be a file system of its own, and the
    memory that the processes of a worker share.
    """

    memory_bytes: int
    cpu_seconds: float
    file_bytes: int = 0
    descriptors: int = 64
    threads: int = 64
    scratch_bytes: int = 64 * MIB
    scratch_files: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How the workers of a fork server are to be confined.

    `profile` says what they may ask of the kernel and `limits` what each may use. `uid` is the user that they become,
    None where they stay who they are. `readable` are files and folders that a profile with files may read. `scratch`
    says whether each worker is given a folder to write to, in which it finds the folder `data` by that name, where
    there is one; it lies below `scratch_root`. `root` is the folder that workers take for their root, if any. `entered`
    are the namespaces that the fork server is in.
    """

    profile: Profile
    limits: Limits
    uid: int | None = None
    readable: tuple[str, ...] = ()
    scratch: bool = False
    scratch_root: str = ""
    root: str = ""
    data: str = ""
    entered: tuple[str, ...] = ()

    @property
    def is_enclosed(self) -> bool:
        """Return whether a worker is the first of a process namespace, since it may fork."""
        return self.profile is Profile.PROCESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A fresh fork that is about to be confined.

    `keep` is how many descriptors stay open, those from 0 to `keep - 1`; `scratch` its folder to write to, if any;
    `parent` the process that it has to end with.
    """

    keep: int
    scratch: str | None
    parent: int


class Stage(IntEnum):
    """When a worker takes a step: the one order that works.

    Mounting, the bounding set and the change of user need privileges that the change of user and `capset` take away;
    the change of user undoes the parent-death signal and the ban on dumps; Landlock and the filter ask for
    `no_new_privs`; the filter refuses most of what comes before it. Layers of one stage act in any order.
    """

    ONE_THREAD = auto()
    """First, as Landlock, capabilities and the filter bind one thread."""
    SESSION = auto()
    DESCRIPTORS = auto()
    FOLDER = auto()
    BOUNDING_SET = auto()
    LIMITS = auto()
    USER = auto()
    CAPABILITIES = auto()
    DUMPS = auto()
    PARENT_DEATH = auto()
    NO_NEW_PRIVILEGES = auto()
    LANDLOCK = auto()
    FILTER = auto()


Step: TypeAlias = Callable[[Worker], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a fork server found out about a layer: how results record it, nothing for no record, and what workers do."""

    label: str = ""
    steps: dict[Stage, Step] = field(default_factory=dict)


Probe: TypeAlias = Callable[[int], tuple[bool, str]]
"""Try a layer, in a child that ends at once, where workers become this user; say whether it is in force, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of isolation.

    Args:
        name: As results, courses and `grade doctor` call it.
        steps: What each worker does to enter it, where there is nothing to find out beforehand.
        plan: Prepares it for workers otherwise, once, in the fork server. It returns None where the layer is not in
            force, and raises `ConfinementError` where workers cannot do without.
        probe: Tries it, for `grade doctor`. A layer without it cannot be missing.
        advice: How to have it. Without any, a course cannot ask for it.
        is_required: Whether no submission is run without it; such layers need no privilege.
    """

    name: str
    steps: dict[Stage, Step] = field(default_factory=dict)
    plan: Callable[[Request], Planned | None] | None = None
    probe: Probe | None = None
    advice: str = ""
    is_required: bool = False
