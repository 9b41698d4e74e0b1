"""Kill a command that writes to the gradebook at random moments, and look whether anything is lost or doubled.

    .venv/bin/python tests/kills.py [--rounds 20] [--seed 1]

kills each of `grade batch`, `grade regrade` and `grade review` so many times, and compares with what was not killed.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from classes import WHOLE, a_class, ended, started
from tiny_course import CHECKS, RUBRIC, build

SIZE: Final = 6
SECONDS: Final = 60
ESSAY: Final = """
[[by_hand]]
name = "essay"
part = "stats"
title = "Essay"
points = 1000
says = "the essay says why"
"""


def rows(course: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the gradebook; nothing where there is none yet."""
    file = course / "results/gradebook.sqlite"
    if not file.is_file():
        return []
    with closing(sqlite3.connect(file, timeout=30)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'").fetchone():
            return []
        return [tuple(row) for row in database.execute(query)]


def kept(course: Path) -> dict[str, list[int]]:
    """Give the numbers of the results in the gradebook, by key."""
    found: dict[str, list[int]] = {}
    for number, key in rows(course, "SELECT id, key FROM results"):
        found.setdefault(str(key), []).append(int(str(number)))
    return found


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that is about to happen."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def _has_kept_or_ended(course: Path, begun: int, process: subprocess.Popen[str]) -> bool:
    return len(kept(course)) > begun or process.poll() is not None


def kill_while(course: Path, words: tuple[str, ...], rounds: int, draw: random.Random) -> None:
    """Kill a command again and again, each time soon after it kept something; nothing that was kept ever goes."""
    before = kept(course)
    for _ in range(rounds):
        process = started(*words, at=course)
        begun = len(before)
        until(partial(_has_kept_or_ended, course, begun, process))
        time.sleep(draw.uniform(0, 0.3))
        process.kill()
        process.communicate()
        now = kept(course)
        assert {key: now[key] for key in before} == before
        before = now


def graded(course: Path) -> list[tuple[object, ...]]:
    """Give what counts of each student in the last run that says so, and check that nothing is there twice."""
    assert all(len(numbers) == 1 for numbers in kept(course).values())
    states = rows(course, "SELECT DISTINCT state, ended_at >= started_at FROM runs")
    assert set(states) <= {("stopped", 1), ("finished", 1)}
    assert len(list((course / "results/tiny/results").glob("*.json"))) == SIZE
    twice = rows(course, "SELECT run_id, student_id FROM entries WHERE counts GROUP BY 1, 2 HAVING count(*) > 1")
    assert twice == []
    found = rows(course, "SELECT student_id, score, run_id FROM entries WHERE counts ORDER BY run_id")
    return sorted({student: score for student, score, _ in found}.items(), key=str)


def kill_batches(course: Path, rounds: int, draw: random.Random) -> None:
    """Kill batches of one class."""
    build(course)
    a_class(course / "handed", SIZE)
    words = ("batch", "tiny", "handed", "--jobs", "2")
    kill_while(course, words, rounds, draw)
    ran = ended(started("batch", "tiny", "handed", "--jobs", "1", at=course))
    assert ran.code == WHOLE
    assert f"{SIZE} submissions" in ran.out
    assert len(kept(course)) == SIZE
    assert len(graded(course)) == SIZE


def kill_regrades(course: Path, rounds: int, draw: random.Random) -> None:
    """Kill regrades after a check was changed; each student ends with the score of a batch that was not killed."""
    build(course)
    a_class(course / "handed", SIZE)
    assert ended(started("batch", "tiny", "handed", "--jobs", "1", at=course)).code == WHOLE
    build(course, checks=CHECKS.replace("(5, 2)", "(6, 2)"), rubric=RUBRIC.replace("points = 3", "points = 4", 1))
    kill_while(course, ("regrade", "tiny", "--jobs", "2"), rounds, draw)
    assert ended(started("regrade", "tiny", "--jobs", "1", at=course)).code == WHOLE
    assert len(kept(course)) == 2 * SIZE
    scores = graded(course)
    other = course / "other"
    build(other, checks=CHECKS.replace("(5, 2)", "(6, 2)"), rubric=RUBRIC.replace("points = 3", "points = 4", 1))
    a_class(other / "handed", SIZE)
    assert ended(started("batch", "tiny", "handed", "--jobs", "1", at=other)).code == WHOLE
    assert scores == graded(other)


def kill_reviews(course: Path, rounds: int, draw: random.Random) -> None:
    """Kill `grade review` while marks are saved; every mark whose saving was answered is there, once."""
    build(course, rubric=RUBRIC + ESSAY)
    a_class(course / "handed", 2)
    assert ended(started("batch", "tiny", "handed", "--jobs", "1", at=course)).code == WHOLE
    answered: Counter[str] = Counter()
    points = 0
    for _ in range(rounds):
        process = started("review", "tiny", "--as", "eve", at=course)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        browser.open(address).read()
        place = address.split("/?")[0]
        saves = draw.randrange(1, 6)  # so many, then the kill comes while the next ones are saved
        while True:
            try:
                page = browser.open(f"{place}/student/1").read().decode()
                if saves == 0:
                    threading.Timer(draw.uniform(0, 0.03), process.kill).start()
                saves -= 1
                fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
                points += 1
                form = urllib.parse.urlencode(
                    {**fields, "points-essay": f"{points % 1000}", "comment-essay": f"{points}"}
                )
                browser.open(f"{place}/student/1", form.encode()).read()
                answered[f"{points}"] += 1
            except (OSError, http.client.HTTPException):  # killed, also in the middle of an answer
                break
        process.kill()
        process.communicate()
    marks = rows(course, "SELECT comment, version FROM marks ORDER BY version")
    comments = Counter(str(comment) for comment, _ in marks)
    assert set(answered) <= set(comments), "a mark that was told to be saved is not there"
    assert max(comments.values()) == 1
    assert [version for _, version in marks] == list(range(1, len(marks) + 1))
    assert len(answered) >= rounds


KINDS: Final = {"batch": kill_batches, "regrade": kill_regrades, "review": kill_reviews}


def main() -> None:
    """Kill and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    for name, kill in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            kill(Path(folder), chosen.rounds, random.Random(chosen.seed))  # noqa: S311  # moments, not secrets
        sys.stdout.write(f"{name}: killed {chosen.rounds} times, nothing lost, nothing doubled\n")


if __name__ == "__main__":
    main()
