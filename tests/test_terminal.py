from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import (
    CONV_BACKWARD,
    EXAMPLES,
    changed,
    hostile_result,
    partial_result,
    perfect_result,
    rich_result,
    unwritten_result,
)
from rich.cells import cell_len
from rich.console import Console

from grader.model.assignment import Visibility
from grader.model.result import Picture, Result, RuleOutcome
from grader.model.status import Status
from grader.reporting.terminal import rendering
from grader.reporting.terminal_pictures import HeatMap, Matrices
from grader.results.visibility import View, visible_to
from grader.wording.statuses import MARKS
from grader.wording.text import points_text

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CELLS = ((1.0, 0.0, None, 0.5), (0.2, 0.0, None, 0.0), (0.0, 0.7, None, 0.0))


def told(result: Result, view: View = View.STUDENT, width: int = 80) -> str:
    """Print to something that is no terminal, as into a pipe."""
    file = io.StringIO()
    Console(file=file, width=width).print(rendering(visible_to(result, view)))
    return file.getvalue()


def told_in_colour(result: Result) -> str:
    file = io.StringIO()
    Console(file=file, width=80, force_terminal=True, color_system="truecolor", _environ={}).print(
        rendering(visible_to(result, View.INSTRUCTOR))
    )
    return file.getvalue()


def drawn(cells: tuple[tuple[float | None, ...], ...], file: io.TextIOBase, **console: object) -> str:
    Console(file=file, width=80, _environ={}, **console).print(HeatMap(cells))  # type: ignore[arg-type]  # options as given
    file.seek(0)
    return file.read()


def line_of(check: str, text: str) -> str:
    return next(line for line in text.splitlines() if re.match(rf"\S+ +{check} ", line))


@pytest.mark.parametrize("status", Status)
def test_every_check_has_one_line_that_begins_with_the_mark_of_its_status(status: Status) -> None:
    result = rich_result()
    check = next(check for check in result.checks if check.status is status)
    assert line_of(check.name, told(result, View.INSTRUCTOR)).split()[0] == MARKS[status]


def test_a_line_names_the_points_and_what_was_seen() -> None:
    line = line_of("overfit", told(rich_result()))
    assert " ".join(line.split()) == "TIME overfit 0/8 gave no answer within 20 seconds"


def test_points_in_a_line_have_no_needless_decimals() -> None:
    assert line_of("pool_backward_overlap", told(rich_result())).split()[2] == "1.67/5"


def test_a_line_says_what_a_blocked_check_waits_for() -> None:
    assert "waits for conv_backward" in line_of("conv_twice", told(rich_result()))


def test_a_line_of_a_check_that_passed_says_what_was_remarked_or_else_what_the_check_says() -> None:
    result = perfect_result()
    name, description = result.checks[0].name, result.checks[0].description
    remarked = replace(result, checks=(changed(result.checks[0], message="softmax form"), *result.checks[1:]))
    lines = [line_of(name, told(one, width=200)) for one in (result, remarked)]
    assert [line.split(maxsplit=3)[3].strip() for line in lines] == [description, "softmax form"]


def test_parts_are_told_with_their_points() -> None:
    assert re.search(r"^Convolution .* 10\.5 of 18$", told(rich_result()), re.MULTILINE)


def test_a_bar_is_full_only_for_full_points() -> None:
    result = perfect_result()
    nearly = replace(result.parts[0], points=result.parts[0].max_points - Fraction(1, 1000))
    assert "━" * 20 in told(result)
    assert "━" * 19 + "─" in told(replace(result, parts=(nearly,)))


@pytest.mark.parametrize(
    "expected",
    [
        "The gradients of weight, bias and input agree with the reference,",
        "dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)",
        "- dw and db are right in every case",
        "- the padded gradient is cropped by one pixel whatever the padding",
        "modules/convolution.py, line 71, in backward",
        "self.dx = dx_padded[:, :, 1:-1, 1:-1]",
        "█▀▀▀▀▀█ █▀▀▀▀▀█",
        "expected   0.3147  -0.9021   -1.482   0.2290   0.6614",
    ],
)
def test_the_first_failure_is_told_in_full(expected: str) -> None:
    assert expected in told(rich_result())


def test_only_the_first_failure_is_told_in_full() -> None:
    assert "np.dot(dout" not in told(rich_result())


def test_the_hint_is_not_told_but_the_command_for_it_is() -> None:
    text = told(rich_result())
    assert "Which of them does your slice" not in text
    assert "How many rows of the padded gradient" not in text
    assert text.splitlines()[-1] == "grade hint convnet conv_backward"


