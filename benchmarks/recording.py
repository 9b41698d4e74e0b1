"""What it costs to record forbidden operations: the processor time of each check, recorded and not.

    python benchmarks/recording.py [ASSIGNMENT [SAMPLE [ROUNDS]]]

Each check is graded alone, in turns with the rule and without; the least time of each counts.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from grader.course.discovery import Course
from grader.judging.grading import Grader, grade_submission
from grader.model.assignment import OperationsRule
from grader.submissions.read import read_submission

COURSE = Course(Path(__file__).parent.parent)


def main(name: str = "cnn_manual", sample: str = "correct", rounds: str = "20") -> None:
    """Grade a sample in turns with the rule of its rubric and without, and print each check's times."""
    course = COURSE.load(name)
    checks = tuple(replace(check, forbid=()) for check in course.assignment.checks)
    free = replace(course.assignment, operations_rule=OperationsRule(), checks=checks)
    submission = read_submission(course.folder / "samples" / sample, course.assignment, course.provided)
    with ExitStack() as stack:
        graders = [stack.enter_context(Grader(one)) for one in (course, replace(course, assignment=free))]
        print(f"{'check':20} {'not recorded':>12}  recorded")
        for check in course.assignment.checks:
            least = [float("inf"), float("inf")]
            for _ in range(int(rounds)):
                for place, grader in enumerate(graders):
                    (graded,) = grade_submission(grader, submission, only={check.name}).checks
                    least[place] = min(least[place], graded.cpu_seconds or float("inf"))
            recorded, plain = least
            print(f"{check.name:20} {1e3 * plain:9.2f} ms  {100 * (recorded / plain - 1):+7.1f} %")


if __name__ == "__main__":
    main(*sys.argv[1:])
