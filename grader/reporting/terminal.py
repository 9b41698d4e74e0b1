"""A result as lines of a terminal. Pure: it builds what rich prints, and prints nothing.

Every text from a submission passes `printable` and becomes a `Text`, in which rich reads no markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from grader.model.result import CheckResult, Item, PartScore, QuotedLine, WithheldCheck
from grader.model.status import Answer, Status
from grader.model.submission import StoredOutput
from grader.reporting.ascii import InAscii
from grader.reporting.build_log import Guarded
from grader.reporting.formulas import Sentence
from grader.reporting.places import Address
from grader.reporting.terminal_pictures import picture_block
from grader.results.unwritten_rows import Row, rows_of
from grader.results.visibility import VisibleResult, renderer
from grader.results.withheld import answer_notes
from grader.wording.figures import figure_says
from grader.wording.statuses import (
    ANSWER_MARKS,
    EXAMPLE_TITLE,
    MARKS,
    WORDS,
    example_text,
    fix_first,
    isolation_warning,
    lacking_answers,
    next_command,
    outcome_text,
    partial_warning,
    repro_command,
    variables_text,
    withheld_text,
)
from grader.wording.text import (
    around_column,
    counted,
    numbered_lines,
    one_line,
    place,
    points_text,
    printable,
)

STYLES: dict[Status, str] = {
    Status.PASSED: "green",
    Status.UNWRITTEN: "blue",
    Status.BLOCKED: "dim",
    Status.VOID: "magenta",
}
"""The colour of a mark; every other status is red."""

MARK_WIDTH = max(map(len, MARKS.values()))
MAX_NAME_WIDTH = 32  # of a heading
MIN_SENTENCE_WIDTH = 24  # where less is left beside a name, the sentence stands below it
BAR_WIDTH = 20
INDENT = MARK_WIDTH + 2


@renderer
def rendering(seen: VisibleResult, work: str | None = None, change: str = "", link: Address | None = None) -> Group:
    """Render a result: a line per check, the first failure in full, the next command as the last line.

    `work` is where its author said that it lies, as for `next_command`; `change` says what is otherwise than before,
    and `link` gives the address of a quoted line.
    """
    first = fix_first(seen.checks)
    last_command = next_command(
        seen.assignment, seen.checks, seen.rules, left_out=seen.left_out, withheld=seen.withheld_checks, work=work
    )
    blocks: list[RenderableType] = [*_headline(seen), *([Text(one_line(change))] if change else []), *_parts(seen)]
    if first is not None:
        blocks += [Text(), check_in_full(first, link)]
        if command := repro_command(seen.assignment, first):
            blocks += [Text(), Text(one_line(f"to run it under a debugger: {command}"), style="dim", overflow="fold")]
    if seen.rules or seen.notes:
        blocks += [Text(), _remarks(seen)]
    if seen.stored_outputs:
        blocks += [Text(), Text("What the notebook shows, by its author's account", style="bold")]
        blocks += [_stored(output) for output in seen.stored_outputs]
    blocks += [Text(), Text(_before_command(seen, first, is_handed_in=work is None), style="dim")]
    # One line however narrow the screen is, since it is there to be copied.
    last = Text(one_line(last_command), style="bold", no_wrap=True, overflow="ignore")
    return Group(Guarded(InAscii(Group(*blocks))), last)


def _headline(seen: VisibleResult) -> Iterator[Text]:
    score = f"{points_text(seen.score)} of {counted(seen.judged_score, 'point')}"
    if seen.open_points:
        score += f", {counted(seen.open_points, 'point')} open"
    if seen.withheld_points:
        score += f", {counted(seen.withheld_points, 'point')} not shown here, {points_text(seen.whole_score)} in all"
    yield Text.assemble((one_line(seen.title), "bold"), "  ", (score, "bold"))
    yield Text(f"submission: {one_line(seen.submission)}", style="dim")
    if warning := partial_warning(seen.left_out):
        yield Text(warning, style="bold yellow")
    if warning := isolation_warning(seen.provenance):
        yield Text(warning, style="bold yellow")


def _parts(seen: VisibleResult) -> Iterator[RenderableType]:
    title_width = min(max((cell_len(one_line(part.title)) for part in seen.parts), default=0), MAX_NAME_WIDTH)
    lines = {part.name: [_line(row) for row in rows_of(seen, part.name)] for part in seen.parts}
    every = [line for of_part in lines.values() for line in of_part]
    name_width = max((cell_len(line.name) for line in every), default=0)
    points_width = max((len(line.points) for line in every), default=0)
    for part in seen.parts:
        if lines[part.name]:
            yield Text()
            yield PartLine(part, title_width, seen.withheld_in(part.name))
            yield ItemLines(lines[part.name], name_width, points_width)
    if seen.withheld_checks:
        yield Text()
        yield Text("Not shown yet", style="bold")
        later = [_withheld_line(check) for check in seen.withheld_checks]
        yield ItemLines(later, max(cell_len(line.name) for line in later), max(len(line.points) for line in later))


@dataclass(frozen=True, slots=True)
class PartLine:
    """The heading of a part, a bar and its points: without the bar where there is no room for one."""

    part: PartScore
    title_width: int
    withheld: Fraction = Fraction(0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for what this console can show."""
        part = self.part
        title, points = Text(one_line(part.title), style="bold"), f"{points_text(part.points)} of "
        points += points_text(part.max_points)
        points += f", {points_text(self.withheld)} not shown" if self.withheld else ""
        if self.title_width + BAR_WIDTH + len(points) + 4 > options.max_width:
            yield Text.assemble(title, f"  {points}")
            return
        title.truncate(self.title_width, overflow="ellipsis", pad=True)
        whole = part.max_points + self.withheld
        share = min(part.points / whole, Fraction(1)) if whole > 0 else Fraction(0)
        filled = int(share * BAR_WIDTH)  # rounded down: a full bar is full points
        done, rest = "#-" if options.ascii_only else "━─"
        bar = ((done * filled, "green"), (rest * (BAR_WIDTH - filled), "dim"))
        yield Text.assemble(title, "  ", *bar, f"  {points}")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a mark, a name, points and a sentence."""

    mark: Text
    name: str
    points: str
    sentence: Text | Sentence


def _line(row: Row) -> Line:
    if row.todo:
        points = f"0/{points_text(row.max_points)}"
        return Line(mark(Status.UNWRITTEN), one_line(row.name), points, Text(one_line(row.says), overflow="fold"))
    (item,) = row.items
    return Line(mark(item.status), one_line(item.name), _points(item), _sentence(item))


def _withheld_line(check: WithheldCheck) -> Line:
    style = {Answer.MISSING: "blue", Answer.UNREADABLE: "bold red"}.get(check.answer, "dim")
    word = Text(f"{ANSWER_MARKS[check.answer]:<{MARK_WIDTH}}", style=style)
    said = Text(one_line(withheld_text(check)), overflow="fold")
    return Line(word, one_line(check.name), f"?/{points_text(check.max_points)}", said)


@dataclass(frozen=True, slots=True)
class ItemLines:
    """A line for each check: mark, name, points and a sentence.

    What went wrong is wrapped, since its last word may be the one that helps; what a passed check says may be cut.
    """

    lines: Sequence[Line]
    name_width: int
    points_width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Set sentences beside the names, or below them where the screen is narrow."""
        before = MARK_WIDTH + self.name_width + self.points_width + 6
        if options.max_width - before >= MIN_SENTENCE_WIDTH:
            table = Table.grid(padding=(0, 2, 0, 0), expand=True)
            table.add_column(width=MARK_WIDTH, no_wrap=True)
            table.add_column(width=self.name_width, no_wrap=True)
            table.add_column(width=self.points_width, no_wrap=True, justify="right")
            table.add_column(ratio=1, overflow="fold")
            for line in self.lines:
                table.add_row(line.mark, Text(line.name), Text(line.points), line.sentence)
            yield table
            return
        for line in self.lines:
            yield Text.assemble(line.mark, "  ", line.name, "  ", line.points, overflow="fold")
            if line.sentence:
                yield Padding(line.sentence, (0, 0, 0, INDENT))


