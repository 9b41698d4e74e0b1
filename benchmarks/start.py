"""How long a student waits: `grade run` from nothing beside a bare `import torch`, and a fork to its first answer.

Run it as `.venv/bin/python benchmarks/start.py [--rounds 5]`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader.course.discovery import Course
from grader.judging.grading import Grader
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes
from grader.submissions.read import read_submission

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "reference/convnet/samples/correct"
FORKS = 60


def seconds(command: list[str]) -> float:
    """Run a command to its end and give the wall time."""
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_answers() -> list[float]:
    """Time fork, confinement, loading the submission and one convolution, several times."""
    course = Course(ROOT).load("convnet")
    rng = np.random.default_rng(0)
    inputs = {
        "kind": "Conv2D",
        "arguments": [2, 3, 3, 1, 1],  # channels in and out, kernel, stride, padding
        "parameters": {"weight": rng.normal(size=(3, 2, 3, 3)), "bias": rng.normal(size=3)},
        "x": rng.normal(size=(2, 2, 5, 5)),
    }
    call = call_bytes("layer_forward", inputs)
    taken = []
    with Grader(course) as grader:
        grader.server.wait_until_ready()
        submission = read_submission(SAMPLE, course.assignment, course.provided)
        for _ in range(FORKS):
            session = Session(
                grader.server,
                submission.sources,
                course.drivers,
                course.assignment.runtime,
                provided=course.provided,
            )
            began = time.perf_counter()
            answer = session.observe(call, 5.0, 1)
            taken.append(time.perf_counter() - began)
            session.close()
            assert answer.failure is None, answer.failure
    return taken


def main() -> None:
    """Measure in turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    grade = str(Path(sys.executable).parent / "grade")
    ways: dict[str, Callable[[], float]] = {
        "import torch": lambda: seconds([sys.executable, "-c", "import torch"]),
        "grade run convnet": lambda: seconds([grade, "run", "convnet", "-s", str(SAMPLE), "--course", str(ROOT)]),
    }
    for measure in ways.values():
        measure()
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, measure in ways.items():
            taken[way].append(measure())
    medians = {way: statistics.median(times) for way, times in taken.items()}
    for way, median in medians.items():
        print(f"{way:20} {median:6.2f} s wall, cold start, median of {rounds}")
    print(f"ratio {medians['grade run convnet'] / medians['import torch']:.2f}")
    answers = sorted(first_answers())
    median, slow = statistics.median(answers), answers[int(len(answers) * 0.95)]
    print(f"fork to first answer of a convolution: median {median * 1e3:.1f} ms, 95 % under {slow * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
