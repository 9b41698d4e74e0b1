"""Run a command in an outer jail: a hole in the sandbox that is under test must not harm the machine that tests it.

The jail is a process tree with mount, process, network, IPC and host-name namespaces of its own, bounded in memory and
processes. It sees the machine's files through an overlay, so that whatever is written goes to memory, can be listed
in `WRITTEN`, and is gone afterwards; where no overlay can be had, the files are read-only.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parents[2]
WRITTEN: Final = Path("/run/grade-jail")
"""Inside the jail: what was written since it was set up, where there is an overlay."""

MEMORY_BYTES: Final = 6 << 30
TASKS: Final = 1024
SETTLE_SECONDS: Final = 3.0
SHOWN_BYTES: Final = 4096  # of what a command that failed said
NAMESPACES: Final = (
    *("--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts"),
)

# $1 an empty folder, $2 "overlay" or "read-only", $3 how many folders follow that must be seen, then those, then the
# command. The network is an unconnected loopback; /sys and the machine's devices stay outside.
_SCRIPT: Final = r"""
set -e
here=$(pwd)
base=$1; kind=$2; count=$3; shift 3
mount -t tmpfs -o size=2g,mode=0755 jail "$base"
mkdir "$base/upper" "$base/work" "$base/root"
if [ "$kind" = overlay ]; then
    mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
else
    mount --rbind / "$base/root"
    mount -o remount,bind,ro "$base/root"
    for name in tmp var/tmp; do mount -t tmpfs -o mode=1777 jail "$base/root/$name"; done
fi
while [ "$count" -gt 0 ]; do
    if [ "$kind" != overlay ] || [ "$(stat -c %d "$1")" != "$(stat -c %d /)" ]; then
        mkdir -p "$base/root$1"
        mount --bind "$1" "$base/root$1"
        mount -o remount,bind,ro "$base/root$1"
    fi
    shift; count=$((count - 1))
done
cd "$base/root"
mount -t proc proc proc
mount -t tmpfs -o mode=0755 jail dev
for name in null zero full random urandom; do : > dev/$name; mount --bind /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd
mkdir dev/shm
mount -t tmpfs -o mode=1777,size=256m jail dev/shm
if [ "$kind" = overlay ]; then
    mkdir -p run/grade-jail
    mount --bind "$base/upper" run/grade-jail
    mkdir -p run/old
    old=run/old
else
    old=tmp
fi
pivot_root . $old
cd /
umount -l $old
[ "$kind" = overlay ] && rmdir /run/old
cd "$here"
exec "$@"
"""


class JailError(Exception):
    """What ran in the jail did not end as it should; the text says how."""


@dataclass(frozen=True, slots=True)
class Jail:
    """How a command can be held here. `prefix` is put before it; it is empty where nothing can hold it."""

    kind: str
    says: str
    prefix: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether hostile code may be run."""
        return self.kind != "none"


