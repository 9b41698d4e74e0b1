"""What the calls of checks tell beside their answers, for the rules of an assignment. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from grader.model.observation import LackingName, Operation
from grader.rules.rule import Facts
from grader.subjects.student import Call


def printing(calls: Mapping[str, Sequence[Call]], public: Container[str]) -> Facts:
    """Count the lines that the calls of checks printed, and keep one that a student may see."""
    printed = [(name, call.observation.printed.splitlines()) for name, made in calls.items() for call in made]
    shown_lines = (lines[0] for name, lines in printed if name in public and lines)
    return Facts(
        printed_lines=sum(len(lines) for _, lines in printed), printed_example=next(filter(None, shown_lines), "")
    )


def processor_seconds(calls: Mapping[str, Sequence[Call]]) -> dict[str, float]:
    """Sum up the processor time of the calls of each check."""
    return {name: sum(call.observation.cpu_seconds for call in made) for name, made in calls.items()}


def operations(calls: Mapping[str, Sequence[Call]]) -> dict[str, tuple[Operation, ...]]:
    """Collect the forbidden operations that were recorded in the calls of each check, each place once."""
    found: dict[str, tuple[Operation, ...]] = {}
    for name, made in calls.items():
        counts: dict[Operation, int] = {}
        for operation in (one for call in made for one in call.observation.operations):
            place = replace(operation, count=0)
            counts[place] = counts.get(place, 0) + operation.count
        if counts:
            found[name] = tuple(replace(place, count=count) for place, count in counts.items())
    return found


def lacking(calls: Mapping[str, Sequence[Call]], order: Sequence[str]) -> dict[str, tuple[LackingName, ...]]:
    """Put down the names that libraries lack to checks, in rubric order, whose calls asked for the file that has them.

    One of a file that no call asked for, since only other files of the submission import it, is put down to the first
    check that came by it.
    """
    found: dict[str, dict[LackingName, None]] = {}
    asked, elsewhere = set[LackingName](), dict[LackingName, str]()
    for check in order:
        for one in (name for call in calls.get(check, ()) for name in call.observation.lacking):
            same = replace(one, is_asked_for=False)
            if one.is_asked_for:
                asked.add(same)
                found.setdefault(check, {})[same] = None
            else:
                elsewhere.setdefault(same, check)
    for one, check in elsewhere.items():
        if one not in asked:
            found.setdefault(check, {})[one] = None
    return {check: tuple(names) for check, names in found.items()}
