"""Put into words why an answer is no formula; nothing of the answer itself is repeated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grader.model.expression import ExpressionProblem

UNKNOWN: Final = "is no formula"
PROBLEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ExpressionProblem.EMPTY: "is left empty",
        ExpressionProblem.ROW: "cannot be read from the file: it is no TOML, or stands there twice",
        ExpressionProblem.KIND: "is neither a text nor a number, expected a formula such as 'k^2*NF' or a number",
        ExpressionProblem.LENGTH: "is too long, expected one formula of at most 600 characters and 200 symbols",
        ExpressionProblem.CHARACTER: "has a character that no formula has",
        ExpressionProblem.BRACKETS: "has brackets that do not match",
        ExpressionProblem.ORDER: "lacks a number or symbol where one is expected, beside a sign or at the end",
        ExpressionProblem.NUMBER_BEHIND: "has a number right behind a symbol or bracket: is it a power or a factor?",
        ExpressionProblem.SIZE: "has a number, power or nesting that is too large for any right answer",
        ExpressionProblem.ZERO: "divides by zero",
    }
)


def explained(problem: str, symbols: str) -> str:
    """Say why an answer is no formula, to follow its name."""
    if problem == ExpressionProblem.SYMBOL:
        return f"has a symbol, word or unit that is not among {symbols}"
    if problem == ExpressionProblem.NOT_POLYNOMIAL:
        return f"divides by a symbol or rounds, expected sums and products of {symbols}"
    return PROBLEMS.get(problem, UNKNOWN)
