"""Formulas as students type them, good and bad, and their expansion against sympy."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from grader.authoring import NotWritten, assert_formula
from grader.drivers.expressions import formula_text, symbols, terms, value_at
from grader.drivers.formula import MAX_CHARACTERS
from grader.errors import ExpressionError
from grader.model.expression import ExpressionProblem
from grader.wording.expressions import UNKNOWN, explained

NAMES = {
    "k": ("kernel", "kernel_size", "kernelsize"),
    "NIC": ("num_in_channels", "n_in"),
    "NF": ("num_filters",),
    "NC": ("num_colours", "num_colors"),
}
KERNEL = {"k": ("x", "kernel_size"), "p": ("padding",)}


def problem(text: str, names: dict[str, tuple[str, ...]] = NAMES) -> str:
    with pytest.raises(ExpressionError) as error:
        terms(text, names)
    return error.value.problem


@pytest.mark.parametrize(
    "written",
    [
        "k^2*NF", "k**2 NF", "k**2*NF", "NF k²", "k*k*NF", "kkNF", "$k^2 N_F$", r"$k^{2}\cdot NF$", r"k^2 \times N_{F}",
        r"\(k^2\,\text{NF}\)", r"\mathrm{NF}\left(k^{2}\right)", "num_filters * kernel_size**2", "weights = k^2 NF",
        "K^2 · nf", "k×k×NF", "[k^2](NF)", "2*k^2*NF - NF k^2", "(2k^2NF)/2", r"\frac{2k^2 NF}{2}", "+k^2*NF.",
        "\U0001d458² \U0001d441\U0001d439",
        "k ^ 2 * N_{F}", "NF*k^(1+1)", "`k**2*NF`", "0.5*2 NF k^2", "W = 2k^2 NF/2 = k^2 NF", "--k^2NF", "k x k x NF",
        "kxkxNF", "k^2 NF (without biases)", "weights: k^2 NF", "k^2 NF (k = 3)", "k^2 NF, for k = 3", "pow(k, 2) NF",
        r"\begin{aligned} k^2 &\cdot NF \end{aligned}", r"\frac{k^2}{2} 2NF", "NF * k^(2^1)",
    ],
)  # fmt: skip
def test_one_formula_is_read_however_it_is_typed(written: str) -> None:
    assert terms(written, NAMES) == {"NF*k^2": "1"}


def test_symbols_may_stand_side_by_side() -> None:
    assert terms("9NICNF + 9NFNC", NAMES) == {"NF*NIC": "9", "NC*NF": "9"}


def test_an_x_between_factors_multiplies_where_it_is_no_symbol() -> None:
    assert terms("3x3xNICxNF + 32 x 32 x NF", NAMES) == {"NF*NIC": "9", "NF": "1024"}
    assert value_at("2x + 1", KERNEL, {"k": 3}) == 7


def test_a_small_number_has_powers_that_no_symbol_has() -> None:
    assert terms("2^10 NF + 2**8 NC", NAMES) == {"NF": "1024", "NC": "256"}
    assert problem("2^21 NF") == problem("3^2^9") == ExpressionProblem.SIZE


@pytest.mark.parametrize(
    "written",
    [
        "(k-1)/2 if k is odd else (k-2)/2", "(k-1)/2 for odd k, (k-2)/2 for even k", "if k odd (k-1)/2 else (k-2)/2",
        "(k - 1)/2 if k is odd, (k - 2)/2 if even", "k odd: (k-1)/2, k even: (k-2)/2", "(k-1) div 2", "(k-1)>>1",
        "(k-2)/2 when k is even and (k-1)/2 otherwise", "(k-1)/2 if k%2==1 otherwise (k-2)/2", "floor of (k-1)/2",
        "trunc((k-1)/2)", r"(k-1)\mathbin{//}2", "if k is even, then (k-2)/2, else (k-1)/2",
        r"\begin{cases}\frac{k-1}{2} & \text{if } k \text{ odd} \\ \frac{k-2}{2} & k \text{ even}\end{cases}",
        "k//2 - (1 if k%2==0 else 0)", "(k - 1)/2 - mod(k - 1, 2)/2", "(k-1)/2 - 0.5*((k+1) modulo 2)",
    ],
)  # fmt: skip
def test_one_rule_is_read_however_it_is_said(written: str) -> None:
    assert [value_at(written, KERNEL, {"k": k}) for k in range(3, 9)] == [(k - 1) // 2 for k in range(3, 9)]


@pytest.mark.parametrize(
    "written", ["k (mod 2)", r"k \pmod{2}", "mod(k, 2)", "k & 1", r"k\%2", "1 for odd k and 0 for even k"]
)
def test_one_remainder_is_read_however_it_is_said(written: str) -> None:
    assert [value_at(written, KERNEL, {"k": k}) for k in range(3, 9)] == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("written", ["1 for odd k, 0 for odd k", "k odd: 1, k odd: 0", "1 for odd k"])
def test_a_rule_for_one_parity_alone_is_none(written: str) -> None:
    with pytest.raises(ExpressionError):
        value_at(written, KERNEL, {"k": 3})


def test_thousands_may_be_set_apart() -> None:
    assert terms("1,600NF + 1,280NC", NAMES) == {"NF": "1600", "NC": "1280"}


def test_fractions_are_exact() -> None:
    assert terms("NF/3 + 0.1 NF", NAMES) == {"NF": str(Fraction(1, 3) + Fraction(1, 10))}


def test_numbers_are_put_in_for_symbols() -> None:
    assert terms("k^2 NF + NF", NAMES, {"k": 3}) == {"NF": "10"}
    assert symbols("k^2 NF + NF - kernel", NAMES) == ["NF", "k"]


def test_terms_that_cancel_are_gone() -> None:
    assert terms("(NF + NC)(NF - NC) - NF^2 + NC^2", NAMES) == {}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("__import__('os')", ExpressionProblem.CHARACTER),
        ("os.system('x')", ExpressionProblem.SYMBOL),
        ("9**9**9", ExpressionProblem.SIZE),
        ("9**9", ExpressionProblem.SIZE),
        ("(NF+NC)^8 * (NF+NIC)^8 * k", ExpressionProblem.SIZE),
        ("(k+NF+NC+NIC+1)^8", ExpressionProblem.SIZE),
        ("99999999999999999999", ExpressionProblem.SIZE),
        ("999999999*999999999", ExpressionProblem.SIZE),
        ("1e99 NF", ExpressionProblem.SYMBOL),
        ("(k^2*NF", ExpressionProblem.BRACKETS),
        ("k^2*NF)", ExpressionProblem.BRACKETS),
        ("(k^2*NF]", ExpressionProblem.BRACKETS),
        (")", ExpressionProblem.BRACKETS),
        ("(" * 100, ExpressionProblem.SIZE),
        ("-" * 100 + "1", ExpressionProblem.SIZE),
        ("k^2*NQ", ExpressionProblem.SYMBOL),
        ("9 NF parameters", ExpressionProblem.SYMBOL),
        ("9NF kB", ExpressionProblem.SYMBOL),
        (r"\sqrt{NF}", ExpressionProblem.CHARACTER),
        ("NF; import os", ExpressionProblem.CHARACTER),
        ("NF # all of them", ExpressionProblem.CHARACTER),
        ("'NF'", ExpressionProblem.CHARACTER),
        ("NF2", ExpressionProblem.NUMBER_BEHIND),
        ("NF 2", ExpressionProblem.NUMBER_BEHIND),
        ("k^2*", ExpressionProblem.ORDER),
        ("k^2 * / NF", ExpressionProblem.ORDER),
        ("lambda: NF", ExpressionProblem.SYMBOL),
        ("NF if", ExpressionProblem.ORDER),
        ("1/NF", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF^k", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF^(1/2)", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF^-1", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF//2", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF % 2", ExpressionProblem.NOT_POLYNOMIAL),
        ("NF/0", ExpressionProblem.ZERO),
        ("", ExpressionProblem.EMPTY),
        (" \n$$ ", ExpressionProblem.EMPTY),
        ("weights =", ExpressionProblem.EMPTY),
        ("k" * (MAX_CHARACTERS + 1), ExpressionProblem.LENGTH),
        ("k" * 500, ExpressionProblem.LENGTH),
    ],
)
def test_what_is_no_formula_has_its_word(written: str, expected: ExpressionProblem) -> None:
    assert problem(written) == expected


@pytest.mark.parametrize("kind", list(ExpressionProblem))
def test_every_problem_has_a_sentence(kind: ExpressionProblem) -> None:
    ends = NotWritten if kind is ExpressionProblem.EMPTY else AssertionError
    sentence = explained(kind.value, "k and NF")
    assert sentence != UNKNOWN
    with pytest.raises(ends, match=f"^weights {sentence[:20]}"):
        assert_formula(kind.value, "weights", "k and NF")
    with pytest.raises(AssertionError, match=r"^weights is no formula$"):
        assert_formula("a word of the worker's own", "weights", "k and NF")


def test_a_formula_ends_no_case() -> None:
    assert_formula("", "weights", "k and NF")


@pytest.mark.parametrize(
    ("written", "at_three_to_six"),
    [
        ("(k-1)//2", [1, 1, 2, 2]),
        ("(x - 1) // 2", [1, 1, 2, 2]),
        ("floor((k-1)/2)", [1, 1, 2, 2]),
        (r"\lfloor \frac{k-1}{2} \rfloor", [1, 1, 2, 2]),
        (r"$\left\lfloor\frac{k-1}{2}\right\rfloor$", [1, 1, 2, 2]),
        ("⌊(k−1)/2⌋", [1, 1, 2, 2]),
        ("ceil(k/2) - 1", [1, 1, 2, 2]),
        ("math.ceil(k/2) - 1", [1, 1, 2, 2]),
        ("int((kernel_size - 1) / 2)", [1, 1, 2, 2]),
        ("(k-1)/2, rounded down", [1, 1, 2, 2]),
        ("k % 2", [1, 0, 1, 0]),
        ("k mod 2", [1, 0, 1, 0]),
        (r"k \bmod 2", [1, 0, 1, 0]),
        ("int(x % 2 == 1)", [1, 0, 1, 0]),
        ("1 if k % 2 == 1 else 0", [1, 0, 1, 0]),
        ("0 if k is even else 1", [1, 0, 1, 0]),
        ("1 if k odd else 0", [1, 0, 1, 0]),
        ("1 if k % 2 != 0 else 0", [1, 0, 1, 0]),
        ("k - 2*floor(k/2)", [1, 0, 1, 0]),
        ("1", [1, 1, 1, 1]),
    ],
)
def test_rounding_remainders_and_cases_are_evaluated(written: str, at_three_to_six: list[int]) -> None:
    assert [value_at(written, KERNEL, {"k": k, "p": (k - 1) // 2}) for k in range(3, 7)] == at_three_to_six


def test_one_answer_may_use_another() -> None:
    assert value_at("2*padding + 2 - k", KERNEL, {"k": 5, "p": 2}) == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("k // 0", ExpressionProblem.ZERO),
        ("k % (k-k)", ExpressionProblem.ZERO),
        ("p", ExpressionProblem.SYMBOL),
        ("10^8^8", ExpressionProblem.SIZE),
        ("k is 1", ExpressionProblem.ORDER),
        ("k ! 2", ExpressionProblem.CHARACTER),
    ],
)
def test_what_has_no_value_has_its_word(written: str, expected: ExpressionProblem) -> None:
    with pytest.raises(ExpressionError) as error:
        value_at(written, KERNEL, {"k": 3})
    assert error.value.problem == expected


def test_numbers_and_formulas_of_sympy_are_answers() -> None:
    k, filters = sympy.symbols("k NF")
    assert [formula_text(value) for value in (4, 0.5, " 9NF ", Fraction(3, 2))] == ["4", "1/2", " 9NF ", "3/2"]
    assert terms(formula_text(k**2 * filters + filters), NAMES) == {"NF*k^2": "1", "NF": "1"}


@pytest.mark.parametrize("value", [True, [1], object(), float("nan"), float("inf"), {"a": 1}])
def test_what_is_neither_text_nor_number_has_its_word(value: object) -> None:
    with pytest.raises(ExpressionError) as error:
        formula_text(value)
    assert error.value.problem == ExpressionProblem.KIND


@pytest.mark.parametrize("value", ["", "  ", None, [], {}])
def test_nothing_is_left_empty(value: object) -> None:
    with pytest.raises(ExpressionError) as error:
        formula_text(value)
    assert error.value.problem == ExpressionProblem.EMPTY


def test_a_huge_number_is_refused() -> None:
    with pytest.raises(ExpressionError) as error:
        formula_text(10**5000)
    assert error.value.problem == ExpressionProblem.SIZE


def formulas() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["k", "NF", "NC", "NIC", "2", "3", "0.5", "16"])
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds("({}) {} ({})".format, inner, st.sampled_from("+-*"), inner),
            st.builds("-({})".format, inner),
            st.builds("({})^2".format, inner),
            st.builds("({})/4".format, inner),
        ),
        max_leaves=6,
    )


@given(formulas())
def test_an_expansion_is_that_of_sympy(written: str) -> None:
    try:
        found = terms(written, NAMES)
    except ExpressionError as error:
        assert error.problem == ExpressionProblem.SIZE  # noqa: PT017  # whether it is raised depends on what is drawn
        return
    own = sympy.Add(*(sympy.Rational(factor) * sympy.sympify(monomial) for monomial, factor in found.items()))
    theirs = sympy.sympify(written.replace("^", "**"), rational=True)
    assert sympy.expand(own - theirs) == 0


@given(st.text(max_size=80))
def test_any_text_is_a_formula_or_has_a_word_of_the_list(written: str) -> None:
    for read in (lambda: terms(written, NAMES), lambda: value_at(written, KERNEL, {"k": 3, "p": 1})):
        try:
            read()
        except ExpressionError as error:
            assert error.problem in set(ExpressionProblem)  # noqa: PT017  # see above
