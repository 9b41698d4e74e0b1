"""What grading one submission costs, beside the usual ways of doing it: CPU and wall, and their ratios.

    .venv/bin/python benchmarks/cost.py [--assignment convnet] [--rounds 5] [--submission FOLDER] [--json FILE]

One correct submission, all its checks. Ours: warm, isolated, scored, HTML report and JSON written. The others, which
know convnet alone: a fresh process for each submission, as they are run. All in turns, so that a busy machine troubles
all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `grade` does, before numpy is imported

import jinja2
from peers import cold

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.judging.grading import Grader
from grader.model.result import Result
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.results.codec import to_json
from grader.results.visibility import View, visible_to

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
OURS_PER_ROUND = 10

Cost = tuple[float, float]  # CPU seconds, wall seconds


def tree_cpu(pid: int) -> float:
    """Read the CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def is_correct(result: Result) -> bool:
    """Return whether every check passed, but for those that wait for what the course has not here, or for a person."""
    return all(check.status in {Status.PASSED, Status.BLOCKED} for check in result.checks)


def ours(
    grader: Grader, submission: Path, folder: Path, environment: jinja2.Environment, times: int = OURS_PER_ROUND
) -> Cost:
    """Grade, write report and JSON, several times; give the mean."""
    pid = grader.server.pid
    assert pid is not None
    cpu, wall = time.process_time() + tree_cpu(pid), time.perf_counter()
    for _ in range(times):
        result = grader.grade(submission)
        (folder / "report.html").write_text(render_html(visible_to(result, View.STUDENT), environment))
        (folder / "result.json").write_text(json.dumps(to_json(visible_to(result, View.INSTRUCTOR))))
        assert is_correct(result), "the submission is not correct"
    used = time.process_time() + tree_cpu(pid) - cpu
    return used / times, (time.perf_counter() - wall) / times


def having_torch(course: CourseAssignment) -> CourseAssignment:
    """Return an assignment whose workers have torch loaded."""
    own = course.assignment.runtime
    runtime = replace(own, modules=tuple(dict.fromkeys((*own.modules, "torch"))))
    return replace(course, assignment=replace(course.assignment, runtime=runtime))


def fresh_process(
    command: Sequence[str], variables: Mapping[str, str] = os.environ, folder: Path = HERE.parent
) -> Cost:
    """Run a command to its end and give what it used."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - wall


def peers(submission: Path, folder: Path) -> dict[str, Callable[[], Cost]]:
    """Give the usual ways, with numpy alone and with torch imported as deep-learning courses do."""
    plain, torch = (cold.variables(submission, with_torch=with_torch) for with_torch in (False, True))
    gradescope_command = [sys.executable, str(cold.HERE / "gradescope_harness.py"), str(folder / "results.json")]
    return {
        "pytest, cold": lambda: fresh_process(cold.COMMAND, plain),
        "gradescope-utils": lambda: fresh_process(gradescope_command, plain),
        "pytest, cold, with torch": lambda: fresh_process(cold.COMMAND, torch),
        "gradescope-utils, with torch": lambda: fresh_process(gradescope_command, torch),
        "import torch, nothing else": lambda: fresh_process([sys.executable, "-c", "import torch"]),
    }


def main() -> None:
    """Measure in turns and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--assignment", default="convnet")
    parser.add_argument("--submission", type=Path, help="by default the sample `correct`")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    course = Course(HERE.parent).load(options.assignment)
    submission = options.submission or course.folder / "samples" / "correct"
    with_torch = having_torch(course)
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name, Grader(course) as plain, Grader(with_torch) as heavy:
        folder, environment = Path(name), template_environment()
        ways = {
            "ours": lambda: ours(plain, submission, folder, environment),
            "ours, with torch": lambda: ours(heavy, submission, folder, environment),
            **(peers(submission, folder) if course.name == "convnet" else {}),
        }
        for grader in (plain, heavy):
            grader.grade(submission)
        for _ in range(options.rounds):
            for way, measure in ways.items():
                costs.setdefault(way, []).append(measure())
    medians = {way: tuple(map(statistics.median, zip(*rows, strict=True))) for way, rows in costs.items()}
    if options.json is not None:
        document = {
            "assignment": course.name, "checks": len(course.assignment.checks), "rounds": options.rounds,
            "cpu_seconds": {way: [cpu for cpu, _ in rows] for way, rows in costs.items()},
            "wall_seconds": {way: [wall for _, wall in rows] for way, rows in costs.items()},
        }  # fmt: skip
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(course.assignment.checks)} checks, median of {options.rounds} rounds")
    for way, (cpu, wall) in medians.items():
        base = medians["ours, with torch" if "torch" in way else "ours"]
        print(f"{way:30} {cpu:7.3f} s CPU {wall:7.3f} s wall {cpu / base[0]:6.1f} times our CPU")


if __name__ == "__main__":
    main()
