"""Inside the jail: grade each attack beside an honest submission and write what became of it, a line of JSON each."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.errors import SubmissionError
from grader.exports.markdown import markdown_environment
from grader.exports.single.github import step_summary
from grader.exports.single.junit import junit_xml
from grader.judging.grading import Grader
from grader.judging.judge import Judgement
from grader.model.observation import Observation
from grader.model.result import CheckResult, Result
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.reporting.terminal import rendering
from grader.results.codec import as_text, to_json
from grader.results.visibility import View, visible_to
from grader.sandbox.host.session import Session
from grader.subjects.recordings import Recordings

from . import bundled, watch
from .corpus import BUNDLED, REFUSED, Attack, chosen
from .course import CANARY_FOLDER, CANARY_MARK, HONEST, POINTS, build
from .outcome import Outcome

GOT_THROUGH: Final = "got through"
"""How attacks begin a line that tells of success."""

MAX_JUDGE_BYTES: Final = 3 << 29  # of memory that the judge may come to need, whatever is handed in
BESIDE: Final = 8
"""After so many attacks the honest submission is graded, by the judge and the fork server that graded them."""
UNCONFINED_SECONDS: Final = 5
LAST_UNCONFINED: Final = "escape/poison-later-imports"  # it breaks Python for whatever comes after it


@dataclass(slots=True)
class Graded:
    """One grading as it was seen from here."""

    result: Result | None = None
    refusal: str = ""
    judgement: Judgement = field(default_factory=Judgement)
    seconds: float = 0.0
    overrun: float = 0.0


class Bench:
    """A course made ready, and its honest submission, which holds a canary: no other submission may see it."""

    def __init__(self, name: str, folder: Path, canary: str) -> None:
        self.name = name
        self.folder = folder
        self.course = build(folder, name, canary)
        self.page = template_environment()
        self.markdown = markdown_environment(self.page)
        self.grader = self._grader()
        honest = {file: f'{text}\n\nNOTE = "{canary}"\n' for file, text in HONEST[name].items()}
        self.honest_path = write_sources(folder / f"honest-{name}", honest)
        self.honest = points_of(self.grade(self.honest_path).result)
        self.readers = self._started_readers()

    def _grader(self) -> Grader:
        grader = Grader(self.course, recordings=Recordings(self.folder / f"{self.name}.sqlite"))
        grader.server.wait_until_ready()
        return grader

    def _started_readers(self) -> set[int]:
        """Have the process started that reads all submissions but the first; return which there are."""
        known = watch.processes([])
        self.grade(self.honest_path)
        self.grade(self.honest_path)
        return {*watch.processes(known)}

    def repair(self) -> None:
        """Start again after the judge broke."""
        self.grader.close()
        self.grader = self._grader()
        self.readers = self._started_readers()

    def grade(self, path: Path, *, searched: bool = False) -> Graded:
        """Grade one submission, timing every call and keeping what came back."""
        graded = Graded()
        judge = self.grader.judge
        judge.seeks_examples = searched
        judged = type(judge).judge

        def keep(session: Session, **asked: Any) -> Judgement:  # noqa: ANN401  # as `judge` is asked
            graded.judgement = judged(judge, session, **asked)
            return graded.judgement

        judge.judge = keep  # type: ignore[method-assign]  # looks on, changes nothing
        began = time.monotonic()
        with timed_calls() as overruns:
            try:
                graded.result = self.grader.grade(path)
            except SubmissionError as error:
                graded.refusal = str(error)
        graded.seconds = time.monotonic() - began
        graded.overrun = max(overruns, default=0.0)
        return graded


@contextlib.contextmanager
def timed_calls() -> Iterator[list[float]]:
    """Measure by how much calls outlast their deadline, while the block runs."""
    original = Session.observe
    overruns: list[float] = []

    def observe(self: Session, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        began = time.monotonic()
        observation = original(self, call, seconds, seed, public=public)
        failure = observation.failure
        if failure is not None and failure.status is Status.TIMED_OUT and failure.ran:
            wall = time.monotonic() - began - (2 * seconds + 1)
            overruns.append(max(0.0, wall, observation.cpu_seconds - seconds))
        return observation

    Session.observe = observe  # type: ignore[method-assign]  # looks on, changes nothing
    try:
        yield overruns
    finally:
        Session.observe = original  # type: ignore[method-assign]  # as it was


def write_sources(folder: Path, sources: Mapping[str, str]) -> Path:
    """Write a submission as a folder of files."""
    folder.mkdir(parents=True)
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def prepared(attack: Attack, folder: Path) -> Path:
    """Make the submission of an attack."""
    if not attack.builds:
        sources = {**HONEST[attack.course], "attacked.py": attack.path.read_text(encoding="utf-8")}
        return write_sources(folder, sources)
    spec = importlib.util.spec_from_file_location(f"attack_{attack.name.replace('-', '_')}", attack.path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder.mkdir(parents=True)
    made: Path = module.build(folder)
    return made


def points_of(result: Result | None) -> list[tuple[str, str, float]]:
    """Reduce a result to what must not change."""
    return [] if result is None else [(row.name, row.status.value, float(row.points)) for row in result.checks]


def assess(attack: Attack, bench: Bench, folder: Path) -> Outcome:
    """Grade one attack; tell everything that is not as it must be."""
    outcome = Outcome(attack.id)
    path = prepared(attack, folder)
    known = {os.getpid(), *watch.processes([])}
    before = watch.files()
    forget_peak()
    try:
        graded = bench.grade(path, searched=attack.searched)
    except Exception as error:  # noqa: BLE001  # whatever breaks the judge is a finding
        outcome.problems.append(f"the judge broke: {type(error).__name__}: {error}")
        outcome.message = traceback.format_exc(limit=-4)
        bench.repair()
        return outcome
    outcome.processes = watch.left_processes({*known, *bench.grader.server.pids()}, bench.readers)
    outcome.files = watch.changed(before, watch.files())
    outcome.seconds, outcome.overrun = round(graded.seconds, 3), round(graded.overrun, 3)
    judge_points(attack, graded, outcome)
    judge_texts(attack, graded, bench, outcome)
    outcome.note_time(attack.seconds)
    outcome.problems += [
        *([f"changed files: {outcome.files}"] if outcome.files else []),
        *([f"left processes: {outcome.processes}"] if outcome.processes else []),
        *([f"the judge needed {peak_bytes() >> 20} MiB"] if peak_bytes() > MAX_JUDGE_BYTES else []),
    ]
    return outcome


def assess_all(attacks: Sequence[Attack], bench: Bench, folder: Path) -> list[Outcome]:
    """Grade some attacks, then the honest submission; what it got is told of all of them where it is not its own."""
    outcomes = [assess(attack, bench, folder / attack.family / attack.name) for attack in attacks]
    after = points_of(bench.grade(bench.honest_path).result)
    if after != bench.honest:
        for outcome in outcomes:
            outcome.honest_changed = True
            outcome.problems.append(f"after {attacks[0].id} to {attacks[-1].id} the honest submission got {after}")
    return outcomes


def judge_points(attack: Attack, graded: Graded, outcome: Outcome) -> None:
    """Compare endings and points with what the attack states."""
    if graded.result is None:
        outcome.ending, outcome.message = REFUSED, graded.refusal
    else:
        rows = {row.name: row for row in graded.result.checks}
        outcome.ending, outcome.message = rows["attacked"].status.value, rows["attacked"].message
        allowed = {"attacked": attack.points, "published": int(attack.published or attack.points > 0)}
        excess = [max(0.0, float(rows[name].points) - most) for name, most in allowed.items()]
        outcome.forged = sum(excess) + max(0.0, float(graded.result.score) - sum(POINTS.values()))
        outcome.problems += _row_problems(attack, rows)
    if outcome.ending not in attack.endings:
        stated = " or ".join(sorted(attack.endings))
        outcome.problems.append(f"ended as {outcome.ending}, expected {stated}: {outcome.message}")
    if outcome.forged:
        outcome.problems.append(f"{outcome.forged:g} points were forged")


def _row_problems(attack: Attack, rows: Mapping[str, CheckResult]) -> Iterator[str]:
    attacked = rows["attacked"]
    if attack.points and attacked.status is Status.PASSED and float(attacked.points) != attack.points:
        yield f"earned {float(attacked.points):g} points, expected {attack.points}"
    if attack.published and rows["published"].status is not Status.PASSED:
        yield f"published ended as {rows['published'].status}, expected passed: {rows['published'].message}"
    for name in ("first", "last"):
        if attack.spares and float(rows[name].points) != POINTS[name]:
            yield f"{name}, an honest module, earned {float(rows[name].points):g} points: {rows[name].message}"
    for row in rows.values():
        if row.status is Status.VOID and Status.VOID not in attack.endings:
            yield f"{row.name} is void: {row.message}"


def judge_texts(attack: Attack, graded: Graded, bench: Bench, outcome: Outcome) -> None:
    """Search what came back for secrets, and what people read for hidden inputs and for what they would obey."""
    views = (View.STUDENT, View.INSTRUCTOR) if attack.family in ("report", "notebook") else (View.STUDENT,)
    observations = [call.observation for calls in graded.judgement.calls.values() for call in calls]
    raw = [graded.refusal]
    for seen in observations:
        raw += [seen.printed, seen.warned, *([seen.failure.text, seen.failure.cause] if seen.failure else [])]
    if any(watch.canaries(seen.value) for seen in observations) or any(map(watch.canaries, raw)):
        outcome.leaks.append("a secret of the judge came back from the worker")
    through = [line for text in raw for line in text.splitlines() if line.startswith(GOT_THROUGH)]
    outcome.problems += [f"it says {line:.200}" for line in dict.fromkeys(through)]
    pages: dict[str, str] = {"refusal": graded.refusal}
    if graded.result is not None:
        for view in views:
            pages[f"{view} html"] = render_html(visible_to(graded.result, view), bench.page)
            pages[f"{view} json"] = as_text(to_json(visible_to(graded.result, view)))
            pages[f"{view} terminal"] = on_screen(graded.result, view)
            pages[f"{view} markdown"] = step_summary(visible_to(graded.result, view), bench.markdown)
            pages[f"{view} junit"] = junit_xml(visible_to(graded.result, view))
        told = watch.told_inputs("\n".join(student_texts(graded.result)))
        for name in ("html", "json", "terminal"):
            told += watch.told_inputs(pages[f"{View.STUDENT} {name}"], watch.MANY_DIGITS)
        if told:
            outcome.leaks.append(f"hidden inputs are told to the student: {', '.join(told[:3])}")
    for name, text in pages.items():
        if CANARY_MARK in text:
            outcome.leaks.append(f"a secret of the judge is in the {name}")
        dangers = watch.page_dangers(text) if name.endswith("html") else []
        dangers += watch.markdown_dangers(text) if name.endswith("markdown") else []
        dangers += watch.markup_dangers(text) if name.endswith("junit") else []
        dangers += watch.screen_dangers(text) if name.endswith(("terminal", "refusal")) else []
        if dangers:
            outcome.problems.append(f"the {name} has {', '.join(dict.fromkeys(dangers))}")
    outcome.problems += outcome.leaks


def student_texts(result: Result) -> Iterator[str]:
    """Give every text of a result that a student sees, figures of time and provenance apart."""
    seen = visible_to(result, View.STUDENT)
    yield from seen.notes
    yield from (rule.message for rule in seen.rules)
    for row in seen.checks:
        yield from (row.message, *row.reasons, *(case.message for case in row.cases))
        yield from (f"{line.function} {line.file}" for line in row.quoted)
        yield from (f"{known.name} {known.description}" for known in row.mistakes)
        if isinstance(row, CheckResult) and (example := row.verdict.example) is not None:
            yield from (
                f"{name} {value}" for pairs in (example.inputs, example.got, example.expected) for name, value in pairs
            )
        if row.picture is not None:
            yield f"{row.picture.title} {row.picture.caption}"
            yield from (text for line in (*row.picture.got, *row.picture.expected) for text in line)


def on_screen(result: Result, view: View) -> str:
    """Render a result as a terminal would show it, its own colours left out."""
    screen = io.StringIO()
    Console(file=screen, width=100, highlight=False, no_color=True).print(rendering(visible_to(result, view)))
    return screen.getvalue()


def forget_peak() -> None:
    """Begin to measure anew how much memory this process, the judge, comes to need."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """Measure the most memory that this process, the judge, has had since."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


