from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import grader.course.stubs
from grader.lint.mutants import Mutant, mutants
from grader.lint.operators import OPERATORS

FILE = "modules/conv.py"
CONV = dedent('''\
    """Convolution."""

    import numpy as np


    class Conv2D:
        def __init__(self, stride=1, padding=0):
            self.stride = stride
            self.padding: int = padding
            self.dw = np.zeros((2, 2))

        def backward(self, dout, w):
            """Set dw."""
            p = self.padding
            for i in range(dout.shape[2] // self.stride):
                if i >= 1 and not w.any():
                    raise ValueError(f"row {i + 1} is empty")
                self.dw += np.sum(dout[:, i, p:-p], axis=(0, 2))
            return np.maximum(-self.dw, w)
    ''')


def made(line: str, operator: str = "") -> list[str]:
    """Mutate the only line of a function; give what stands there instead."""
    found = mutants(f"def f(x, y, a, b):\n    {line}\n", FILE)
    return [m.source.splitlines()[1].strip() for m in found if operator in ("", m.operator)]


@pytest.mark.parametrize(
    ("operator", "line", "wanted"),
    [
        ("arithmetic swapped", "x = a + b", ["x = a - b"]),
        ("arithmetic swapped", "x = a @ b", ["x = a * b"]),
        ("arithmetic swapped", "x = a // b", ["x = a / b"]),
        ("arithmetic swapped", "x *= a", ["x /= a"]),
        ("arithmetic swapped", "x = a - b * y", ["x = a + b * y", "x = a - b / y"]),
        ("arithmetic swapped", "x = (a - b) * y", ["x = (a - b) / y", "x = (a + b) * y"]),
        ("arithmetic swapped", "x = a ** (b * y)", ["x = a * (b * y)", "x = a ** (b / y)"]),
        ("comparison boundary moved", "x = a < b", ["x = a <= b"]),
        ("comparison boundary moved", "x = a <= b < y", ["x = a < b < y", "x = a <= b <= y"]),
        ("comparison negated", "x = a < b", ["x = a >= b"]),
        ("comparison negated", "x = a is b", ["x = a is not b"]),
        ("comparison negated", "x = a in b", ["x = a not in b"]),
        ("condition negated", "x = a if b else y", ["x = a if not b else y"]),
        ("condition negated", "x = not a", ["x = a"]),
        ("condition negated", "x = [i for i in a if b]", ["x = [i for i in a if not b]"]),
        ("and/or swapped", "x = a and b or y", ["x = (a and b) and y", "x = (a or b) or y"]),
        ("constant changed", "x = 3", ["x = 4", "x = 2"]),
        ("constant changed", "x = 0", ["x = 1", "x = -1"]),
        ("constant changed", "x = 0 ** 2", ["x = 1 ** 2", "x = (-1) ** 2", "x = 0 ** 3", "x = 0 ** 1"]),
        ("constant changed", "x = 1e-3", ["x = 0.002"]),
        ("constant changed", "x = 1.0", ["x = 0.0"]),
        ("constant changed", "x = True", ["x = False"]),
        ("constant changed", "x = a[0]", ["x = a[1]", "x = a[-1]"]),
        ("unary minus dropped", "x = -a", ["x = a"]),
        ("unary minus dropped", "x = a - -b", ["x = a - b"]),
        (
            "slice bound dropped or shifted",
            "x = a[1:b:2]",
            [
                "x = a[:b:2]",
                "x = a[1::2]",
                "x = a[1:b]",
                "x = a[2:b:2]",
                "x = a[0:b:2]",
                "x = a[1:b + 1:2]",
                "x = a[1:b - 1:2]",
            ],
        ),
        ("slice bound dropped or shifted", "x = a[0:]", ["x = a[1:]", "x = a[-1:]"]),
        ("slice bound dropped or shifted", "x = a[y, :-1]", ["x = a[y, :]", "x = a[y, :0]", "x = a[y, :-2]"]),
        ("axis changed", "x = a.sum(axis=0)", ["x = a.sum(axis=1)"]),
        ("axis changed", "x = a.sum(dim=-1)", ["x = a.sum(dim=0)"]),
        ("axis changed", "x = a.sum(axis=2)", ["x = a.sum(axis=1)"]),
        ("axis changed", "x = a.sum(axis=(0, 2))", ["x = a.sum(axis=(2,))", "x = a.sum(axis=(0,))"]),
        ("accumulation overwritten", "x[a] += b", ["x[a] = b"]),
        ("returned value changed", "return a", ["return -a"]),
        ("returned value changed", "return a + b", ["return -(a + b)"]),
        ("returned value changed", "return -a", []),
        ("returned value changed", "return a, b", ["return (b, a)"]),
        ("returned value changed", "return a < b", ["return not a < b"]),
        ("returned value changed", "return [a]", ["return None"]),
        ("returned value changed", "return 'text'", []),
        ("statement deleted", "x = a", ["pass"]),
        ("statement deleted", "x += a", ["pass"]),
        ("statement deleted", "x.fill(a)", ["pass"]),
        ("statement deleted", "x: int = a", ["pass"]),
        ("statement deleted", "x: int", []),
        ("keyword argument dropped", "x = a(b, c=1, **y)", ["x = a(b, **y)"]),
        ("min/max swapped", "x = min(a, b)", ["x = max(a, b)"]),
        ("min/max swapped", "x = np.maximum(a, 0)", ["x = np.minimum(a, 0)"]),
        ("min/max swapped", "x = a.argmax()", ["x = a.argmin()"]),
        ("sum/mean swapped", "x = a.sum()", ["x = a.mean()"]),
        ("sum/mean swapped", "x = sum(a)", []),
        ("range bound shifted", "x = range(a)", ["x = range(a + 1)", "x = range(a - 1)"]),
        (
            "range bound shifted",
            "x = range(1, a)",
            ["x = range(2, a)", "x = range(0, a)", "x = range(1, a + 1)", "x = range(1, a - 1)"],
        ),
        ("arguments swapped", "x = np.dot(a, b)", ["x = np.dot(b, a)"]),
        ("arguments swapped", "x = a.transpose(0, 2, 1)", ["x = a.transpose(2, 0, 1)", "x = a.transpose(0, 1, 2)"]),
        ("arguments swapped", "x = np.full(a, 0)", []),
        ("arguments swapped", "x = np.maximum(a, b)", []),
    ],
)
def test_an_operator_makes_these_lines_and_no_others(operator: str, line: str, wanted: list[str]) -> None:
    assert made(line, operator) == wanted