def _sentence(item: Item) -> Text | Sentence:
    said, style = outcome_text(item), "dim" if item.status is Status.PASSED else ""
    if item.status is Status.PASSED and not said:
        return Sentence(item.description, style, is_cut=True)
    return Text(one_line(said), style=style, overflow="fold")


def _points(item: Item) -> str:
    return f"{points_text(item.points)}/{points_text(item.max_points)}"


def mark(status: Status) -> Text:
    """Write a status as one short word in its colour."""
    return Text(f"{MARKS[status]:<{MARK_WIDTH}}", style=STYLES.get(status, "bold red"))


def check_in_full(check: CheckResult, link: Address | None = None) -> Group:
    """Render one check in full: its sentence, what was seen, known mistakes, the student's line, the map of errors."""
    title = Text.assemble(mark(check.status), "  ", (one_line(check.name), "bold"), f"  {WORDS[check.status]}, ")
    title.append(f"{points_text(check.points)} of {counted(check.max_points, 'point')}")
    blocks: list[RenderableType] = [Sentence(check.description)]
    if outcome_text(check):
        blocks.append(Text(printable(outcome_text(check)), style="bold"))
    blocks.extend(_listed(reason) for reason in check.reasons)
    if check.mistakes:
        blocks.append(Text("Your values are exactly those of a known mistake:", style="yellow"))
        blocks.extend(_headed([("-", Sentence(known.description))]) for known in check.mistakes)
    for line in check.quoted:
        blocks += [Text(), _quotation(line, link)]
    if held := variables_text(check):
        blocks.append(Text(held, style="dim"))
    if example := example_text(check):
        blocks += [Text(), Text(EXAMPLE_TITLE, style="bold")]
        blocks += [Padding(Text(one_line(line), overflow="fold"), (0, 0, 0, 4)) for line in example.splitlines()]
    if check.picture is not None:
        blocks += [Text(), picture_block(check.picture)]
    for figure in check.figures:
        blocks.append(Text(figure_says(figure), style="dim"))
        blocks += [Text(printable(line), style="dim", no_wrap=True) for line in figure.lines]
    if check.detail:
        # Behind a bar, no line of a stranger's is a command to the build server whose log this may be.
        blocks += [Text(), *(Text(f"| {line}", style="dim") for line in printable(check.detail).splitlines())]
    return Group(title, Padding(Group(*blocks), (0, 0, 0, INDENT)))


