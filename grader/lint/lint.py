"""Test the tests: prove for an assignment that its checks see what they should and cost nobody a point wrongly.

Every rule is one function that yields sentences; a sentence is a problem that the assignment's author has to mend.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np
import pytest

from grader.authoring import Mistake
from grader.authoring.compare import DifferenceKind, Mismatch
from grader.course.assignment import CourseAssignment
from grader.course.samples import FILE as SAMPLES_FILE
from grader.course.samples import Sample, read_samples, unlisted_samples
from grader.course.stubs import attached_stubs, handout, signature_differences
from grader.diagnosis.mistakes_file import misfits
from grader.diagnosis.patched import patched
from grader.judging.grading import Grader, grade_submission
from grader.judging.judge import Judge
from grader.judging.plugin import IMPLEMENTATIONS, asks_us_for
from grader.lint.conventions import convention_problems
from grader.lint.formula_faults import formula_faults
from grader.lint.margins import Margin, excess, margin_problems
from grader.lint.quoting import quoted_answer, unwritten_sentences
from grader.lint.reach import Reach
from grader.lint.reference_faults import endless_mistakes, reference_faults
from grader.lint.rubric_faults import rubric_faults
from grader.lint.telling import telling_problems
from grader.lint.thoughtless import is_failure, thoughtless_problems, waits
from grader.lint.unseeded import unseeded_problems
from grader.lint.variants import variant_problems
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.model.result import Verdict
from grader.model.status import Status
from grader.subjects.student import Call, Driver
from grader.submissions.read import Submission, read_submission
from grader.wording.text import counted

SEEDS: Final = (1, 2, 3)  # besides the assignment's own
TARGET_NAMED: Final = Fraction(95, 100)
CORRECT_SAMPLES: Final = 2
NO_MISTAKE: Final = "mistakes.py has no mistake, expected one for each check that it is the first to catch"
LINE_END: Final = "\n"


@dataclass(slots=True)
class Findings:
    """What linting found: problems, where hidden checks quote answers, and figures worth printing.

    It is not complete where the reference itself fails or a mistake never ends: most else would follow from that.
    """

    problems: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    is_complete: bool = True
    margins: dict[str, Margin] = field(default_factory=dict)
    named: dict[str, bool] = field(default_factory=dict)

    @property
    def named_share(self) -> Fraction:
        """The share of mistakes that a submission making them is told by name."""
        return Fraction(sum(self.named.values()), len(self.named)) if self.named else Fraction(1)


@dataclass(slots=True)
class FoundUnderSeeds:
    """What was found under seeds: each finding is told once, with the seeds and what was seen under the first."""

    seeds: tuple[int, ...]
    _found: dict[str, dict[int, str]] = field(default_factory=dict)

    def add(self, seed: int, finding: str, seen: str = "") -> None:
        """Keep that something was found under a seed, and what was seen there."""
        self._found.setdefault(finding, {}).setdefault(seed, seen)

    def problems(self) -> Iterator[str]:
        """Format each finding as one sentence."""
        for finding, by_seed in self._found.items():
            seeds = "every seed" if len(by_seed) == len(set(self.seeds)) else f"seed {', '.join(map(str, by_seed))}"
            seen = next(iter(by_seed.values()))
            yield f"under {seeds}: {finding}{f': {seen}' if seen else ''}"


def lint(
    grader: Grader,
    wanted: Mapping[str, str],
    present: Mapping[str, str],
    runs: int = 20,
    seeds: tuple[int, ...] = SEEDS,
    *,
    draft: bool = False,
) -> Findings:
    """Check everything about one assignment.

    Args:
        grader: Grades it.
        wanted: The files of `student/<assignment>/` as the generator makes them.
        present: The same files as they are.
        runs: How often correct samples are graded, to find flaky checks.
        seeds: Those that reference and mistakes are tried under, besides the assignment's own.
        draft: Whether mistakes, samples and the students' files may still be missing.
    """
    findings, judge = Findings(), grader.judge
    findings.problems += stub_problems(grader.course, wanted, wanted if draft else present)
    findings.problems += rubric_faults(grader.course)
    findings.problems += formula_faults(grader.course, judge.mistakes.mistakes)
    findings.problems += left_out_problems(grader.course)
    reach = Reach(judge)
    if faults := [*stopping_faults(grader, reach)]:
        findings.problems += faults
        findings.is_complete = False
        return findings
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", RuntimeWarning
        )  # of mistakes and of what is tried; the reference's own were told
        findings.problems += reference_problems(grader, seeds)
        findings.problems += telling_problems(judge)
        findings.problems += unseeded_problems(judge)
        findings.problems += unwritten_problems(grader)
        findings.quoted += unwritten_sentences(grader.course)
        findings.problems += [] if judge.mistakes.mistakes or draft else [NO_MISTAKE]
        findings.problems += mistake_problems(judge, findings, seeds, reach)
        findings.problems += convention_problems(judge)
        findings.problems += variant_problems(grader, variant_faults)
        findings.problems += thoughtless_problems(judge)
        findings.problems += sample_problems(grader, findings, runs, least=0 if draft else CORRECT_SAMPLES)
        findings.problems += naming_problems(grader, findings)
        findings.problems += margin_problems(findings.margins)
    return findings


def variant_faults(grader: Grader) -> list[str]:
    """Return how reference and mistakes fail in a variant, under the assignment's own seed."""
    return [*reference_faults(grader, the_reference(grader))] or [*mistake_problems(grader.judge, Findings(), ())]


