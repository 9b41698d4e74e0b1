"""Hidden tests of the answers on paper: polynomials, in every convention that is in use, and paddings."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from drivers import KERNELS, ROWS, count, padding, symbols_of

from grader.authoring import Note, Subject, assert_formula

Terms = Mapping[str, str]

BIASES = {"NF": 4, "NC": 2}
OUTPUTS = {"NF": 1600, "NC": 1280}  # of the convolutions, and so many biases are added
# What is counted beside convolutions, with what it adds to outputs and to connections, for pictures of 32 x 32.
BESIDE = {
    "convolutions only": ({}, {}),
    "convolutions, pooling and upsampling": ({"NF": 640, "NC": 1024}, {"NF": 1792, "NC": 1024}),
    "convolutions and ReLU": ({"NF": 640, "NC": 1024}, {"NF": 640, "NC": 1024}),
    "convolutions, pooling, upsampling and ReLU": ({"NF": 1280, "NC": 2048}, {"NF": 2432, "NC": 2048}),
    "every layer": ({"NF": 1920, "NC": 3072}, {"NF": 3072, "NC": 3072}),
}
CONVENTIONS = {
    "weights": {"counted without biases": {}, "counted with biases": BIASES},
    "outputs": {f"outputs of {what} counted": outputs for what, (outputs, _) in BESIDE.items()},
    "connections": {
        f"connections of {what} counted, {biases} biases": {
            product: of_layers.get(product, 0) + of_biases.get(product, 0) for product in ("NF", "NC")
        }
        for what, (_, of_layers) in BESIDE.items()
        for biases, of_biases in (("without", {}), ("with", OUTPUTS))
    },
}
SYMBOLS = "k, NIC, NF and NC"
SHOWN = 3  # products whose coefficient is told to be wrong: a hidden message holds six words of an answer
SMALL = 2**20  # no number of an answer that is repeated is larger


@pytest.mark.parametrize("row", ["plain", "doubled"])
def test_weights_answer(student: Subject, reference: Subject, note: Note, row: str) -> None:
    """A formula is worked out on paper, and the same for everybody."""
    compare(student, reference, note, "weights", row)


@pytest.mark.parametrize("row", ["plain", "doubled"])
def test_outputs_answer(student: Subject, reference: Subject, note: Note, row: str) -> None:
    """A formula is worked out on paper, and the same for everybody."""
    compare(student, reference, note, "outputs", row)


@pytest.mark.parametrize("row", ["plain", "doubled"])
def test_connections_answer(student: Subject, reference: Subject, note: Note, row: str) -> None:
    """A formula is worked out on paper, and the same for everybody."""
    compare(student, reference, note, "connections", row)


@pytest.mark.parametrize("kernel", ROWS)
def test_padding_answer(student: Subject, reference: Subject, kernel: str) -> None:
    got, expected = student(padding, kernel=kernel), reference(padding, kernel=kernel)
    for name in ("padding", "output_padding"):
        assert_formula(got["problems"].get(name, ""), f"{name} for {kernel}", "k and p")
    sizes = (int(kernel[-1]),) if kernel[-1].isdigit() else KERNELS
    for name in ("output_padding", "padding"):
        for size, found, right in zip(sizes, got[name], expected[name], strict=True):
            fits = found == 2 + 2 * got["padding"][sizes.index(size)] - size  # PyTorch's rule for sizes, with stride 2
            assert name == "padding" or not fits or found < 2, (
                f"for a kernel of {size} the sizes fit, but PyTorch refuses an output padding of the stride or more"
            )
            assert found == right, f"{name} for a kernel of {size} is {short(found)}, expected {short(right)}"


def compare(student: Subject, reference: Subject, note: Note, quantity: str, row: str) -> None:
    """Compare an answer with each convention; one without a k is taken to be for k = 3."""
    kernel = None if "k" in student(symbols_of, quantity=quantity)["symbols"] else 3
    got = student(count, quantity=quantity, kernel=kernel)
    expected = reference(count, quantity=quantity, kernel=kernel)
    where = "32 x 32" if row == "plain" else "64 x 64"
    assert_formula(got["problems"].get(row, ""), f"the number of {quantity} for {where}", SYMBOLS)
    factor = Fraction(1) if row == "plain" else Fraction(expected["doubled"]["1"])
    if row == "doubled" and got["doubled"] == expected["doubled"]:
        return
    forms = {name: added(expected["plain"], more, factor) for name, more in CONVENTIONS[quantity].items()}
    name = next((name for name, form in forms.items() if form == got[row]), None)
    if name is not None:
        note(f"{quantity}: {name}{'' if kernel is None or quantity == 'outputs' else ', for k = 3'}")
        return
    if row == "doubled":
        times = got[row].get("1", "") if list(got[row]) == ["1"] else ""
        seen = f"grow by {short(Fraction(times))}" if short_number(times) else "are another formula"
        raise AssertionError(f"{quantity} for 64 x 64 {seen}, expected to grow by {factor}")
    nearest = min(forms, key=lambda name: len(differing(got[row], forms[name])))
    wrong = [product for product in forms[nearest] if got[row].get(product) != forms[nearest][product]]
    more = len(differing(got[row], forms[nearest])) - len(wrong)
    others = " and of others" if len(wrong) > SHOWN else ""
    said = [f"the coefficient of {', '.join(map(symbols_in, wrong[:SHOWN]))}{others} is another"] if wrong else []
    said += [f"{more} product{'s' if more != 1 else ''} should not be there"] if more else []
    raise AssertionError(f"in the number of {quantity} {' and '.join(said)}; nearest is: {nearest}")


def added(terms: Terms, more: Mapping[str, int], factor: Fraction) -> dict[str, str]:
    """Add coefficients to those of a polynomial, and multiply all of them."""
    total = {product: Fraction(coefficient) for product, coefficient in terms.items()}
    for product, coefficient in more.items():
        total[product] = total.get(product, Fraction(0)) + coefficient
    return {product: str(coefficient * factor) for product, coefficient in total.items() if coefficient}


def symbols_in(product: str) -> str:
    """Write a product such as NC^2*k^2 in words, without k: those of hidden messages are words and numbers."""
    powers = (factor.partition("^") for factor in product.split("*") if not factor.startswith("k"))
    return " ".join(name for name, _, power in powers for _ in range(int(power or 1)))


def differing(terms: Terms, others: Terms) -> set[str]:
    return {product for product in {*terms, *others} if terms.get(product) != others.get(product)}


def short_number(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and int(text[:8]) < SMALL and len(text) < 8


def short(number: float | Fraction) -> str:
    return f"{float(number):g}" if -SMALL < number < SMALL else "a large number"
