"""Find out which layers of the sandbox this machine can put in force, by trying each in a child that ends at once."""

from __future__ import annotations

import functools
import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.model import Profile
from grader.sandbox import linux, namespaces, seccomp
from grader.sandbox.calls import MACHINES
from grader.sandbox.confine import MIB, ScratchKind, attainable, become, droppable_capabilities, scratch_kind
from grader.sandbox.linux import Resource
from grader.sandbox.minimum import ADVICE

REQUIRED: Final = ("seccomp", "no_new_privs", "rlimits", "parent-death", "pidfd")
"""Layers without which no submission is run; all of them need no privilege."""

PATIENCE_SECONDS: Final = 10.0  # for what a healthy kernel does within a millisecond, on a machine that is busy


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the sandbox on this machine. `detail` is a sentence: what was seen, and what would help."""

    name: str
    in_force: bool
    detail: str


@dataclass(frozen=True, slots=True)
class CgroupFolder:
    """Where the limits of one controller stand, from this process's group up to the top that can be seen."""

    version: int
    folders: tuple[str, ...]


def examine(uid: int = 61001) -> tuple[Layer, ...]:
    """Try every layer.

    Args:
        uid: The user that workers become where the grader is started as root.
    """
    if sys.platform != "linux":
        return (Layer("seccomp", in_force=False, detail=f"the system is {sys.platform}, expected linux"),)
    probes: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
        ("seccomp", _seccomp),
        ("no_new_privs", _no_new_privileges),
        ("rlimits", _limits),
        ("parent-death", functools.partial(_parent_death, uid)),
        ("pidfd", _pidfd),
        ("landlock", _landlock),
        ("uid", functools.partial(_uid, uid)),
        ("capabilities", _capabilities),
        ("scratch", functools.partial(_scratch, uid)),
        ("interpreter", functools.partial(_interpreter, uid)),
        ("namespaces", _namespaces),
        ("processes", _processes),
        ("cgroup", _cgroup),
    )
    layers = []
    for name, probe in probes:
        try:
            in_force, detail = probe()
        except OSError as error:
            in_force, detail = False, f"the trial failed: {error}"
        layers.append(Layer(name, in_force, detail))
    return tuple(layers)


def required_missing(layers: Sequence[Layer], required: Sequence[str] = REQUIRED) -> tuple[Layer, ...]:
    """Give the required layers that are not in force; one that was never tried is not."""
    found = {layer.name: layer for layer in layers}
    untried = f"no layer has this name; tried are {', '.join(found)}"
    wanted = [found.get(name, Layer(name, in_force=False, detail=untried)) for name in required]
    return tuple(layer for layer in wanted if not layer.in_force)


def _seccomp() -> tuple[bool, str]:
    machine = os.uname().machine
    if machine not in MACHINES:
        return False, f"the machine is {machine}, filters are written for {' and '.join(MACHINES)}"

    def act() -> str:
        linux.forbid_new_privileges()
        linux.install_filter(seccomp.program(Profile.MEMORY, machine, os.getpid()), machine)
        return _outcome_of_opening("/")

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"no filter can be installed: {ending.said or f'exit code {ending.exit_code}'}"
    return ending.said == "refused", f"a filter is installed, and open() is {ending.said} under it"


def _no_new_privileges() -> tuple[bool, str]:
    def act() -> str:
        linux.forbid_new_privileges()
        return str(linux.prctl(linux.PR_GET_NO_NEW_PRIVS))

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"it cannot be set: {ending.said}"
    return ending.said == "1", f"it reads {ending.said} once set, expected 1"


def _limits() -> tuple[bool, str]:
    budget, request = 64 * MIB, 256 * MIB

    def act() -> str:
        limit = linux.address_space_bytes() + budget
        linux.set_limit(Resource.AS, limit, limit)
        try:
            mmap.mmap(-1, request)  # shared, which RLIMIT_DATA would let through
        except OSError:
            return "refused"
        return "granted"

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"no limit can be set: {ending.said}"
    return ending.said == "refused", f"{request // MIB} MiB are {ending.said} to who may have {budget // MIB}"


