"""Find out during a run whether the machine or the course is at fault, where submission after submission shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from grader.batch.executors.protocol import BatchExecutor, check_in_worker, check_reference_in_worker
from grader.batch.jobs import NotGraded, ReferenceCheck, RunConfig
from grader.errors import DroppedError, GradeError, MachineError, Problem, RepeatedVoidError
from grader.model.status import Status

MOST_FAILURES: Final = 3  # in a row, before it is found out whether the machine is broken rather than submissions
MOST_VOID: Final = 3  # results, before the reference is asked whether it fails too


@dataclass(slots=True)
class Faults:
    """What went wrong so far that submissions may not be to blame for.

    `failures` are submissions in a row that could not be graded. `problems` say what the reference itself fails in.
    """

    config: RunConfig
    failures: int = 0
    problems: tuple[Problem, ...] = ()
    _void: int = 0
    _void_checks: set[str] = field(default_factory=set)
    _asks_at: int = MOST_VOID

    def note_void(self, statuses: Mapping[str, str]) -> None:
        """Count a void result, whose checks ended with these statuses."""
        self._void += 1
        self._void_checks.update(name for name, status in statuses.items() if status == Status.VOID)

    def found(self, executor: BatchExecutor, graded: int) -> MachineError | RepeatedVoidError | None:
        """Return what a run has to stop for, after so many submissions were graded; None where it goes on."""
        if self.failures >= MOST_FAILURES and not graded:
            return self._of_machine(executor)
        if self._void >= self._asks_at:
            self.ask_reference(executor)
            return RepeatedVoidError(self.problems) if self.problems else None
        return None

    def ask_reference(self, executor: BatchExecutor) -> None:
        """Find out whether the reference fails where results are void: then none will count before it is mended."""
        if not self._void or self.problems:
            return
        asked = ReferenceCheck(self.config, tuple(sorted(self._void_checks)))
        try:
            problems = executor.submit(check_reference_in_worker, asked).result()
        except GradeError:  # nothing is known then, and what the results say stands
            problems = ()
        if not isinstance(problems, NotGraded):
            self.problems = problems
        self._asks_at = 2 * self._void

    def _of_machine(self, executor: BatchExecutor) -> MachineError | None:
        """Where submission after submission fails and none was graded, find out whether that is the machine's fault."""
        try:
            refusal = executor.submit(check_in_worker, self.config).result()
        except DroppedError:
            return None
        except GradeError as error:
            refusal = NotGraded(str(error))
        failures, self.failures = self.failures, 0
        if refusal is None:
            return None
        return MachineError(f"{failures} submissions failed and none was graded: {refusal.message}")