@contextlib.contextmanager
def secrets_laid_out() -> Iterator[tuple[Path, str]]:
    """Put a canary where a hole would let it be found; give a folder to work in and the canary."""
    canary = CANARY_MARK + secrets.token_hex(8)
    os.environ["GRADE_SECRET"] = canary
    CANARY_FOLDER.mkdir()
    CANARY_FOLDER.chmod(0o777)
    (CANARY_FOLDER / "secret.py").write_text(f'SECRET = "{canary}"\n', encoding="utf-8")
    (CANARY_FOLDER / "secret.py").chmod(0o666)
    folder = Path(tempfile.mkdtemp(prefix="grade-hostile-"))
    try:
        yield folder, canary
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(CANARY_FOLDER, ignore_errors=True)  # without a sandbox an attack may have done so


def graded_outcomes(attacks: Sequence[Attack]) -> Iterator[Outcome]:
    """Grade attacks, course by course."""
    with secrets_laid_out() as (folder, canary):
        for course in dict.fromkeys(attack.course for attack in attacks):
            if course in BUNDLED:
                yield from bundled.outcomes([attack for attack in attacks if attack.course == course], folder)
                continue
            bench = Bench(course, folder, canary)
            own = [attack for attack in attacks if attack.course == course]
            for first in range(0, len(own), BESIDE):
                yield from assess_all(own[first : first + BESIDE], bench, folder)
            bench.grader.close()


