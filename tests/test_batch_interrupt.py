"""A batch that is stopped, killed or runs out of room loses only what was in hand, and goes on where it was."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from classes import BROKEN, CORRECT, NOT_ALL, WHOLE, Grade, a_class, ended, lay, started, unlike
from kills import kept, kill_batches, kill_regrades, kill_reviews, until
from tiny_course import SCALE

LARGE = 60  # so many are not done before somebody who sees the first has acted
FILLING = 30  # of so many the gradebook needs more room than it is left there


def processes_of(session: int) -> list[int]:
    """List what still runs of those that a command started: they name its folder of results or descend from it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[1]) == session and stat[0] != "Z":
                found.append(int(entry.name))
    return found


def descendants_of(process: int) -> list[int]:
    """List what descends from a process."""
    children = processes_of(process)
    return [*children, *(pid for child in children for pid in descendants_of(child))]


def is_hanging(process: int) -> bool:
    """Return whether a process is a worker that runs its submission: it alone is confined."""
    try:
        words = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    return "Seccomp:\t2" in words


@pytest.mark.parametrize("kill", [kill_batches, kill_regrades, kill_reviews])
def test_kill_9_at_random_moments_loses_and_doubles_nothing(
    kill: Callable[[Path, int, random.Random], None], tmp_path: Path
) -> None:
    """`python tests/kills.py` kills each twenty times."""
    kill(tmp_path, 2, random.Random(20261121))  # noqa: S311  # moments, not secrets


def test_processes_of_a_batch_that_was_killed_end_by_themselves(course: Path) -> None:
    a_class(course / "handed", LARGE)
    process = started("batch", "tiny", "handed", "--jobs", "2", at=course)
    until(lambda: bool(kept(course)))
    workers = processes_of(process.pid)
    assert workers
    process.kill()
    process.communicate()
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_ctrl_c_finishes_what_is_in_hand_and_says_how_to_go_on(course: Path) -> None:
    a_class(course / "handed", LARGE)
    process = started("batch", "tiny", "handed", "--jobs", "1", at=course, start_new_session=True)
    until(lambda: bool(kept(course)))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of its processes
    ran = ended(process)
    assert ran.code == NOT_ALL
    assert "stopping: what is in hand is finished first; Ctrl-C again drops it" in ran.err
    done = len(kept(course))
    assert 0 < done < LARGE
    assert f"stopped with {LARGE - done} of {LARGE} left; what is done is kept; go on with: grade batch tiny" in ran.err
    for late in sorted((course / "handed").iterdir())[done + 2 :]:  # the rest would be graded as these two are
        shutil.rmtree(late)
    again = ended(started("batch", "tiny", "handed", "--jobs", "1", at=course))
    assert f"{done} unchanged" in again.out
    assert len(kept(course)) == done + 2


def test_ctrl_c_twice_drops_what_is_in_hand_at_once(course: Path) -> None:
    hanging = f"while True:\n    pass\n{SCALE}"
    for number in range(2):
        lay(course / f"handed/slow{number}", unlike({**CORRECT, "scale.py": hanging}, number))
    process = started("batch", "tiny", "handed", "--jobs", "1", at=course, start_new_session=True)
    until(lambda: any(map(is_hanging, descendants_of(process.pid))))
    os.killpg(process.pid, signal.SIGINT)
    assert process.stderr is not None
    while "Ctrl-C again drops it" not in (line := process.stderr.readline()):  # two at once would be taken for one
        assert line
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    ran = ended(process)
    assert ran.code == NOT_ALL, ran.out + ran.err
    assert "dropping what is in hand" in ran.err
    assert "stopped with 2 of 2 left" in ran.err
    assert time.monotonic() - began < 10
    assert kept(course) == {}


def test_a_full_disk_is_one_sentence_and_what_was_kept_stays(grade: Grade, course: Path) -> None:
    a_class(course / "handed", FILLING)
    assert grade("batch", "tiny", "handed/student000").code == WHOLE
    room = (course / "results/gradebook.sqlite").stat().st_size + 8_000

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    ran = ended(started("batch", "tiny", "handed", "--jobs", "1", at=course, preexec_fn=little_room))
    assert ran.code == BROKEN
    assert "the gradebook cannot be written: " in ran.err
    assert "what was graded before is kept; once that is mended, go on with: grade batch tiny handed" in ran.err
    done = kept(course)
    assert grade("batch", "tiny", "handed").code == WHOLE
    after = kept(course)
    assert len(after) == FILLING
    assert {key: after[key] for key in done} == done


def test_what_a_killed_batch_unpacked_is_taken_away_by_the_next(grade: Grade, course: Path) -> None:
    left = course / "results/.unpacked-left/files"
    lay(left, {"bob.py": ""})
    (left.parent / "lock").touch()
    lay(course / "handed/ada", CORRECT)
    assert grade("batch", "tiny", "handed").code == WHOLE
    assert not left.exists()
    assert list((course / "results").glob(".unpacked-*")) == []