def _listed(sentence: str) -> Table:
    return _headed([("-", sentence)])


def _headed(rows: Sequence[tuple[str, str | Sentence]]) -> Table:
    """Set each text beside its heading, so that no line of it can pass for a line of ours."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    for heading, text in rows:
        lines.add_row(Text(heading), Text(printable(text)) if isinstance(text, str) else text)
    return lines


def _stored(output: StoredOutput) -> Group:
    pictures = f", {counted(output.pictures, 'picture')}" if output.pictures else ""
    where = f"{one_line(output.file)}, cell {output.cell}{pictures}"
    return Group(Text(where, style="dim"), *[Padding(Text(printable(output.text)), (0, 0, 0, 4))][: bool(output.text)])


def _quotation(line: QuotedLine, link: Address | None) -> Group:
    style = Style(dim=True, link=link(line) or None) if link is not None else Style(dim=True)
    if line.before or line.after:
        return Group(Text(place(line), style=style), *_in_context(line))
    before, at, after = around_column(line)
    source = Text(f"    {before}{at}{after}", no_wrap=True, overflow="ellipsis")
    caret = [Text(" " * (4 + cell_len(before)) + "^", no_wrap=True, overflow="ellipsis")] if at else []
    return Group(Text(place(line), style=style), source, *caret)


def _in_context(line: QuotedLine) -> Iterator[RenderableType]:
    """Write a line and those around it with their numbers; a sign stands before the line that failed."""
    numbered = numbered_lines(line)
    width = len(str(numbered[-1][0]))
    column = line.column - 1 - (len(line.source) - len(line.source.lstrip())) if line.column else -1
    for number, text in numbered:
        is_it = number == line.line
        shown = Table.grid(padding=(0, 1, 0, 0), expand=True)
        shown.add_column(no_wrap=True, width=width + 4)
        # What failed is told to its end; of the lines around it the beginning says which they are.
        shown.add_column(ratio=1, overflow="fold" if is_it else "ellipsis", no_wrap=not is_it)
        sign = Text(f"  {'>' if is_it else ' '} {number:>{width}}", style="bold" if is_it else "dim")
        shown.add_row(sign, Text(text, style="" if is_it else "dim"))
        yield shown
        if is_it and column >= 0:
            indent = len(text) - len(text.lstrip()) + column
            yield Text(" " * (5 + width + indent) + "^", no_wrap=True, overflow="ellipsis")


def _remarks(seen: VisibleResult) -> Table:
    rules = [
        ("rule", f"{rule.message} ({points_text(rule.points)} points)" if rule.points < 0 else rule.message)
        for rule in seen.rules
    ]
    told = answer_notes(seen.withheld_checks)  # which have rows of their own here
    return _headed([*rules, *(("note", note) for note in seen.notes if note not in told)])


def _before_command(seen: VisibleResult, first: CheckResult | None, *, is_handed_in: bool) -> str:
    if first is not None:
        return "for a hint:"
    if any(check.status is Status.VOID for check in seen.checks):
        return "some checks could not be judged, by no fault of yours; to see whether this machine lacks something:"
    if any(rule.points < 0 for rule in seen.rules):
        return "every check passed, but a rule took points; to run again:"
    if seen.left_out:
        return f"{counted(len(seen.checks), 'check')} passed, {seen.left_out} not run; to run all:"
    if lacking := lacking_answers(seen.withheld_checks):
        are = "has" if len(lacking) == 1 else "have"
        return (
            f"every check that is shown here passed, and {len(lacking)} {are} no answer that can be judged; for a hint:"
        )
    every = "every check that is shown here passed" if seen.withheld else "every check passed"
    return f"{every}; to {'see what comes next' if is_handed_in else 'make what is handed in'}:"