@pytest.mark.parametrize(
    ("result", "command"),
    [
        (perfect_result(), "grade list"),
        (partial_result(), "grade run convnet"),
        (unwritten_result(), "grade hint convnet conv_forward"),
        (hostile_result(), "grade hint convnet conv_backward"),
        (
            replace(perfect_result(), rules=(RuleOutcome("output", "prints", Fraction(-1)),)),
            "grade run convnet",
        ),
        (replace(perfect_result(), checks=()), "grade list"),
    ],
)
def test_the_last_line_is_the_next_command(result: Result, command: str) -> None:
    assert told(result).splitlines()[-1] == command


@pytest.mark.parametrize(
    ("result", "work", "command"),
    [
        (perfect_result(), "", "grade pack convnet"),
        (perfect_result(), "my work", "grade pack convnet 'my work'"),
        (partial_result(), "work", "grade run convnet -s work"),
        (unwritten_result(), "work", "grade hint convnet conv_forward"),
    ],
)
def test_at_full_points_the_next_command_packs_what_is_not_handed_in_yet(
    result: Result, work: str, command: str
) -> None:
    file = io.StringIO()
    Console(file=file, width=20).print(rendering(visible_to(result, View.STUDENT), work), crop=False)
    assert file.getvalue().splitlines()[-1] == command


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_width_cuts_what_went_wrong(width: int) -> None:
    """The line of a check was cut behind some words: with it went the number of the line, and digits."""
    said = "modules/convolution.py:123: ValueError: operands could not be broadcast together: (4,3) (5,2) 0.1237"
    got, expected = (("-0.123456789",) * 9,), (("1.5",) * 9,)
    picture = Picture(title="dw", caption="c", cells=((1.0,),), labels=("row 0",), got=got, expected=expected)
    row = changed(CONV_BACKWARD, message=said, picture=picture)
    text = told(replace(rich_result(), checks=(row,), by_hand=()), width=width)
    assert "".join(text.split()).count(said.replace(" ", "")) == 2  # in its line, and in full
    assert text.count("-0.123456789") == 9
    assert row.name in text


def test_of_what_is_withheld_nobody_is_told_that_it_passed() -> None:
    """With half of the points withheld it said that every check passed, and all points of a smaller whole."""
    perfect = perfect_result()
    first, *others = perfect.checks
    later = replace(first, check=replace(first.check, visibility=Visibility.AFTER_DUE_DATE))
    text = told(replace(perfect, checks=(later, *others)))
    assert f", {points_text(first.max_points)} points not shown here" in text.splitlines()[0]
    assert "every check passed" not in text
    assert "every check that is shown here passed" in text


def test_a_bar_in_ascii_tells_what_is_done() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    Console(file=file, width=80, _environ={}).print(rendering(visible_to(rich_result(), View.STUDENT)))
    file.seek(0)
    line = next(line for line in file.read().splitlines() if "#-" in line)
    assert "?" not in line


def test_rules_and_notes_are_told() -> None:
    text = " ".join(told(rich_result()).split())
    assert "rule modules/relu.py prints 2 lines; the assignment asks for no output (-1.5 points)" in text
    assert "note __MACOSX/ and 14 .pyc files were passed over" in text


def test_a_student_is_told_nothing_that_is_for_instructors() -> None:
    text = told(rich_result(), width=132)
    assert "secret_shapes" not in text
    assert "worker answered in" not in text
    assert "worker answered in" in told(rich_result(), View.INSTRUCTOR, width=132)


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_no_line_is_wider_than_the_terminal(result: Result, width: int) -> None:
    assert max(map(cell_len, told(result, width=width).splitlines())) <= width


def test_a_pipe_receives_no_control_character() -> None:
    assert [char for char in told(hostile_result()) if not char.isprintable() and char != "\n"] == []


def test_a_terminal_receives_no_control_sequence_but_our_colours() -> None:
    text = told_in_colour(hostile_result())
    assert COLOUR.search(text)
    assert [char for char in COLOUR.sub("", text) if not char.isprintable() and char != "\n"] == []


def test_markup_from_a_submission_is_shown_and_not_obeyed() -> None:
    message = "[bold red]shout[/bold red] :bomb: [link=https://example.org]go[/link]"
    assert message in told(replace(rich_result(), checks=(changed(CONV_BACKWARD, message=message),)))


def test_a_message_cannot_pass_for_a_line_of_ours() -> None:
    forged = "broken\nok      conv_backward               9/9  all is well\ngrade list"
    note = replace(rich_result(), notes=(forged,), checks=(changed(CONV_BACKWARD, message=forged),))
    lines = told(note).splitlines()
    assert [line for line in lines if line.startswith(("ok ", "grade "))] == ["grade hint convnet conv_backward"]


