"""Wrong answers in brief, so that equal ones are found without running anything again. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """One array of a wrong answer.

    `place` names driver, case, where in the answer it stands, its shape and the inputs. `numbers` are its length as a
    vector, how many of its values are no numbers, and what it is multiplied with fixed vectors.
    """

    place: str
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAnswer:
    """A wrong answer that an instructor named: whoever gives it in this check is told what it is."""

    name: str
    check: str
    says: str
    hint: str
    answer: tuple[AnswerPlace, ...]
    by: str = ""