_CALL: Final = """
import os, sys, numpy as np
path, tensors = sys.argv[1:]
names = {"__name__": "attacked", "__file__": path}
exec(compile(open(path).read(), path, "exec"), names)
x, w = np.arange(20.0).reshape(4, 5), np.arange(15.0).reshape(5, 3)
if tensors == "tensors":
    import torch
    x, w = torch.from_numpy(x), torch.from_numpy(w)
message, body = type("Message", (), {"id": 1}), {"fatal": []}
names["transform"](x, w)
"""


def unconfined_outcomes(attacks: Sequence[Attack]) -> Iterator[Outcome]:
    """Call each attack's code without any sandbox but this jail: what does not get through then proves nothing."""
    with secrets_laid_out() as (folder, _):
        for attack in sorted(attacks, key=lambda attack: attack.id == LAST_UNCONFINED):
            said = said_unconfined(attack, folder / "said")
            if GOT_THROUGH in said or CANARY_MARK in said:
                yield Outcome(attack.id, ending=GOT_THROUGH, message=said[:200])


def said_unconfined(attack: Attack, log: Path) -> str:
    """Call an attack's code in a process of its own, end it and all that it started, and give what it printed."""
    # What it prints goes to a file: a process that it leaves behind would keep a pipe open. Its parent is a shell that
    # it may trace and stop as it likes.
    with log.open("wb") as out:
        call = [sys.executable, "-c", _CALL, str(attack.path), attack.course]
        shell = ["/bin/sh", "-c", '"$@"; true', "parent"]
        process = subprocess.Popen([*shell, *call], stdout=out, stderr=out, start_new_session=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(UNCONFINED_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return log.read_text(encoding="utf-8", errors="replace")


def main() -> None:
    """Write a line of JSON for the outcome of each attack that is named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("attacks", nargs="*", help="ids of attacks; all if there are none")
    parser.add_argument("--unconfined", action="store_true", help="call their code without a sandbox, as a control")
    arguments = parser.parse_args()
    attacks = chosen(arguments.attacks)
    for outcome in unconfined_outcomes(attacks) if arguments.unconfined else graded_outcomes(attacks):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
