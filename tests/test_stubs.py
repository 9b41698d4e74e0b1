from __future__ import annotations

import ast
import pickle
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.stubs import Gap, attached_stubs, gaps, handout, signature_differences, signatures, stub
from grader.errors import CourseError, StubError

RELU = dedent('''\
    """ReLU, the layer."""

    import numpy as np


    class ReLU:
        """Keep what is positive."""

        def forward(self, x):
            """Return max(0, x), same shape."""
            # solution(1a): Zero what is negative.
            self.cache = x
            return np.maximum(x, 0)
            # end solution

        def backward(self, dout):
            """Set dx."""
            x = self.cache
            # solution(1b): Pass the gradient where x was positive.
            if x is None:
                raise ValueError
            self.dx = dout * (x > 0)
            # end solution
    ''')


def problems_of(source: str) -> tuple[str, ...]:
    with pytest.raises(StubError) as caught:
        stub(source, "modules/relu.py")
    return caught.value.sentences


def function(*lines: str) -> str:
    return "\n".join(["def f():", *(f"    {line}" for line in lines), ""])


def test_a_gap_becomes_a_todo_and_an_error_and_everything_else_stays() -> None:
    assert stub(RELU, "modules/relu.py") == dedent('''\
        """ReLU, the layer."""

        import numpy as np


        class ReLU:
            """Keep what is positive."""

            def forward(self, x):
                """Return max(0, x), same shape."""
                # TODO(1a): Zero what is negative.
                raise NotImplementedError("1a: Zero what is negative.")

            def backward(self, dout):
                """Set dx."""
                x = self.cache
                # TODO(1b): Pass the gradient where x was positive.
                raise NotImplementedError("1b: Pass the gradient where x was positive.")
        ''')


def test_calling_a_stub_raises_not_implemented_with_the_sentence_of_the_gap() -> None:
    sentence = 'Say "no" to a\\b, and keep {braces} and % as they are.'
    names: dict[str, object] = {}
    exec(stub(function(f"# solution(2c): {sentence}", "return 1", "# end solution"), "f.py"), names)  # noqa: S102  # our own text
    with pytest.raises(NotImplementedError) as caught:
        names["f"]()  # type: ignore[operator]  # exec gives objects without types
    assert str(caught.value) == f"2c: {sentence}"


def test_a_file_without_markers_is_its_own_stub() -> None:
    assert stub("x = 1\n", "x.py") == "x = 1\n"


def test_gaps_are_given_with_the_lines_of_their_markers() -> None:
    assert gaps(RELU, "modules/relu.py") == (
        Gap("1a", "Zero what is negative.", 11, 14, " " * 8),
        Gap("1b", "Pass the gradient where x was positive.", 19, 23, " " * 8),
    )


def test_windows_line_endings_are_kept() -> None:
    got = stub(RELU.replace("\n", "\r\n"), "modules/relu.py")
    assert got == stub(RELU, "modules/relu.py").replace("\n", "\r\n")


def test_a_form_feed_does_not_shift_the_line_that_a_problem_names() -> None:
    assert problems_of("\f\n" + function("# end solution"))[0].startswith("modules/relu.py:3:")


def test_a_nested_gap_is_refused_and_both_lines_are_named() -> None:
    source = function("# solution(1a): One.", "# solution(1b): Two.", "return 1", "# end solution")
    assert problems_of(source) == (
        "modules/relu.py:3: solution(1b) opens inside the one of line 2, expected '# end solution' first",
    )


def test_an_unclosed_gap_is_named_with_its_file_and_line() -> None:
    assert problems_of(function("# solution(1a): One.", "return 1")) == (
        "modules/relu.py:2: solution(1a) is not closed, expected '# end solution'",
    )


def test_an_end_without_a_beginning_is_named() -> None:
    assert problems_of(function("return 1", "# end solution")) == (
        "modules/relu.py:3: '# end solution' closes nothing, expected '# solution(...)' before it",
    )


def test_markers_of_different_indentation_are_refused() -> None:
    source = "def f():\n    # solution(1a): One.\n    return 1\n# end solution\n"
    assert problems_of(source) == ("modules/relu.py:4: '# end solution' is indented by 0, expected 4 as in line 2",)


@pytest.mark.parametrize(
    "marker",
    [
        "# solution(1a) One.",
        "# solution(1a):",
        "# solution: One.",
        "#solution(1a): One.",
        "# Solution(1a): One.",
        "# endsolution",
        "# end_solution",
        "# End solution",
        "## solution(1a): One.",
    ],
)
def test_a_misspelt_marker_is_refused_so_that_no_solution_slips_out(marker: str) -> None:
    assert problems_of(function(marker, "return 1"))[0].startswith(f"modules/relu.py:2: {marker!r} is nearly a marker")


@pytest.mark.parametrize("comment", ["# solutions of x² = 2", "# the solution", "x = 1  # solution(1a): One."])
def test_a_comment_that_mentions_a_solution_is_no_marker(comment: str) -> None:
    assert stub(function(comment, "return 1"), "f.py") == function(comment, "return 1")


def test_all_problems_of_a_file_are_told_at_once() -> None:
    source = function("# end solution", "# solution(1a): One.", "# solution(1b): Two.")
    assert len(problems_of(source)) == 3