def the_reference(grader: Grader) -> Submission:
    """Hand in the reference as a student would."""
    return as_submission(grader.course, "reference", grader.course.solution, grader.course.attached)


def stopping_faults(grader: Grader, reach: Reach | None = None) -> list[str]:
    """Return how the reference fails, noting its reach, or else which mistakes never end: most else follows from it."""
    reference = the_reference(grader)
    if any(IMPLEMENTATIONS in asks_us_for(cases[0]) for cases in grader.judge.tests.cases.values()):  # these run them
        return [*endless_mistakes(grader)] or [*reference_faults(grader, reference, reach)]
    return [*reference_faults(grader, reference, reach)] or [*endless_mistakes(grader)]


def stub_problems(course: CourseAssignment, wanted: Mapping[str, str], present: Mapping[str, str]) -> Iterator[str]:
    """Find where `student/` is not what the generator makes, or a signature differs from the reference's."""
    for path in sorted(set(wanted) | set(present)):
        if path not in wanted:
            yield f"student/{course.name}/{path} is none of the files that students get: remove it"
        elif wanted[path] != present.get(path):
            what = "is not what the generator makes" if path in present else "is missing"
            yield f"student/{course.name}/{path} {what}: run `grade stubs {course.name}`"
    stubs = handout(course.solution, course.assignment.files, are_cells=bool(course.notebook))
    for path in course.assignment.files:
        for difference in signature_differences(stubs[path], course.solution[path]):
            yield f"{path}: {difference}"


def left_out_problems(course: CourseAssignment) -> Iterator[str]:
    """Say of each mistake and convention that a draft is linted without what does not fit."""
    for name, problems in misfits(course).items() if course.left_out else ():
        more = f", and {counted(len(problems) - 1, 'problem')} more" if len(problems) > 1 else ""
        yield f"{problems[0].file}: {name} is left out: {problems[0].message}{more}"


def as_submission(
    course: CourseAssignment, label: str, sources: Mapping[str, str], attached: Mapping[str, bytes] | None = None
) -> Submission:
    """Hand in a tree as a student would."""
    return Submission(label, {**sources, **course.provided}, (), (), {}, label, dict(attached or {}))


def reference_problems(grader: Grader, seeds: tuple[int, ...] = SEEDS) -> Iterator[str]:
    """Find checks that the reference, graded in the sandbox as a submission, does not pass under every seed."""
    reference = the_reference(grader)
    found = FoundUnderSeeds((grader.judge.seed, *seeds))
    for seed in found.seeds:
        result = grade_submission(grader, reference, seed=seed)
        for row in result.checks:
            if row.status not in {Status.PASSED, Status.BLOCKED}:  # the latter waits for a person
                seen = f"{row.message} {row.detail.strip().rpartition(LINE_END)[2]}".strip()
                found.add(seed, f"{row.name} is {row.status} on the reference", seen)
            if row.mistakes:
                found.add(seed, f"the reference is told {row.mistakes[0].name}")
        for outcome in result.rules:
            if outcome.points:
                prints = ", ".join(row.name for row in result.checks if " printed: " in row.detail)
                lost = f"the reference loses {float(-outcome.points):g} points by a rule"
                found.add(seed, f"{lost}{f' in {prints}' if prints else ''}", outcome.message)
    yield from found.problems()
    yield from single_precision_problems(grader.judge)


