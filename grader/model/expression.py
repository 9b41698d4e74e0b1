"""Why a text is no formula that can be compared: the words of a closed list, on both sides of the sandbox."""

from __future__ import annotations

from enum import StrEnum


class ExpressionProblem(StrEnum):
    """What keeps an answer from being a formula."""

    EMPTY = "empty"
    ROW = "row"
    KIND = "kind"
    LENGTH = "length"
    SYMBOL = "symbol"
    CHARACTER = "character"
    BRACKETS = "brackets"
    ORDER = "order"
    NUMBER_BEHIND = "number-behind"
    SIZE = "size"
    NOT_POLYNOMIAL = "not-polynomial"
    ZERO = "zero"