def test_a_gap_that_cuts_a_statement_in_two_is_refused() -> None:
    source = function("return (", "    # solution(1a): One.", "    1", "    # end solution", ")")
    assert problems_of(source) == (
        "modules/relu.py: the stub is not Python in its line 4, expected gaps around whole statements",
    )


def test_a_gap_outside_functions_is_refused_because_its_stub_cannot_be_imported() -> None:
    first = function("# solution(1a): One.", "return 1", "return 2", "# end solution")
    source = first + "# solution(1b): Two.\nx = 1\n# end solution\n"
    assert problems_of(source) == (
        "modules/relu.py:6: solution(1b) is outside any function, expected inside one: the stub could not be imported",
    )


# No deadline: the machine may be busy. No randomness: a failure must come again.
@settings(deadline=None, derandomize=True)
@given(
    bodies=st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=5),
    sentence=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1),
)
def test_any_number_of_gaps_of_any_length_with_any_sentence_leaves_python(bodies: list[int], sentence: str) -> None:
    source = "".join(
        f"def f{i}():\n    y = {i}\n    # solution({i}): {sentence}\n" + "    y += 1\n" * n + "    # end solution\n"
        for i, n in enumerate(bodies)
    )
    tree = ast.parse(stub(source, "f.py"))
    raised = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert raised == [f"raise NotImplementedError({f'{i}: {sentence}'!r})" for i in range(len(bodies))]
    assert "y += 1" not in ast.unparse(tree)


def test_a_handout_stubs_what_students_write_and_keeps_what_is_provided() -> None:
    files = {"modules/relu.py": RELU, "trainer.py": "epochs = 3\n", "data/labels.csv": "1,2\n"}
    assert handout(files, ["modules/relu.py"]) == {**files, "modules/relu.py": stub(RELU, "modules/relu.py")}


def test_an_error_of_stubs_is_one_of_the_course_and_crosses_processes() -> None:
    """It was no CourseError: a class's run ended in a traceback. Out of a pickle it came letter by letter."""
    sent = pickle.dumps(StubError(["a.py has no gap", "b.py:3: not closed"]))
    error = pickle.loads(sent)  # noqa: S301  # of our own making
    assert isinstance(error, CourseError)
    assert str(error).splitlines() == ["a.py has no gap", "b.py:3: not closed"]


def test_every_problem_of_a_handout_is_told_at_once() -> None:
    files = {"a.py": "x = 1\n", "b.py": RELU, "c.toml": "x = 1\n", "d.py": function("# solution(1a): One.")}
    with pytest.raises(StubError) as caught:
        handout(files, ["a.py", "c.toml", "d.py", "e.py"])
    assert caught.value.sentences == (
        "e.py is not in the solution, expected as a file that students write",
        "a.py has no gap, expected '# solution(...)': the solution would be handed out",
        "b.py:11: a provided file has a solution marker, expected none",
        "c.toml is written by students and is not Python, expected .py: only that can have gaps",
        "d.py:2: solution(1a) is not closed, expected '# end solution'",
    )


def test_signatures_list_what_is_public_and_how_it_is_called() -> None:
    source = dedent("""\
        def f(x, /, y: int = 2, *rest, key=None, **more) -> int: ...
        async def g(): ...
        def _private(x): ...
        class Conv2D(Layer, metaclass=Meta):
            def __init__(self, stride=1): ...
            @property
            def width(self): ...
            def _pad(self): ...
            class Cache: ...
        """)
    assert signatures(source) == {
        "f": "(x, /, y: int=2, *rest, key=None, **more)",
        "g": "async ()",
        "Conv2D": "class(Layer, metaclass=Meta)",
        "Conv2D.__init__": "(self, stride=1)",
        "Conv2D.width": "@property (self)",
        "Conv2D.Cache": "class()",
    }


def test_a_stub_agrees_with_the_signatures_of_its_solution() -> None:
    assert signature_differences(stub(RELU, "modules/relu.py"), RELU) == ()


def test_every_difference_of_signatures_is_told_with_both_sides() -> None:
    got = "def f(x): ...\ndef extra(): ...\n"
    wanted = "def f(x, y=1): ...\nclass C:\n    def g(self): ...\n"
    assert signature_differences(got, wanted) == (
        "f is (x), expected (x, y=1)",
        "C is absent, expected class()",
        "C.g is absent, expected (self)",
        "extra is (), expected nothing of that name",
    )


def test_a_gap_of_a_toml_file_keeps_its_rows_empty() -> None:
    answers = b"""\
[A]
# solution(1): Fill in both rows.
row_0 = ["0", "w(2,2)"]  # the first window
row_1 = "3/2"
W = 6
# end solution
"""
    assert attached_stubs({"answers.toml": answers}) == {
        "answers.toml": '[A]\n# TODO(1): Fill in both rows.\nrow_0 = []\nrow_1 = ""\nW = ""\n'
    }


def test_an_attachment_that_says_it_is_provided_is_handed_out_as_it_is() -> None:
    given = "# How the network is trained. Provided.\nepochs: 10\n"
    assert attached_stubs({"a.yaml": given.encode(), "b.yaml": b"epochs: 10\n# Provided.\n"}) == {"a.yaml": given}
