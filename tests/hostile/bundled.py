"""Grade attacks against the courses that come with the harness, each followed by an honest submission."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from grader.course.discovery import find_course
from grader.errors import SubmissionError
from grader.judging.grading import Grader
from grader.model.result import Result
from grader.subjects.recordings import Recordings

from .corpus import REFUSED, Attack
from .jail import ROOT
from .outcome import Outcome

HONEST: Final = "correct"
"""The sample of a course that is graded beside the attacks."""


def outcomes(attacks: Sequence[Attack], folder: Path) -> Iterator[Outcome]:
    """Grade attacks on one bundled course; the honest sample is graded before the first and after the last."""
    course = find_course(ROOT).load(attacks[0].course)
    with Grader(course, recordings=Recordings(folder / f"{course.name}.sqlite")) as grader:
        honest = course.folder / "samples" / HONEST
        before = earned(grader.grade(honest))
        found = [assess(attack, grader, folder / attack.family / attack.name) for attack in attacks]
        if earned(grader.grade(honest)) != before:
            found[-1].honest_changed = True
            found[-1].problems.append("the honest submission beside it got other points")
    yield from found


def assess(attack: Attack, grader: Grader, folder: Path) -> Outcome:
    """Grade one attack and compare what it earned with what it states."""
    outcome, began = Outcome(attack.id), time.monotonic()
    try:
        result = grader.grade(submission(attack, folder))
    except SubmissionError as error:
        outcome.ending, outcome.message = REFUSED, str(error)
    else:
        rows = {row.name: row for row in result.checks}
        outcome.ending, outcome.message = rows[attack.check].status.value, rows[attack.check].message
        unstated = {name: points for name, points in earned(result).items() if name not in attack.earns}
        outcome.forged = sum(unstated.values())
        outcome.problems += [f"{points:g} points were forged in {name}" for name, points in unstated.items()]
    outcome.seconds = round(time.monotonic() - began, 3)
    if outcome.ending not in attack.endings:
        stated = " or ".join(sorted(attack.endings))
        outcome.problems.append(f"{attack.check} ended as {outcome.ending}, expected {stated}: {outcome.message}")
    outcome.note_time(attack.seconds)
    return outcome


def earned(result: Result) -> dict[str, float]:
    """List the checks that earned something, with their points."""
    return {row.name: float(row.points) for row in result.checks if row.points}


def submission(attack: Attack, folder: Path) -> Path:
    """Make the submission of an attack: the file that it stands for, or what it builds."""
    folder.mkdir(parents=True)
    if attack.builds:
        built: Path = executed(attack).build(folder)
        return built
    place = folder / attack.file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(attack.path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def executed(attack: Attack) -> ModuleType:
    """Execute an attack's file, which makes its submission."""
    spec = importlib.util.spec_from_file_location(f"attack_{attack.name.replace('-', '_')}", attack.path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(attack.path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
