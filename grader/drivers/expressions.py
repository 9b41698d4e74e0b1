"""Answers that are formulas, expanded to polynomials with exact coefficients, or evaluated at whole numbers.

Drivers read them, beside the student's code, and hand back terms or numbers: the judge compares those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from grader.drivers.formula import Names, Tree, parsed
from grader.errors import ExpressionError
from grader.model.expression import ExpressionProblem

MAX_EXPONENT: Final = 8
MAX_NUMERIC_EXPONENT: Final = 20  # of a number, where the power is no larger than the next
MAX_POWER: Final = 2**20
MAX_DEGREE: Final = 16
MAX_TERMS: Final = 100
MAX_NUMBER: Final = 10**15  # of numerators and denominators

Monomial: TypeAlias = tuple[tuple[str, int], ...]
Polynomial: TypeAlias = dict[Monomial, Fraction]

_COMPARISONS: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def formula_text(value: object) -> str:
    """Return an answer as a text: one that is written as text, a number, or a formula of sympy.

    Raises:
        ExpressionError: it is none of these, or nothing.
    """
    if isinstance(value, str):
        text = value
    elif value is None or (isinstance(value, list | tuple | dict) and not value):
        text = ""
    elif isinstance(value, (int, float, Fraction)) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise ExpressionError(ExpressionProblem.KIND)
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise ExpressionError(ExpressionProblem.SIZE)
        text = str(Fraction(value).limit_denominator(10**6)) if isinstance(value, float) else str(value)
    elif type(value).__module__.partition(".")[0] == "sympy":
        text = str(value)
    else:
        raise ExpressionError(ExpressionProblem.KIND)
    if not text.strip():
        raise ExpressionError(ExpressionProblem.EMPTY)
    return text


def terms(text: str, names: Names, at: Mapping[str, int] | None = None) -> dict[str, str]:
    """Expand a formula.

    Args:
        text: The formula.
        names: Its symbols, with the ways to write them.
        at: Numbers to put in for some of the symbols.

    Returns:
        Coefficients that are not 0, such as "36" or "1/2", by their products of powers, such as "NF^2*k^2"; the
        constant is that of "1".

    Raises:
        ExpressionError: it is none, no polynomial, or beyond a bound.
    """
    found = _expanded(parsed(text, names), at or {})
    return {_written(monomial): str(found[monomial]) for monomial in sorted(found)}


def symbols(text: str, names: Names) -> list[str]:
    """List the symbols that a formula has.

    Raises:
        ExpressionError: it is none, or beyond a bound.
    """
    found: set[str] = set()
    pending = [parsed(text, names)]
    while pending:
        tree = pending.pop()
        pending += tree.operands
        found |= {tree.symbol} - {""}
    return sorted(found)


def value_at(text: str, names: Names, at: Mapping[str, int]) -> float:
    """Evaluate a formula, in which rounding, remainders and comparisons may stand, at whole numbers.

    Raises:
        ExpressionError: it is none, asks for a symbol that has no number, divides by 0, or is beyond a bound.
    """
    return float(_evaluated(parsed(text, names), at))


def _written(monomial: Monomial) -> str:
    return "*".join(symbol if power == 1 else f"{symbol}^{power}" for symbol, power in monomial) or "1"


def _expanded(tree: Tree, at: Mapping[str, int]) -> Polynomial:
    match tree.operation:
        case "number":
            return _bounded({(): tree.value})
        case "symbol":
            return {(): Fraction(at[tree.symbol])} if tree.symbol in at else {((tree.symbol, 1),): Fraction(1)}
        case "negative":
            return {monomial: -factor for monomial, factor in _expanded(tree.operands[0], at).items()}
    if len(tree.operands) != 2 or tree.operation not in {"+", "-", "*", "/", "^"}:
        raise ExpressionError(ExpressionProblem.NOT_POLYNOMIAL)
    left, right = (_expanded(operand, at) for operand in tree.operands)
    match tree.operation:
        case "+":
            return _sum(left, right, 1)
        case "-":
            return _sum(left, right, -1)
        case "*":
            return _product(left, right)
        case "/":
            divisor = _constant(right)
            if divisor == 0:
                raise ExpressionError(ExpressionProblem.ZERO)
            return _bounded({monomial: factor / divisor for monomial, factor in left.items()})
    power = _constant(right)
    if not left.keys() - {()}:
        return _bounded({(): _power_of_a_number(_constant(left), power)})
    result: Polynomial = {(): Fraction(1)}
    for _ in range(_exponent(power)):
        result = _product(result, left)
    return result


def _sum(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    found = dict(left)
    for monomial, factor in right.items():
        found[monomial] = found.get(monomial, Fraction(0)) + sign * factor
    return _bounded(found)


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for first, a in left.items():
        for second, b in right.items():
            powers = dict(first)
            for symbol, power in second:
                powers[symbol] = powers.get(symbol, 0) + power
            monomial = tuple(sorted(powers.items()))
            found[monomial] = found.get(monomial, Fraction(0)) + a * b
    return _bounded(found)


def _bounded(found: Polynomial) -> Polynomial:
    kept = {monomial: factor for monomial, factor in found.items() if factor}
    degree = max((sum(power for _, power in monomial) for monomial in kept), default=0)
    if len(kept) > MAX_TERMS or degree > MAX_DEGREE:
        raise ExpressionError(ExpressionProblem.SIZE)
    for factor in kept.values():
        _small(factor)
    return kept


def _constant(polynomial: Polynomial) -> Fraction:
    if polynomial.keys() - {()}:
        raise ExpressionError(ExpressionProblem.NOT_POLYNOMIAL)
    return polynomial.get((), Fraction(0))


def _power_of_a_number(base: Fraction, power: Fraction) -> Fraction:
    """Raise a number: a small one, such as 2, to a larger power than formulas are."""
    is_small = power.denominator == 1 and 0 <= power <= MAX_NUMERIC_EXPONENT
    if is_small and abs(base) ** int(power) <= MAX_POWER:
        return base ** int(power)
    return base ** _exponent(power)


def _exponent(power: Fraction) -> int:
    if power.denominator != 1 or power < 0:
        raise ExpressionError(ExpressionProblem.NOT_POLYNOMIAL)
    if power > MAX_EXPONENT:
        raise ExpressionError(ExpressionProblem.SIZE)
    return int(power)


def _small(number: Fraction) -> Fraction:
    if abs(number.numerator) > MAX_NUMBER or number.denominator > MAX_NUMBER:
        raise ExpressionError(ExpressionProblem.SIZE)
    return number


def _evaluated(tree: Tree, at: Mapping[str, int]) -> Fraction:
    match tree.operation:
        case "number":
            return _small(tree.value)
        case "symbol":
            if tree.symbol not in at:
                raise ExpressionError(ExpressionProblem.SYMBOL)
            return Fraction(at[tree.symbol])
        case "if":
            condition, then, otherwise = tree.operands
            return _evaluated(then if _evaluated(condition, at) else otherwise, at)
    return _small(_applied(tree.operation, [_evaluated(operand, at) for operand in tree.operands]))


def _applied(operation: str, of: list[Fraction]) -> Fraction:
    """Apply an operation to numbers."""
    first, second = of[0], of[-1]
    if operation in _COMPARISONS:
        return Fraction(_COMPARISONS[operation](first, second))
    if operation in {"/", "//", "%"} and second == 0:
        raise ExpressionError(ExpressionProblem.ZERO)
    match operation:
        case "+":
            return first + second
        case "-":
            return first - second
        case "*":
            return first * second
        case "/":
            return first / second
        case "//":
            return Fraction(first // second)
        case "%":
            return first % second
        case "^":
            return first ** _exponent(second)
        case "negative":
            return -first
        case "floor":
            return Fraction(math.floor(first))
        case "ceil":
            return Fraction(math.ceil(first))
        case "int":
            return Fraction(math.trunc(first))
        case "odd" | "even":
            return Fraction(first % 2 == (operation == "odd"))
    raise ExpressionError(ExpressionProblem.ORDER)