@contextlib.contextmanager
def built() -> Iterator[Jail]:
    """Find the best jail that this machine offers, and clear it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="grade-jail-") as folder, _bounds() as (bounds, bounded_by):
        for kind in ("overlay", "read-only"):
            prefix = _prefix(Path(folder), kind, bounds)
            if prefix and _works(prefix):
                yield Jail(kind, f"outer jail: namespaces, files by {kind}, memory and tasks by {bounded_by}", prefix)
                return
        if in_container():
            yield Jail("container", "outer jail: none, namespaces cannot be made here; this is a container already",
                       bounds)  # fmt: skip
        else:
            yield Jail("none", "outer jail: none, namespaces cannot be made here and this is no container")


def lines(command: Sequence[str], jail: Jail, *, seconds: float, quiet: bool = True, **variables: str) -> Iterator[str]:
    """Run a command in a jail and give the lines of its standard output as they come.

    Args:
        command: What to run, in the root folder of the project.
        jail: As `built` gave it.
        seconds: How long it may take in all.
        quiet: Whether its standard error is dropped.
        variables: What to add to its environment.

    Raises:
        JailError: it failed or took longer; nothing of it is left.
    """
    environment = {**_environment(), **variables, "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryFile() as said, subprocess.Popen(
        [*jail.prefix, *command], cwd=ROOT, env=environment, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=said if quiet else None,
    ) as process:  # fmt: skip
        deadline = threading.Timer(seconds, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            yield from process.stdout
            if process.wait() != 0:
                raise JailError(
                    f"in the jail, {Path(command[0]).name} ended with {process.returncode}{_last_line(said)}"
                )
        finally:
            deadline.cancel()
            process.kill()


def _last_line(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - SHOWN_BYTES))
    told = said.read().decode(errors="replace").strip().splitlines()
    return f": {told[-1]}" if told else ""


def in_container() -> bool:
    """Tell whether this process runs in a container, which is a jail of its own."""
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"))
    words = re.compile("docker|kubepods|containerd|libpod|lxc")
    groups = Path("/proc/1/cgroup").read_text(encoding="utf-8")
    return any(mark.exists() for mark in marks) or bool(words.search(groups))


def _prefix(folder: Path, kind: str, bounds: tuple[str, ...]) -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    seen = [str(path) for path in dict.fromkeys((ROOT, Path(sys.prefix), Path(sys.base_prefix)))]
    return (*bounds, unshare, *user, *NAMESPACES, "sh", "-c", _SCRIPT, "jail", str(folder), kind, str(len(seen)), *seen)


def _works(prefix: tuple[str, ...]) -> bool:
    trial = subprocess.run(
        [*prefix, "/bin/sh", "-c", "[ $$ = 1 ]"], env=_environment(), capture_output=True, timeout=30, check=False
    )
    return trial.returncode == 0


def _environment() -> dict[str, str]:
    """Give this environment with the folders of the system's tools, which not everybody has on the path."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}


@contextlib.contextmanager
def _bounds() -> Iterator[tuple[tuple[str, ...], str]]:
    """Give a command prefix that bounds memory and tasks, by a control group where one can be made, and its name."""
    groups = _groups()
    if groups:
        joins = "; ".join(f'echo $$ > "{group}/cgroup.procs"' for group in groups)
        yield ("sh", "-c", f'{joins}; exec "$@"', "bounded"), "control group"
        for group in groups:
            _remove(group)
        return
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        yield (), "nothing"
    else:
        yield (prlimit, f"--as={MEMORY_BYTES}", f"--nproc={TASKS}", "--core=0"), "limits of each process"


def _remove(group: Path) -> None:
    """Remove a control group once the last process in it is gone; one that stays for long keeps an empty folder."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while group.exists() and time.monotonic() < deadline:
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.02)


def _groups() -> list[Path]:
    """Make control groups for memory and tasks, of version 1 or 2; none if either cannot be made."""
    top, name = Path("/sys/fs/cgroup"), f"grade-hostile-{os.getpid()}"
    own = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines())
    wanted = {
        "memory": (("memory.limit_in_bytes", MEMORY_BYTES),),
        "pids": (("pids.max", TASKS),),
        "": (("memory.max", MEMORY_BYTES), ("pids.max", TASKS)),
    }
    for controllers in (("memory", "pids"), ("",)):
        made: list[Path] = []
        try:
            for controller in controllers:
                group = top / controller / own[controller].lstrip("/") / name
                group.mkdir()
                made.append(group)
                for file, most in wanted[controller]:
                    (group / file).write_text(str(most), encoding="utf-8")
        except (OSError, KeyError):
            for group in made:
                group.rmdir()
        else:
            return made
    return []


def main() -> None:
    """Run the command given as arguments in a jail: `python -m tests.hostile.jail COMMAND...`."""
    with built() as jail:
        sys.stderr.write(f"{jail.says}\n")
        if not jail.holds:
            raise SystemExit("not run")
        try:
            for line in lines(sys.argv[1:], jail, seconds=3600, quiet=False):
                sys.stdout.write(line)
        except JailError as error:
            raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
