"""What grading one submission to the same fifteen checks costs: `grade`, other autograders, and the floor.

    .venv/bin/python benchmarks/peers/install.py                 # once: each of them into an environment of its own
    .venv/bin/python benchmarks/beside_peers.py [--rounds 5] [--peers NAME...] [--environments FOLDER] [--json FILE]

The module of fifteen functions in PyTorch is `benchmarks/peers/course`; `benchmarks/peers/harnesses` has its checks as
each autograder wants them. Each has to give all points to the correct submission, every time, and one less to one in
which a function is wrong. All in turns, so that a busy machine troubles all alike; medians.

Of `grade` are told: a submission of a class, from batches of two sizes in one process, everything written and kept;
`grade run` of one, started and ended for it; and the driver calls alone, in a fork of an interpreter that has torch
loaded (the floor) and in one interpreter again and again. The others are started for each submission, as they are run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from cost import Cost, fresh_process
from limit import measured
from peers.fifteen import ASSIGNMENT, CORRECT, COURSE, PEERS, WRONG, Peer
from peers.install import ENVIRONMENTS, PACKAGES, python_of

from grader.course.discovery import Course

ROOT: Final = Path(__file__).parent.parent
COMMAND: Final = [sys.executable, "-c", "from grader.cli import main; main()"]
FEW, MANY = 10, 60  # submissions of the two batches
OURS, RUN, FORK, WARM, IMPORT = "grade batch", "grade run", "fork", "warm", "import torch"


class Ours:
    """`grade` as its users start it, on a course of its own."""

    def __init__(self, folder: Path) -> None:
        self.course = folder / "course"
        shutil.copytree(COURSE, self.course, ignore=shutil.ignore_patterns(".grade", "__pycache__"))
        self._folder, self._count = folder, 0
        self._grade("record", ASSIGNMENT)

    def of_a_class(self) -> Cost:
        """Grade classes of two sizes that nobody graded before; give what a submission more costs."""
        small, large = self._batch(FEW), self._batch(MANY)
        return (large[0] - small[0]) / (MANY - FEW), (large[1] - small[1]) / (MANY - FEW)

    def alone(self) -> Cost:
        """Grade the correct submission with a command of its own."""
        self._count += 1
        words = ("run", ASSIGNMENT, "--submission", str(CORRECT.parent), "--course", str(self.course))
        return fresh_process([*COMMAND, *words])

    def _batch(self, size: int) -> Cost:
        self._count += 1
        own = self._folder / f"class-{self._count}"
        for number in range(size):
            (own / f"s{number:03}").mkdir(parents=True)
            text = f"{CORRECT.read_text(encoding='utf-8')}\n# {number}\n"
            (own / f"s{number:03}" / "networks.py").write_text(text, encoding="utf-8")
        return self._grade("batch", ASSIGNMENT, str(own), "--jobs", "1", "--out", f"{own}-results")

    def _grade(self, *words: str) -> Cost:
        return fresh_process([*COMMAND, *words, "--course", str(self.course)])


def laid_out(name: str, peer: Peer, folder: Path, python: Path) -> Callable[[], Cost]:
    """Make a peer ready, and give what grades the correct submission once.

    Raises:
        SystemExit: it does not give the points that are due, for a wrong submission first.
    """
    source, most, variables = CORRECT.read_text(encoding="utf-8"), 15.0, activated(python)
    command = [str(python), *peer.command]
    peer.lay(folder, source.replace(*WRONG))
    log = "".join(_run(words, folder, variables) for words in (*([str(python), *one] for one in peer.once), command))
    expect(name, peer, folder, most - 1, log)
    peer.lay(folder, source)

    def graded() -> Cost:
        cost = fresh_process(command, variables, folder)
        expect(name, peer, folder, most, "")
        return cost

    return graded


def expect(name: str, peer: Peer, folder: Path, due: float, log: str) -> None:
    """Make sure that a peer gave the points that are due.

    Raises:
        SystemExit: it did not.
    """
    try:
        points = peer.points(folder)
    except (OSError, LookupError, TypeError, sqlite3.Error) as error:  # it wrote nothing that could be read
        raise SystemExit(f"{name} gave no points ({error}), expected {due:g}:\n{log}") from None
    if points != due:
        raise SystemExit(f"{name} gave {points:g} points, expected {due:g}:\n{log}")


def activated(python: Path) -> dict[str, str]:
    """Give the variables of a shell in which an environment is activated: nbgrader starts programs of its own."""
    return {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}


def _run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> str:
    """Run a command; which status it ends with where points are lost is its own affair."""
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


def versions(python: Path, names: Sequence[str]) -> dict[str, str]:
    """Ask an environment for the versions of packages."""
    script = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    shown = subprocess.run([python, "-c", script, *names], check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(names, shown, strict=True))


def main() -> None:
    """Measure in turns, print the medians and keep all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, metavar="NAME")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    pythons = {name: python_of(name, options.environments.absolute()) for name in options.peers}
    if missing := [name for name, python in pythons.items() if not python.exists()]:
        install = Path(__file__).parent / "peers" / "install.py"
        parser.error(f"{', '.join(missing)}: not installed, expected after {sys.executable} {install}")
    document: dict[str, Any] = {
        "checks": 15,
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "versions": {
            name: versions(python, [PACKAGES[name][0].partition("==")[0]]) for name, python in pythons.items()
        },
    }
    with tempfile.TemporaryDirectory(prefix="grade-peers-") as name:
        folder = Path(name)
        ours = Ours(folder)
        ways: dict[str, Callable[[], Cost]] = {OURS: ours.of_a_class, RUN: ours.alone}
        ways[IMPORT] = lambda: fresh_process([sys.executable, "-c", "import torch"])
        for peer, python in pythons.items():
            ways[peer] = laid_out(peer, PEERS[peer], folder / peer, python)
        costs: dict[str, list[Cost]] = {}
        floors: dict[str, list[float]] = {FORK: [], WARM: []}
        course = Course(ours.course).load(ASSIGNMENT)
        for number in range(options.rounds):
            warm, fork, *_ = measured(course, 1)
            floors[WARM].append(warm)
            floors[FORK].append(fork)
            for way, measure in ways.items():
                costs.setdefault(way, []).append(measure())
            sys.stderr.write(f"round {number + 1} of {options.rounds}\n")
            document["rounds"] = number + 1
            document["cpu_seconds"] = {**floors, **{way: [cpu for cpu, _ in rows] for way, rows in costs.items()}}
            document["wall_seconds"] = {way: [wall for _, wall in rows] for way, rows in costs.items()}
            if options.json is not None:  # what is known so far: a long run may be ended
                options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    medians = {way: statistics.median(values) for way, values in document["cpu_seconds"].items()}
    print(f"15 checks, processor seconds of a submission, medians of {options.rounds} rounds in turns")
    for way, seconds in sorted(medians.items(), key=lambda pair: pair[1]):
        print(f"{way:28} {seconds:7.3f} s {seconds / medians[FORK]:8.1f} times the fork "
              f"{seconds / medians[OURS]:7.2f} times grade")  # fmt: skip


if __name__ == "__main__":
    main()