def single_precision_problems(judge: Judge) -> Iterator[str]:
    """Find checks that the reference fails when every input is float32."""

    def halved(driver: Driver, **inputs: Value) -> Value:
        return reference(driver, **{name: in_single_precision(value) for name, value in inputs.items()})

    reference = judge.reference
    for check in judge.checks:
        if IMPLEMENTATIONS in asks_us_for(judge.tests.cases[check.name][0]):
            continue  # the inputs are what the tests themselves ask for
        errors = (judge.run_case_with(check, item, halved, halved) for item in judge.tests.cases[check.name])
        error = next(filter(is_failure, errors), None)
        if error is not None:
            yield f"{check.name}: the reference fails in float32: {error}"


def in_single_precision(value: Value) -> Value:
    """Cast the float64 arrays of a tree to float32."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    if isinstance(value, dict):
        return {key: in_single_precision(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [in_single_precision(item) for item in value]
    return value


def unwritten_problems(grader: Grader) -> Iterator[str]:
    """Find checks in which the bare stub earns something, or is not told that it is unwritten."""
    course = grader.course
    stubs = handout(course.solution, course.assignment.files, are_cells=bool(course.notebook))
    attached = {path: text.encode() for path, text in attached_stubs(course.attached).items()}
    for row in grade_submission(grader, as_submission(course, "stub", stubs, attached)).checks:
        if row.points:
            yield f"the stub earns {float(row.points):g} in {row.name}"
        if row.status not in {Status.UNWRITTEN, Status.BLOCKED}:
            yield f"{row.name} is {row.status} on the stub, expected unwritten: {row.message}"


def mistake_problems(
    judge: Judge, findings: Findings, seeds: tuple[int, ...] = SEEDS, reach: Reach | None = None
) -> Iterator[str]:
    """Find mistakes that fail other checks than they say, and checks that no mistake singles out.

    Under each seed every mistake is made; other ways to write it are made under the assignment's own. A case in which
    a mistake changes no answer under that is not run for it under the others.
    """
    reach = reach or Reach(judge)
    found = FoundUnderSeeds((judge.seed, *seeds))
    for seed in found.seeds:
        first: set[str] = set()
        known = judge.mistakes.mistakes
        for mistake in (way for one in known for way in one.variants()) if seed == judge.seed else known:
            failing = failing_checks(judge, mistake, seed, reach, findings)
            for name in sorted(set(failing) ^ set(mistake.fails)):
                verb = "fails" if name in failing else "passes"
                found.add(seed, f"the mistake {mistake.name} {verb} {name}, other than it says")
            first.update(failing[:1])
        for check in judge.checks:
            is_open = waits(judge, check) or bool(judge.course.left_out)  # one of those may be first caught by it
            if check.name not in first and judge.mistakes.mistakes and not is_open:
                found.add(seed, f"no mistake is first caught by {check.name}: it is implied by another check")
    yield from found.problems()


def failing_checks(judge: Judge, mistake: Mistake, seed: int, reach: Reach, findings: Findings) -> tuple[str, ...]:
    """Return the checks that a mistake fails under a seed, in the order of the rubric."""
    reached = [(check, reach.cases(check, mistake, seed)) for check in judge.checks]
    return tuple(check.name for check, cases in reached if fails(reach, check, cases, mistake, findings, seed))


def fails(
    reach: Reach, check: Check, cases: Sequence[pytest.Function], mistake: Mistake, findings: Findings, seed: int
) -> bool:
    """Return whether cases of a hidden test catch a mistake; notes how far beyond the tolerance it is."""
    judge = reach.judge
    for item in cases:
        key = reach.outcome_key(check, item, mistake, seed)
        if key in reach.is_failed:
            if reach.is_failed[key]:
                return True
            continue
        with reach.watched(check, item, mistake) as student:
            error = judge.run_case_with(check, item, student, seed=seed)
        reach.is_failed[key] = is_failure(error)
        if not reach.is_failed[key]:
            continue
        quoted = quoted_answer(check, error, judge.sentences)
        findings.quoted += [quoted] if quoted is not None and quoted not in findings.quoted else []
        if isinstance(error, Mismatch):
            wrong = [found for found in error.differences if found.kind is DifferenceKind.VALUE]
            values = [  # text and whole numbers are right or are not
                found for found in wrong if found.expected is not None and found.expected.dtype.kind in "fc"
            ]
            distance = max((excess(found.got, found.expected) for found in values), default=np.inf)
            margin = findings.margins.setdefault(check.name, Margin())
            margin.smallest_mistake = min(margin.smallest_mistake, distance)
        return True
    return False


def sample_problems(grader: Grader, findings: Findings, runs: int, least: int = CORRECT_SAMPLES) -> Iterator[str]:
    """Find samples that do not score as stated, checks that fail one that is stated as right, and too few such samples.

    Measures on the way how near right samples come to the tolerance.
    """
    for name in unlisted_samples(grader.course):
        yield f"samples/{name} has no table in samples/{SAMPLES_FILE}, so that it is never graded"
    right = 0
    are_as_stated = True
    known = {mistake.name for mistake in grader.judge.mistakes.mistakes}
    for sample in read_samples(grader.course):
        if not grader.course.left_out.isdisjoint(sample.mistakes):
            continue  # who made them is told nothing
        submission = read_submission(sample.path, grader.course.assignment, grader.course.provided)
        judgement = grader.observe(submission)
        result = grade_submission(grader, submission, observed=judgement)
        differing = sample.disagreements(result, known)
        for text in differing:
            yield f"sample {sample.name} {text}"
        are_as_stated = are_as_stated and not differing
        if is_stated_right(grader, sample):
            right += 1
            measure_correct(grader.judge, judgement.calls, findings)
            again = (grader.observe(submission).verdicts for _ in range(runs - 1))
            yield from flaky_problems(grader.course, sample, [judgement.verdicts, *again])
    if right < least and are_as_stated:  # else it may follow from what is stated wrongly
        yield f"{right} samples earn all points, expected at least {least} of different style"


def is_stated_right(grader: Grader, sample: Sample) -> bool:
    """Return whether a sample is said to lose nothing: it has all points but those that wait for a person here."""
    judge = grader.judge
    waiting = sum(check.points for check in judge.checks if waits(judge, check))
    fails = set(sample.statuses.values()) - {Status.PASSED, Status.BLOCKED}
    return sample.score == grader.course.assignment.max_score - waiting and not fails


def naming_problems(grader: Grader, findings: Findings) -> Iterator[str]:
    """Find mistakes whose makers are not told their name in any failed check."""
    course = grader.course
    for mistake in (one for one in grader.judge.mistakes.mistakes if one.fails):
        for variant in mistake.variants():
            tree, attached = patched(course, variant)
            submission = as_submission(course, variant.name, tree, attached)
            result = grade_submission(grader, submission, only=mistake.fails)  # it is named nowhere else
            told = {named.name for row in result.checks for named in row.mistakes}
            findings.named[variant.name] = mistake.name in told
    if findings.named_share < TARGET_NAMED:
        silent = ", ".join(name for name, named in findings.named.items() if not named)
        share = float(findings.named_share)
        yield f"{share:.0%} of mistakes are named, expected {float(TARGET_NAMED):.0%}; not: {silent}"


def flaky_problems(course: CourseAssignment, sample: Sample, verdicts: Sequence[Sequence[Verdict]]) -> Iterator[str]:
    """Find checks that cost a right sample points, each once: in every run that gave verdicts, or in some."""
    worth = {check.name: check.points for check in course.assignment.checks}
    lost: dict[str, list[Status]] = {}
    for verdict in (one for run in verdicts for one in run):
        if verdict.status not in {Status.PASSED, Status.BLOCKED} and worth[verdict.check]:
            lost.setdefault(verdict.check, []).append(verdict.status)
    for check, statuses in lost.items():
        what = f"{' or '.join(dict.fromkeys(statuses))} on sample {sample.name}"
        if len(statuses) < len(verdicts):
            yield f"{check} is flaky: {what} in {len(statuses)} of {len(verdicts)} runs"
        else:
            yield f"{check} is {what} in every run, and the sample is stated as right"


def measure_correct(judge: Judge, calls: Mapping[str, Sequence[Call]], findings: Findings) -> None:
    """Note how near to the tolerance a correct submission comes in each check."""
    for name, made in calls.items():
        margin = findings.margins.setdefault(name, Margin())
        for call in made:
            right = judge.reference.message(call.driver, call.identity)
            reached = excess(call.observation.value, right.body)
            if reached <= 1:  # beyond it and passed all the same: the check takes several answers for right
                margin.largest_correct = max(margin.largest_correct, reached)
