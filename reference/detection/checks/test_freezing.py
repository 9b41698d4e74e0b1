"""Hidden tests of freezing: which parameters learn afterwards."""

from __future__ import annotations

import pytest
from drivers import freezing

from grader.authoring import Subject

BEGINNINGS = (["model.0.", "model.1.", "model.2."], ["model.4.", "model.7."])
NUMBERS = (["model.1."], ["model.0.", "model.1."])
FROZEN = (["model.5.conv.weight", "model.10.bn.bias"], ["model.11.conv.bias", "model.3.bn.weight"])


@pytest.mark.parametrize("freeze", BEGINNINGS, ids=" ".join)
def test_freeze_listed(student: Subject, reference: Subject, freeze: list[str]) -> None:
    """Which parameters learn is counted beside the submission, flag by flag."""
    compare(student, reference, freeze, [], of_listed=True)


@pytest.mark.parametrize("freeze", NUMBERS, ids=" ".join)
def test_freeze_numbers(student: Subject, reference: Subject, freeze: list[str]) -> None:
    """Which parameters learn is counted beside the submission, flag by flag."""
    compare(student, reference, freeze, [], of_listed=False)


@pytest.mark.parametrize("frozen", FROZEN, ids=" ".join)
def test_freeze_others(student: Subject, reference: Subject, frozen: list[str]) -> None:
    """Which parameters learn is counted beside the submission, flag by flag."""
    compare(student, reference, ["model.0."], frozen, of_listed=False)


def compare(student: Subject, reference: Subject, freeze: list[str], frozen: list[str], *, of_listed: bool) -> None:
    """Compare the parameters that are to be frozen, or the others; one of either must be right as well."""
    got, expected = (subject(freezing, freeze=freeze, frozen=frozen)["learns"] for subject in (student, reference))
    assert list(got) == list(expected), "the model has other parameters than before"
    assert not all(got.values()) or of_listed, "every parameter learns, expected some to be frozen"
    assert any(got.values()), "no parameter learns, expected those that are not listed to"
    asked = {name: learns for name, learns in expected.items() if learns is not of_listed}
    wrong = [name for name in asked if got[name] is not asked[name]]
    if wrong:
        told = "learns, expected it to be frozen" if of_listed else "is frozen, expected it to learn"
        more = f" ({len(wrong)} of {len(asked)} parameters)" if len(wrong) > 1 else ""
        raise AssertionError(f"{wrong[0]} {told}{more}")