@pytest.mark.parametrize("head", ["if", "while"])
def test_the_condition_of_a_block_is_negated(head: str) -> None:
    found = mutants(f"def f(x):\n    {head} x:\n        return\n", FILE)
    assert [m.source.splitlines()[1] for m in found] == [f"    {head} not x:"]


@pytest.mark.parametrize(
    "line",
    [
        '"""A docstring with 1 + 1 in it."""',
        "x = yield",
        "import a, b",
        'raise ValueError(f"{x + 1}", -1)',
        "return f'{x + 1}'",
        "return 'a' 'b'",
        "global x",
    ],
)
def test_what_no_check_can_notice_is_left_alone(line: str) -> None:
    assert made(line) in ([], ["pass"])


def test_signatures_annotations_and_decorators_are_left_alone() -> None:
    source = "@d(1)\ndef f(x: list[1] = 1, *, y=-1) -> 1 + 1:\n    z: list[1]\n"
    assert mutants(source, FILE) == ()


def test_what_runs_only_as_a_script_is_left_alone() -> None:
    assert mutants('if __name__ == "__main__":\n    x = 1\n', FILE) == ()


def test_statements_in_handlers_and_cases_are_mutated() -> None:
    source = dedent("""\
        try:
            f()
        except ValueError:
            x = a
        finally:
            y = a
        match x:
            case 1 if a < b:
                z = a
        """)
    deleted = [m.line for m in mutants(source, FILE) if m.operator == "statement deleted"]
    assert deleted == [2, 4, 6, 9]
    assert "    case 1 if a <= b:" in {line for m in mutants(source, FILE) for line in m.source.splitlines()}


def test_an_assertion_is_mutated_and_its_message_is_not() -> None:
    assert made("assert a < b, 1 + 1") == ["assert a <= b, 1 + 1", "assert a >= b, 1 + 1"]