def test_colour_adds_nothing_to_what_is_told() -> None:
    shapes = str.maketrans("█▀▄", "███")
    plain = [line.rstrip() for line in told(rich_result(), View.INSTRUCTOR).translate(shapes).splitlines()]
    coloured = COLOUR.sub("", told_in_colour(rich_result())).translate(shapes)
    assert [line.rstrip() for line in coloured.splitlines()] == plain


def test_no_color_leaves_no_colour() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="truecolor", _environ={"NO_COLOR": "1"})
    console.print(rendering(visible_to(rich_result(), View.STUDENT)))
    assert set(COLOUR.findall(file.getvalue())) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m"}


def test_a_map_without_colour_tells_right_from_wrong_by_its_shapes() -> None:
    assert drawn(CELLS, io.StringIO()).splitlines() == ["█· ▀", "·▀ ·"]


def test_a_map_in_colour_tells_how_wrong() -> None:
    text = drawn(((0.1,), (1.0,)), io.StringIO(), force_terminal=True, color_system="standard")
    assert re.fullmatch(r"\x1b\[33;101m▀\x1b\[0m\n", text)


def test_a_terminal_that_knows_only_ascii_gets_a_map_in_ascii() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    assert drawn(CELLS, file).splitlines() == ["#. #", "#. .", ".# ."]


def test_an_error_that_is_no_number_is_drawn_as_wrong() -> None:
    assert drawn(((float("nan"), 0.0),), io.StringIO()).splitlines() == ["▀·"]


def test_a_picture_without_cells_or_values_is_told_by_its_caption() -> None:
    bare = changed(CONV_BACKWARD, picture=Picture(title="Where dx differs", caption="everywhere", cells=()))
    assert "Where dx differs: everywhere" in told(replace(rich_result(), checks=(bare,)))


MATRIX = Picture(
    title="Where A differs",
    caption="2 of 4 values",
    cells=((1.0, 0.0), (0.0, 1.0)),
    labels=("0", "1"),
    got=(("w(0,0)", "0"), ("0", "0")),
    expected=(("0", "0"), ("0", "w(0,0)")),
    columns=("0", "1"),
)


def matrices(width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, _environ={}).print(Matrices(MATRIX))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_two_matrices_stand_side_by_side_and_brackets_mark_what_is_wrong() -> None:
    assert matrices(60) == [
        "got              expected",
        "         0   1       0        1",
        "0 [w(0,0)]   0   0 [0]        0",
        "1        0 [0]   1   0 [w(0,0)]",
    ]


def test_two_matrices_stand_below_each_other_where_the_screen_is_narrow() -> None:
    lines = matrices(16)
    assert [line for line in lines if line in {"got", "expected"}] == ["got", "expected"]
    assert max(map(len, lines)) <= 16


def test_columns_that_do_not_fit_follow_below_and_none_is_lost() -> None:
    size = 16
    labels = tuple(map(str, range(size)))
    got = tuple(tuple(f"{row}.{column}5" for column in range(size)) for row in range(2))
    file = io.StringIO()
    wide = replace(MATRIX, labels=labels[:2], columns=labels, got=got, expected=got)
    Console(file=file, width=40, _environ={}).print(Matrices(wide))
    assert all(file.getvalue().split().count(value) == 2 for row in got for value in row)
    assert max(map(len, file.getvalue().splitlines())) <= 40


@pytest.mark.parametrize("width", range(40, 110, 3))
def test_no_line_of_a_message_is_a_command_to_a_build_server(width: int) -> None:
    """Wrapped, a sentence of a stranger's goes on at the beginning of a line, and servers look behind blanks."""
    message = "ValueError in transform: " + "::error::owned ::add-mask::passed ##vso[task.complete]" * 3
    checks = (changed(perfect_result().checks[0], status=Status.RAISED, message=message), *perfect_result().checks[1:])
    lines = told(replace(perfect_result(), checks=checks), width=width).splitlines()
    assert any("::error" in line for line in lines)
    assert not [line for line in lines if line.lstrip().startswith(("::", "##vso["))]


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_quoted_line_is_a_link_to_its_file_where_the_reader_has_it(*, is_linked: bool) -> None:
    file = io.StringIO()
    link = (lambda line: f"file:///home/ada/{line.file}") if is_linked else None
    Console(file=file, width=80, force_terminal=True, color_system="standard", _environ={}).print(
        rendering(visible_to(rich_result(), View.STUDENT), link=link)
    )
    assert ("\x1b]8;id=" in file.getvalue()) is is_linked
    assert (";file:///home/ada/modules/" in file.getvalue()) is is_linked
