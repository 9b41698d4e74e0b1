"""How the author of a check says from which smaller inputs its example is sought, or that it has none.

For a check that fails the judge looks for the smallest inputs on which the answer is wrong. By default it makes the
numbers in a case's parameters smaller: sizes down to 1, options down to their defaults, lists down to one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

Test = TypeVar("Test", bound=Callable[..., object])
Smaller = Callable[..., Iterable[Mapping[str, object]]]
"""Gets the parameters of a case by their names, and lists smaller ones, the smallest first."""
_KEPT_AS: Final = "_grader_example"


@dataclass(frozen=True, slots=True)
class ExampleRule:
    """What an author said of a check's example: from which parameters it is made, or why there is none."""

    smaller: Smaller | None = None
    reason: str = ""


NO_RULE: Final = ExampleRule()


def smaller_cases(smaller: Smaller) -> Callable[[Test], Test]:
    """Look for the example of a test in these cases, in this order, instead of what its parameters shrink to.

    A class of cases that has a method `smaller` says the same for every test that takes it: it lists cases.

    Args:
        smaller: Gets the parameters of the case that failed by their names; lists parameters to use in their place.
    """
    return _ruled(ExampleRule(smaller))


def no_example(reason: str) -> Callable[[Test], Test]:
    """Show no example for a test: what is right there is a secret that does not depend on the inputs.

    Args:
        reason: Why, for who reads the test.

    Raises:
        ValueError: no reason is given.
    """
    if not reason.strip():
        raise ValueError("no_example needs the reason why a check has none")
    return _ruled(ExampleRule(reason=reason))


def example_rule(test: Callable[..., Any]) -> ExampleRule:
    """Return what was said of a test's example."""
    rule = getattr(test, _KEPT_AS, NO_RULE)
    return rule if isinstance(rule, ExampleRule) else NO_RULE


def _ruled(rule: ExampleRule) -> Callable[[Test], Test]:
    def keep(test: Test) -> Test:
        setattr(test, _KEPT_AS, rule)
        return test

    return keep
