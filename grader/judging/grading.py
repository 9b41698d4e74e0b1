"""Grade: where the steps meet. Reading `grade_submission` is reading the program."""

from __future__ import annotations

import datetime as dt
import functools
import platform
import time
from collections.abc import Collection
from contextlib import closing
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import distribution_version
from grader.course.runtime_modules import refuse_missing_modules
from grader.course.variants import in_variant
from grader.errors import JudgingError, OverBudgetError, over_one_submission
from grader.judging.budget import Budget
from grader.judging.judge import Judge, Judgement
from grader.model.assignment import Visibility
from grader.model.result import Provenance, Result
from grader.results.answers import told_by_answer
from grader.rules import forbidden, registry
from grader.rules.scoring import check_results, part_scores, total
from grader.sandbox.host.server import server_for
from grader.sandbox.host.session import Session
from grader.subjects.recordings import Recordings
from grader.submissions.limited import SubmissionReader
from grader.submissions.read import Submission
from grader.wording.measures import rank_terms, telling_terms

MOST_VARIANTS_READY: Final = 64  # each keeps the compiled reference and mistakes of its own
RECORDINGS = Path(".grade") / "recordings"


RULES_TAKE_TOO_MUCH: Final = "applying the rules to its code takes more than one submission may, so it has no score"
BY_HANDOUT: Final = "graded with a hand-out: whoever has it can change its checks, so this is for its author alone"


class Grader:
    """An assignment made ready: its workers' server, hidden tests and recordings, for one submission after another.

    Submissions are isolated where the platform can, unless that is turned off; every result says which. `judge` is one
    that was made of this course under this seed, and has judged nobody.
    """

    def __init__(
        self,
        course: CourseAssignment,
        *,
        seed: int | None = None,
        recordings: Recordings | None = None,
        isolated: bool = True,
        judge: Judge | None = None,
    ) -> None:
        refuse_missing_modules(course)
        self.course = course
        self.reader = SubmissionReader(course.assignment, course.provided)
        self.asked = course.asked
        # Who has a hand-out runs their own code: the course's minimum is for those who run strangers'.
        required = course.assignment.isolation if course.has_reference else ()
        self.server = server_for(course.assignment.runtime, required, course.data, isolated=isolated)
        self.server.start()  # its imports run while the hidden tests are collected
        self._variants: dict[int, Grader] = {}
        try:
            self.judge = judge or Judge(course, recordings or recordings_of(course), seed)
        except BaseException:
            self.server.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self.close()

    def in_variant(self, number: int | None) -> Grader:
        """Return what grades by another variant of the assignment, with the same server and the same tests.

        Raises:
            CourseError: the variant's constants do not fit the course's files.
        """
        if number is None or self.course.variant is None or number == self.course.variant.number:
            return self
        made = self._variants.pop(number, None)
        if made is None:
            made = copy(self)
            made.course = in_variant(self.course, number)
            made.judge = copy(self.judge)
            made.judge.take_course(made.course)
        self._variants[number] = made  # behind all others: the one that was asked for longest ago goes first
        while len(self._variants) > MOST_VARIANTS_READY:
            del self._variants[next(iter(self._variants))]
        for name in ("tell_progress", "spares_time", "first", "seeks_examples"):
            setattr(made.judge, name, getattr(self.judge, name))
        return made

    def grade(self, path: Path, *, only: Collection[str] | None = None) -> Result:
        """Read and grade one submission, and say what its author has to know before the deadline.

        `only` names checks, where not all are graded.

        Raises:
            SubmissionError: it cannot be read.
            MachineError: the sandbox is not there.
            JudgingError: a bug of ours came up over it.
        """
        with over_one_submission(path.name):
            result = grade_submission(self, self.reader.read(path), only=only)
        broken = {outcome.rule for outcome in result.rules}
        terms = registry.terms(self.course.assignment)
        shown = [one.check for one in result.checks if one.visibility is Visibility.VISIBLE]
        measures = (say(check) for check in shown for say in (telling_terms, rank_terms))
        told = (*(terms[rule] for rule in terms if rule not in broken), *filter(None, measures))
        return replace(result, notes=(*result.notes, *told))

    def observe(
        self, submission: Submission, *, only: Collection[str] | None = None, seed: int | None = None
    ) -> Judgement:
        """Run a submission's hidden tests, all of them or those of some checks, under the course's seed or another."""
        self.server.wait_until_ready()
        session = self.session(submission)
        with closing(session):
            judgement = self.judge.judge(session, only=only, seed=seed)
        judgement.peak_bytes = session.peak_bytes
        return judgement

    def session(self, submission: Submission) -> Session:
        """Open a session of workers for a submission, which whoever asks for it closes."""
        runtime, provided = self.course.assignment.runtime, self.course.provided
        sources = {**submission.sources, **provided}  # as this variant has them, where it was read for another
        return Session(
            self.server, sources, self.course.drivers, runtime, submission.attachments, provided=provided,
            source_maps=submission.origins, unreadable=submission.unreadable,
            forbidden=self.course.assignment.forbidden, missing=submission.missing, asked=self.asked,
        )  # fmt: skip

    def close(self) -> None:
        """End the workers' server, the pytest session and the process that reads."""
        self.server.stop()
        self.reader.close()
        self.judge.tests.close()