def _parent_death(uid: int) -> tuple[bool, str]:
    """Leave a grandchild behind and see whether it dies: its end of a pipe is then closed."""
    waiting, held = os.pipe()
    other = attainable(uid)

    def leave_orphan() -> str:
        ready, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(linux.CHILD_ANSWER)
            if other is not None:
                become(other)  # as a worker does: it would undo a signal asked for before
            linux.die_with_parent()
            os.write(tell, b".")
            time.sleep(10 * PATIENCE_SECONDS)
            os._exit(0)
        os.close(tell)
        return str(pid) if os.read(ready, 1) else ""

    try:
        ending = linux.in_child(leave_orphan)
    finally:
        os.close(held)
    with os.fdopen(waiting, "rb", buffering=0) as pipe:
        if not ending.said.isdigit():
            return False, f"the signal cannot be asked for: {ending.said or 'the trial ended early'}"
        if select.select([pipe], [], [], PATIENCE_SECONDS)[0]:
            return True, "a process is killed when the one that forked it ends"
    os.kill(int(ending.said), signal.SIGKILL)
    return False, "a process outlives the one that forked it"


def _pidfd() -> tuple[bool, str]:
    def act() -> str:
        pid = os.fork()
        if pid == 0:
            time.sleep(10 * PATIENCE_SECONDS)
            os._exit(0)
        try:
            handle = os.pidfd_open(pid)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            ended = select.select([handle], [], [], PATIENCE_SECONDS)[0]
        finally:
            os.kill(pid, signal.SIGKILL)  # where the handle did not work
            os.waitpid(pid, 0)
        return "gone" if ended else "still there"

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"no process can be held by a descriptor: {ending.said}; Linux 5.3 or later has it"
    return ending.said == "gone", f"a process killed by its descriptor is {ending.said}"


def _landlock() -> tuple[bool, str]:
    abi = linux.landlock_abi()
    if not abi:
        return False, "the kernel offers none; Linux 5.13 or later has it, if `landlock` is in its list of modules"

    def act() -> str:
        linux.forbid_new_privileges()
        ruleset = linux.landlock_ruleset(abi)
        linux.landlock_restrict(ruleset, abi)
        return _outcome_of_opening("/")

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"version {abi} is there and cannot be used: {ending.said}"
    covered = ["files", *(["TCP"] if abi >= 4 else []), *(["signals", "abstract sockets"] if abi >= 6 else [])]
    return ending.said == "refused", f"version {abi} covers {', '.join(covered)}; open() is {ending.said} under it"


def _uid(uid: int) -> tuple[bool, str]:
    own = os.geteuid()
    if own != 0:
        return False, f"the grader runs as user {own}, and so do workers; only root can give them a user of their own"

    def act() -> str:
        become(uid)
        try:
            os.setuid(0)
        except PermissionError:
            return "refused"
        return "granted"

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"workers cannot become user {uid}: {ending.said}"
    return ending.said == "refused", f"workers become user {uid}, and the way back is {ending.said}"


def _capabilities() -> tuple[bool, str]:
    bounding = droppable_capabilities()

    def act() -> str:
        linux.drop_bounding_capabilities(bounding)
        linux.drop_capabilities()
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        sets = ["CapInh", "CapPrm", "CapEff", "CapAmb", *(["CapBnd"] if bounding else [])]
        values = dict(line.split(":\t", 1) for line in status.splitlines() if line.startswith("Cap"))
        return " ".join(name for name in sets if int(values[name], 16))

    ending = linux.in_child(act)
    if ending.exit_code != 0:
        return False, f"they cannot be given up: {ending.said}"
    return not ending.said, f"kept are {ending.said or 'none'}, expected none"


