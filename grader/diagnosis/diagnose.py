"""Find out why checks failed: known mistakes by name, else what the values show, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from grader.authoring import Mistake
from grader.authoring.compare import Difference
from grader.diagnosis.known_mistakes import HashedCase, KnownMistakes
from grader.diagnosis.picture import picture
from grader.diagnosis.reasons import reasons
from grader.model.assignment import ImageLayout
from grader.model.result import NamedMistake, Picture
from grader.model.status import Status
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject
from grader.subjects.student import Call

LEAST_CASES: Final = 2
MOST_VALUES: Final = 1 << 22  # of an answer that reasons are sought for: a wrong one may be as large as it likes


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a check failed, as far as the values tell; `detail` is for the instructor."""

    reasons: tuple[str, ...] = ()
    mistakes: tuple[NamedMistake, ...] = ()
    picture: Picture | None = None
    detail: str = ""


def diagnoses(
    outcomes: Mapping[str, Sequence[Case]],
    known: KnownMistakes,
    reference: CourseSubject,
    *,
    public: Container[str] = frozenset(),
    maps: Container[str] = frozenset(),
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> dict[str, Diagnosis]:
    """Diagnose every check that failed in a submission.

    A mistake is named in each check that it explains, once the cases it explains are at least two in all checks
    together: one case could be chance. A right value where a mistake makes it wrong silences it in all checks, and
    so do other wrong values of the same driver, and another exception of the same line. Two mistakes at once, of
    which there are many, have to explain every check that they reach and that failed on a value. `public` names the
    checks of which a student may be shown all values, `maps` those whose arrays are drawn as maps beside the
    expected ones, and `layout` says what the axes of images are.
    """
    failed = {name: cases for name, cases in outcomes.items() if is_worth_it(cases)}
    hashed = cache(lambda name: tuple(map(HashedCase.of, outcomes[name])))
    asked = outcomes if failed else ()
    known, reference, others = known.as_answered((case for name in asked for case in hashed(name)), reference)
    explained = {name: known.agreeing_in_any(name, hashed(name), reference, others) for name in failed}
    elsewhere = {mistake for found in explained.values() for mistake in found}
    unexplained = [name for name, found in explained.items() if not found]
    passed = frozenset(
        call.digest
        for name in (outcomes if unexplained else ())
        for case in hashed(name)
        if not case.has_failed
        for call in case.calls
    )

    @cache
    def is_possible(mistake: Mistake) -> bool:
        return not known.is_refuted(mistake, [hashed(name) for name in mistake.fails if name in outcomes], reference)

    explaining = {
        name: known.agreeing_pairs(name, hashed(name), reference, elsewhere, passed, is_possible)
        for name in unexplained
    }
    pairs = _shared(explaining, known.mistakes)
    found_in = {**explained, **pairs}
    untold = {name for name in unexplained if not explaining[name] and _has_values(failed[name])}
    refuted = {
        mistake
        for mistake in {mistake for found in found_in.values() for mistake in found}
        if not is_possible(mistake)
        or _is_contradicted(mistake, found_in, failed)
        or known.is_of_another_exception(
            mistake,
            [hashed(name) for name, found in found_in.items() if mistake in found],
            [hashed(name) for name in mistake.fails if name in failed and mistake not in found_in[name]],
            reference,
        )
        or any(
            name in failed
            and mistake not in found_in[name]
            and known.is_of_other_values(mistake, hashed(name), reference)
            for name in mistake.fails
        )
    }
    agreeing = _widest(
        {
            name: {mistake: count for mistake, count in found.items() if mistake not in refuted}
            for name, found in found_in.items()
            if name not in pairs or all(untold.isdisjoint(mistake.fails) for mistake in found)
        },
        together=pairs,
    )
    totals = sum(map(Counter, agreeing.values()), Counter[Mistake]())
    named = {
        name: tuple(
            NamedMistake(one.name, one.says, one.hint) for one in agreeing.get(name, {}) if totals[one] >= LEAST_CASES
        )
        for name in failed
    }
    return {
        name: diagnosis(cases, named[name], reference, is_public=name in public, draws_maps=name in maps, layout=layout)
        for name, cases in failed.items()
    }


def _shared(
    explaining: Mapping[str, Mapping[frozenset[Mistake], int]], mistakes: Sequence[Mistake]
) -> dict[str, dict[Mistake, int]]:
    """Take for each check of several pairs those that explain most checks, and of these what they have in common.

    What is found is in the order of all `mistakes`.
    """
    votes = Counter(pair for found in explaining.values() for pair in found)
    shared: dict[str, dict[Mistake, int]] = {}
    for name, found in explaining.items():
        likeliest = [pair for pair in found if votes[pair] == max(map(votes.__getitem__, found))]
        common = frozenset.intersection(*likeliest) if likeliest else frozenset()
        shared[name] = {one: max(found.values()) for one in mistakes if one in common and name in one.fails}
    return shared


def _is_contradicted(
    mistake: Mistake, found_in: Mapping[str, Mapping[Mistake, int]], failed: Mapping[str, Sequence[Case]]
) -> bool:
    """Return whether a mistake leaves more wrong values of the same drivers unexplained than it explains.

    Another fault may stand beside it where other drivers are called; where the same ones are, it mostly is another.
    """
    explained = [name for name, found in found_in.items() if mistake in found]
    drivers = {call.driver for name in explained for call in _calls(failed[name])}
    others = [
        name
        for name in mistake.fails
        if name in failed
        and name not in explained
        and drivers.issuperset(call.driver for call in _calls(failed[name]))
        and _has_values(failed[name])
    ]
    return len(others) > len(explained)


def _has_values(cases: Sequence[Case]) -> bool:
    """Return whether a check failed on a value: an exception may come from another fault before it."""
    return any(case.status is Status.FAILED for case in cases)


def _calls(cases: Sequence[Case]) -> Iterator[Call]:
    return (call for case in cases for call in case.calls)


def _widest(
    agreeing: Mapping[str, Mapping[Mistake, int]], *, together: Container[str]
) -> dict[str, dict[Mistake, int]]:
    """Leave a mistake out of a check where another explains it as well, and more checks beside it.

    In the checks `together` mistakes explain what they do only with each other, so that none stands in for another.
    """
    explained = {
        one: frozenset(name for name, found in agreeing.items() if one in found)
        for found in agreeing.values()
        for one in found
    }
    return {
        name: {
            one: count
            for one, count in found.items()
            if name in together or not any(explained[one] < explained[other] for other in found)
        }
        for name, found in agreeing.items()
    }


def is_worth_it(cases: Sequence[Case]) -> bool:
    """Return whether there is something to explain: an answer or an exception, and no fault of the course."""
    wrong = {case.status for case in cases} - {Status.PASSED}
    return bool(wrong - {Status.UNWRITTEN}) and Status.VOID not in wrong


def diagnosis(
    cases: Sequence[Case],
    named: tuple[NamedMistake, ...],
    reference: CourseSubject,
    *,
    is_public: bool,
    draws_maps: bool = False,
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> Diagnosis:
    """Show where the first wrong array is wrong, and give generic reasons where no mistake was named."""
    case = next((case for case in cases if case.differences), None)
    if case is None:
        return Diagnosis(mistakes=named)
    difference = case.differences[0]
    found = () if named else generic_reasons(case, difference, cases, reference, is_public=is_public, layout=layout)
    drawn = picture(difference, is_public=is_public, draws_maps=draws_maps, layout=layout)
    return Diagnosis(found, named, drawn)


def generic_reasons(
    case: Case,
    difference: Difference,
    cases: Sequence[Case],
    reference: CourseSubject,
    *,
    is_public: bool,
    layout: ImageLayout = ImageLayout.CHANNELS_FIRST,
) -> tuple[str, ...]:
    """Find reasons for one difference from the call that gave it and the call before."""
    call = case.source(difference)
    if call is None or difference.got is None or difference.expected is None or difference.got.size > MOST_VALUES:
        return ()
    made = [made for case in cases for made in case.calls]
    before = made.index(call) - 1
    return reasons(
        difference.got, difference.expected, name=difference.name, inputs=call.inputs, wrong=difference.wrong,
        outputs=reference.message(call.driver, call.identity).body,
        previous=made[before].observation.value if before >= 0 else None, is_public=is_public,
        layout=layout,
    )  # fmt: skip
