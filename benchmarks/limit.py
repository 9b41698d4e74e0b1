"""The floor under what grading a submission costs: its own driver calls, with nothing of ours around them.

    .venv/bin/python benchmarks/limit.py [ASSIGNMENT...] [--rounds 5] [--passes 10] [--torch] [--json FILE]

For each assignment the calls that grading its sample `correct` makes are recorded, and made again in a fresh
interpreter that has loaded what the assignment allows, in two ways: over and over in one warm interpreter, and once in
each of many forks of it. Beside them what `grade` takes, with isolation, judging, scoring and report, in the same
rounds. Processor seconds for one submission, medians; the ratio is to the fork. For a fair second column both have
torch loaded where the assignment has it, and with --torch also where it has not.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from cost import having_torch, is_correct, ours

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.judging.grading import Grader
from grader.reporting.html import template_environment
from grader.sandbox import protocol
from grader.sandbox.host.forked_worker import ForkedWorker

ROOT = Path(__file__).parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # as workers have
PASSES = 10  # of the calls in one measurement
WARM_ROUNDS = 3


def recorded(course: CourseAssignment) -> dict[str, Any]:
    """Record what workers are asked while the sample `correct` is graded: by what each loads, its calls and seeds."""
    calls: defaultdict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
    loads: dict[int, bytes] = {}  # by the worker's process
    ask, call_batch = ForkedWorker.ask, ForkedWorker.call_batch

    def asked(self: ForkedWorker, kind: str, body: Any, seconds: float, call: bytes = b"") -> Any:  # noqa: ANN401
        if kind == "load":
            loads[self.pid] = protocol.encode(kind, 0, body)
        else:
            calls[loads[self.pid]].append((body["seed"], bytes(call)))
        return ask(self, kind, body, seconds, call)

    def batched(self: ForkedWorker, requests: Sequence[Any], *rest: Any) -> Any:  # noqa: ANN401
        replies = call_batch(self, requests, *rest)
        calls[loads[self.pid]] += [(one.order["seed"], bytes(one.call)) for one in requests[: len(replies)]]
        return replies

    ForkedWorker.ask, ForkedWorker.call_batch = asked, batched  # type: ignore[method-assign]  # put back below
    try:
        with Grader(course) as grader:
            result = grader.grade(course.folder / "samples" / "correct")
    finally:
        ForkedWorker.ask, ForkedWorker.call_batch = ask, call_batch  # type: ignore[method-assign]
    if not is_correct(result):
        raise ValueError(f"its sample `correct` has {result.score} of {result.max_score} here")
    return {"modules": course.assignment.runtime.modules, "calls": dict(calls)}


def floors(kept: Path, passes: int) -> None:
    """Be the process that is measured: load once, then print a line of both floors for each line that is read."""
    from grader.sandbox.guest.driver_modules import compiled_modules  # noqa: PLC0415  # not of the process that asks
    from grader.sandbox.guest.parts import parts_of  # noqa: PLC0415
    from grader.sandbox.guest.preload import import_allowed, import_standard_library, warm  # noqa: PLC0415
    from grader.sandbox.guest.worker import Worker, seed_generators, taken_names  # noqa: PLC0415

    facts = pickle.loads(kept.read_bytes())  # noqa: S301  # written by this script
    os.chdir(kept.parent)  # where some submissions are laid out
    answers, replies = sys.stdout, os.open(os.devnull, os.O_WRONLY)
    import_allowed(facts["modules"])
    import_standard_library()
    warm()
    taken_names()
    compiled_modules()
    parts_of(tuple(name.partition(".")[0] for name in facts["modules"]))
    os.dup2(replies, 4)  # where a worker sends its notes
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  # what the submission prints
    finders = list(sys.meta_path)
    asked = [
        (protocol.decode(memoryview(load)).body, [(seed, protocol.decode(memoryview(frame))) for seed, frame in calls])
        for load, calls in facts["calls"].items()
    ]

    def loaded() -> list[Worker]:
        """Load what is asked of: the submission, and where there are any the files beside it without its code."""
        workers = []
        for load, _calls in asked:
            sys.meta_path[:] = finders
            worker = Worker()
            worker.load(load)
            workers.append(worker)
        return workers

    def called(workers: list[Worker]) -> None:
        """Make all calls on one execution of the submission: that each finds it afresh is of our making."""
        for worker, (_load, calls) in zip(workers, asked, strict=True):
            with worker.program.running():
                drivers = worker.drivers.fresh()
                for seed, call in calls:
                    seed_generators(seed)
                    with suppress(Exception):  # some calls are there to raise
                        getattr(drivers, call.kind)(worker.program, **cast("dict[str, Any]", call.body))

    gc.collect()
    gc.freeze()  # or a collection in a fork would copy all that is shared, and be no floor
    for _line in sys.stdin:
        forked = _mean(lambda: _forked(lambda: called(loaded())), passes)
        answers.write(f"{forked}\n")
        answers.flush()
    # The warm interpreter comes last: what a submission leaves behind would be in every fork.
    workers = loaded()
    called(workers)
    for _ in range(WARM_ROUNDS):
        answers.write(f"{_mean(lambda: called(workers), passes)}\n")
    answers.flush()


def _mean(once: Callable[[], object], passes: int) -> float:
    before = _used()
    for _ in range(passes):
        once()
    return (_used() - before) / passes


def _used() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def _forked(work: Callable[[], object]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def measured(course: CourseAssignment, rounds: int, passes: int = PASSES) -> tuple[float, float, float, int]:
    """Return processor seconds of the warm interpreter, of a fork and of `grade`, and how many calls there are.

    They are medians of the rounds.
    """
    with tempfile.TemporaryDirectory() as name, Grader(course) as grader:
        kept, folder = Path(name, "calls"), Path(name)
        facts = recorded(course)
        kept.write_bytes(pickle.dumps(facts))
        submission, environment = course.folder / "samples" / "correct", template_environment()
        grader.server.wait_until_ready()
        ours(grader, submission, folder, environment, passes)  # which compiles the templates
        process = subprocess.Popen(
            [sys.executable, __file__, "--measured", kept, "--passes", str(passes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD},
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        forks, whole = [], []
        for _ in range(rounds):
            whole.append(ours(grader, submission, folder, environment, passes)[0])
            process.stdin.write("\n")
            process.stdin.flush()
            forks.append(float(process.stdout.readline()))
        process.stdin.close()
        warm = [float(line) for line in process.stdout]
        process.wait()
        count = sum(map(len, facts["calls"].values()))
    return statistics.median(warm), statistics.median(forks), statistics.median(whole), count


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=PASSES, help="gradings, and calls of everything, in a round")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--torch", action="store_true", help="have torch loaded for every assignment")
    parser.add_argument("--measured", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measured:
        floors(options.measured, options.passes)
        return
    found = Course(ROOT)
    print(f"processor milliseconds for one submission, median of {options.rounds} rounds of {options.passes}")
    print("| assignment | calls | warm interpreter | fork | grade | times the fork |\n|---|---|---|---|---|---|")
    rows: dict[str, dict[str, float]] = {}
    for name in options.assignments or found.names():
        course = found.load(name)
        if options.torch:
            course = having_torch(course)
        try:
            warm, fork, whole, count = measured(course, options.rounds, options.passes)
        except ValueError as error:  # data is missing, or the machine is too busy for a limit
            sys.stderr.write(f"{name}: not measured, {error}\n")
            continue
        milliseconds = " | ".join(f"{1000 * value:.1f}" for value in (warm, fork, whole))
        print(f"| {name} | {count} | {milliseconds} | {whole / fork:.1f} |", flush=True)
        rows[name] = {"calls": count, "warm": warm, "fork": fork, "grade": whole}
        if options.json is not None:  # what is known so far: a long run may be ended
            document = {"rounds": options.rounds, "passes": options.passes, "assignments": rows}
            options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