def test_a_mutant_knows_its_file_line_operator_and_its_two_changed_lines() -> None:
    assert mutants("def f(x):\n    # twice\n    return 2 * x  # why\n", FILE)[1] == Mutant(
        file=FILE,
        line=3,
        operator="arithmetic swapped",
        source="def f(x):\n    # twice\n    return 2 / x  # why\n",
        diff="-    return 2 * x  # why\n+    return 2 / x  # why",
    )


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('x += f("a,b", 1e-3, a[i : i+1])', 'x -= f("a,b", 1e-3, a[i : i+1])'),
        ('x = f("a", (b), 0x10, c=1)', 'x = f("a", b, 0x10)'),
        ("x = a*b - y[0:1]", "x = a*b + y[0:1]"),
        ("x = (a+b) * y", "x = (a + b) / y"),
    ],
)
def test_what_a_mutant_shares_with_the_original_is_written_as_it_was(line: str, wanted: str) -> None:
    assert wanted in made(line)


def test_a_changed_line_that_begins_with_dashes_stays_in_the_diff() -> None:
    assert mutants("--x\n", FILE)[0].diff == "---x\n+-x"


def test_places_are_found_behind_letters_of_several_bytes_and_other_line_endings() -> None:
    source = "é = 'ü'; x = 'ö' + y(é)\r\n\f\r\nz = 'ä', -x\r\n"
    assert "é = 'ü'; x = 'ö' + y(é)\r\n\f\r\nz = 'ä', x\r\n" in {m.source for m in mutants(source, FILE)}


def test_mutants_come_in_the_order_of_the_text_and_the_same_every_time() -> None:
    found = mutants(CONV, FILE)
    assert found == mutants(CONV, FILE)
    assert [m.line for m in found] == sorted(m.line for m in found)


def test_every_operator_has_its_place_in_the_list_of_a_layer() -> None:
    source = CONV + "x[0] = x.mean(axis=1, keepdims=True) if a <= min(b, c) else np.dot(a, b)\n"
    assert {m.operator for m in mutants(source, FILE)} == set(OPERATORS)


def test_no_two_mutants_are_one_program_and_none_is_the_original() -> None:
    programs = [ast.dump(ast.parse(m.source)) for m in mutants(CONV, FILE)]
    assert len({*programs, ast.dump(ast.parse(CONV))}) == len(programs) + 1


def test_only_the_lines_of_the_diff_differ_from_the_original() -> None:
    before = CONV.splitlines()
    for mutant in mutants(CONV, FILE):
        after = mutant.source.splitlines()
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert mutant.diff == f"-{changed[0][0]}\n+{changed[0][1]}"
        assert len(changed) == 1


def test_a_file_that_is_not_python_says_so_with_its_name() -> None:
    with pytest.raises(SyntaxError) as caught:
        mutants("def\n", FILE)
    assert caught.value.filename == FILE


def test_every_mutant_of_a_real_module_is_python_and_another_program() -> None:
    source = Path(grader.course.stubs.__file__).read_text(encoding="utf-8")
    found = mutants(source, "stubs.py")
    assert len(found) > 100
    assert ast.dump(ast.parse(source)) not in {ast.dump(ast.parse(m.source)) for m in found}


expressions = st.recursive(
    st.sampled_from(["a", "0", "1", "2.5", "b[1:]", "f(a, b)", "x.sum(axis=0)", "min(a, b)", "True"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "**", "<", "and", "or", "//"]), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "*", "-"]), inner),
        st.builds("(-{})".format, inner),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("g({}, k={})".format, inner, inner),
        st.builds("({}).T[{}:{}]".format, inner, inner, inner),
    ),
    max_leaves=8,
)


# No deadline: the machine may be busy. No randomness: a failure must come again.
@settings(deadline=None, derandomize=True, max_examples=60)
@given(expressions)
def test_a_mutant_of_any_expression_reads_back_as_the_program_that_was_meant(expression: str) -> None:
    source = f"x = {expression}\n"
    original = ast.unparse(ast.parse(source))
    # `mutants` compares what it wrote with the program that it meant and raises where they differ.
    for mutant in mutants(source, FILE):
        assert ast.unparse(ast.parse(mutant.source)) != original