def recordings_of(course: CourseAssignment) -> Recordings:
    """Read what a course's reference answered before."""
    return Recordings(course.folder.parent.parent / RECORDINGS / f"{course.name}.sqlite")


def grade_submission(
    grader: Grader,
    submission: Submission,
    *,
    only: Collection[str] | None = None,
    seed: int | None = None,
    observed: Judgement | None = None,
) -> Result:
    """Observe, judge, score: one submission to one result.

    `only` names checks, where not all are graded; `seed` is that of hidden inputs, where it is not the grader's own;
    `observed` is how its hidden tests ended, where they were run already.
    """
    began, cpu_began = time.monotonic(), time.process_time()
    graded = tuple(check for check in grader.judge.checks if only is None or check.name in only)
    assignment = replace(grader.course.assignment, checks=graded)
    judgement = grader.observe(submission, only=only, seed=seed) if observed is None else observed
    verdicts = told_by_answer(judgement.verdicts, grader.course.named_answers)
    try:
        with Budget.of(assignment.runtime).watched():  # rules look at all that was handed in and noted
            checks = check_results(assignment, forbidden.judged(assignment, verdicts, judgement.facts))
            rules = registry.broken(assignment, judgement.facts, total(checks, ()))
    except OverBudgetError:
        raise JudgingError(f"submission {submission.label}: {RULES_TAKE_TOO_MUCH}") from None
    return Result(
        assignment=assignment.name,
        title=assignment.title,
        submission=submission.label,
        score=total(checks, rules),
        max_score=assignment.max_score,
        parts=part_scores(assignment.parts, checks),
        checks=checks,
        rules=rules,
        notes=submission.notes if grader.course.has_reference else (*submission.notes, BY_HANDOUT),
        provenance=provenance(grader, submission, seed),
        cpu_seconds=sum(check.cpu_seconds for check in checks) + time.process_time() - cpu_began,
        seconds=time.monotonic() - began,
        stored_outputs=submission.stored_outputs,
        peak_bytes=judgement.peak_bytes,
        left_out=len(grader.course.assignment.checks) - len(graded),
    )


def record_answers(handout: CourseAssignment, course: CourseAssignment) -> int:
    """Keep in a hand-out, which has no reference, what the course's answers to its checks; return how many answers."""
    with Grader(handout) as grader:
        grader.judge.record_reference_of(course)
        return grader.judge.recordings.save()


def provenance(grader: Grader, submission: Submission, seed: int | None = None) -> Provenance:
    """Return what a score depends on."""
    course = grader.course
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Provenance(
        submission=submission.digest,
        tests=course.tests_digest,
        reference=course.reference_digest,
        versions={**own_versions(), **grader.server.versions},
        isolation=grader.server.layers,
        seed=grader.judge.seed if seed is None else seed,
        graded_at=now,
        variant=None if course.variant is None else course.variant.number,
    )


@functools.cache
def own_versions() -> dict[str, str]:
    """Return the versions of Python and of this harness, the latter where it is installed."""
    harness = distribution_version("grader")  # empty where it runs from unpacked sources
    return {"python": platform.python_version()} | ({"grader": harness} if harness else {})