def _scratch(uid: int) -> tuple[bool, str]:
    kind = scratch_kind(attainable(uid), "size=65536,nr_inodes=8,mode=0700")
    if kind is ScratchKind.FOLDER:
        return False, "no file system can be mounted: each file in a scratch folder is bounded, their number is not"
    return True, f"a scratch folder is a file system of its own ({kind}), bounded in bytes and files"


def _interpreter(uid: int) -> tuple[bool, str]:
    if attainable(uid) is None:
        return True, "workers run as the user who started Python, who can read it"
    files = [str(Path(name).resolve()) for name in (sys.executable, os.__file__, __file__)]

    def act() -> str:
        with suppress(OSError):  # where nothing can be mounted, a closed folder stays closed
            namespaces.open_up(files)
        become(uid)
        return next((name for name in files if _outcome_of_opening(name) == "refused"), "")

    ending = linux.in_child(act)
    if ending.exit_code != 0 or ending.said:
        return False, (
            f"{ending.said} cannot be read by user {uid}: workers with files cannot import; "
            "install Python and the grader outside home folders"
        )
    return True, f"user {uid} can read Python and the grader"


def _namespaces() -> tuple[bool, str]:
    """Enter what a fork server would; in a child, which the examiner is not to follow."""
    ending = linux.in_child(lambda: ", ".join(namespaces.enter()))
    if ending.exit_code != 0:
        return False, f"the trial failed: {ending.said}"
    if not ending.said:
        return False, f"none can be entered, and none is needed; to have them, {ADVICE['namespaces']}"
    return True, f"workers live in namespaces of their own: {ending.said}"


def _processes() -> tuple[bool, str]:
    """Look for what workers need that may fork."""

    def act() -> str:
        namespaces.enter()
        return namespaces.why_not_enclosed()

    ending = linux.in_child(act)
    if ending.exit_code != 0 or ending.said:
        return False, f"assignments with processes are refused ({ending.said}); to have them, {ADVICE['namespaces']}"
    return True, "workers that may fork get a process namespace, which ends with them"


def bounds_outside() -> Layer:
    """Look for the one layer that is not the grader's to put in force."""
    try:
        return Layer("cgroup", *_cgroup())
    except OSError as error:
        return Layer("cgroup", in_force=False, detail=f"the trial failed: {error}")


def _cgroup() -> tuple[bool, str]:
    """Look for a bound on memory and on tasks around the grader as a whole: the layer outside all others."""
    groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    names = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}
    found = {}
    for controller, files in names.items():
        place = cgroup_folders(groups, mounts, controller)
        if place is not None:
            limits = [_number_in(Path(folder, files[place.version - 1])) for folder in place.folders]
            found[controller] = min((limit for limit in limits if limit is not None), default=None)
    memory, tasks = found.get("memory"), found.get("pids")
    told = [
        f"memory is bounded to {memory // MIB} MiB" if memory is not None else "memory is not bounded",
        f"tasks to {tasks}" if tasks is not None else "tasks are not",
    ]
    in_force = memory is not None or tasks is not None
    advice = "" if in_force else "; a container or service unit with limits keeps the machine usable if all else fails"
    return in_force, f"around the grader {' and '.join(told)}{advice}"


def cgroup_folders(groups: str, mounts: str, controller: str) -> CgroupFolder | None:
    """Find the folders in which limits on this process stand.

    Args:
        groups: The text of /proc/self/cgroup.
        mounts: The text of /proc/self/mountinfo.
        controller: "memory" or "pids".

    Returns:
        The folders from the inside out, or nothing where the controller is not to be seen.
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
        return CgroupFolder(version, tuple(str(one) for one in outward if one.is_relative_to(point)))
    return None


def _number_in(file: Path) -> int | None:
    """Read a limit; nothing where there is no file, none is set or, in version 1, it is the largest there is."""
    try:
        text = file.read_bytes().strip()
    except OSError:
        return None
    largest = 1 << 62
    return int(text) if text.isdigit() and int(text) < largest else None


def _outcome_of_opening(path: str) -> str:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        return "refused"
    return "allowed"
