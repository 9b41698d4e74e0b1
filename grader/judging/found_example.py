"""An example that was found: one call of a driver, what the submission gave there and what the reference gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grader.authoring.compare import Difference, named_arrays
from grader.model.observation import Failure, Value
from grader.model.result import SmallestExample
from grader.wording.examples import in_words, inputs_in_words, pair_in_words

MOST_OUTPUTS: Final = 4  # wrong ones that an example shows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundExample:
    """One call of a driver that is wrong: its inputs, what it gave or how it failed, and what the reference gives."""

    driver: str
    inputs: Mapping[str, Value]
    expected: Value
    differences: tuple[Difference, ...]
    failure: Failure | None
    numbers: int
    matters: str = ""

    def told(self, asked: Mapping[str, str] = MappingProxyType({}), drivers: str = "") -> SmallestExample:
        """Write the example down, in the assignment's own words.

        Of what the submission gave, numbers and shapes alone are written. `asked` are the signatures that the
        assignment asks for, by `file:dotted.name`, and `drivers` is the text of its drivers.
        """
        got: list[tuple[str, str]] = []
        expected: list[tuple[str, str]] = []
        for one in self.differences[:MOST_OUTPUTS]:
            if one.got is None or one.expected is None:
                got.append((one.name, "missing or of another kind"))
                expected.append((one.name, in_words(dict(named_arrays(self.expected)).get(one.name))))
            else:
                here, there = pair_in_words(one.got, one.expected)
                got.append((one.name, here))
                expected.append((one.name, there))
        if self.failure is not None:
            expected = [(name, in_words(value)) for name, value in named_arrays(self.expected)][:MOST_OUTPUTS]
            got = [("", self.failure.message)]
        return SmallestExample(
            inputs=inputs_in_words(self.inputs, asked, drivers, self.driver), got=tuple(got), expected=tuple(expected),
            numbers=self.numbers, matters=self.matters,
        )  # fmt: skip
