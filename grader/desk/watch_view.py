"""What `grade watch` prints of a result: checks as they end, then what to work on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from grader.model.assignment import Visibility
from grader.model.progress import Ended
from grader.model.status import Status
from grader.reporting.ascii import InAscii
from grader.reporting.live_progress import ended_line
from grader.reporting.terminal import check_in_full
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import fix_first
from grader.wording.text import counted, points_text

KEYS = "a all  f failing alone  h hint  e explain  o open the report  q quit"


def ended_lines(ended: Sequence[Ended], before: Mapping[str, Status]) -> Iterator[Text]:
    """Describe how checks ended: those that a student may see, and that are wrong, or were before."""
    for one in ended:
        if one.check.visibility is not Visibility.VISIBLE:
            continue
        was = before.get(one.check.name)
        if one.status is Status.PASSED and was in {None, Status.PASSED}:
            continue
        if one.status is Status.BLOCKED or (one.status is Status.UNWRITTEN and was is one.status):
            continue
        yield ended_line(one)


@renderer
def overview(seen: VisibleResult, before: Mapping[str, Status], seconds: float) -> RenderableType:
    """Describe the result: the check to work on in full, how many passed, and what changed."""
    first = fix_first(seen.checks)
    passed = [check.name for check in seen.checks if check.status is Status.PASSED]
    lines = [f"{len(passed)} of {counted(len(seen.checks), 'check')} passed"]
    lines.append(f"{points_text(seen.score)} of {counted(seen.judged_score, 'point')}")
    now = [name for name in passed if before.get(name, Status.PASSED) is not Status.PASSED]
    no_more = [
        check.name for check in seen.checks if before.get(check.name) is Status.PASSED and check.name not in passed
    ]
    lines += [f"{counted(len(now), 'check')} more than before"] if now else []
    lines += [f"no longer: {', '.join(no_more)}"] if no_more else []
    lines.append(f"{seconds:.2f} s")
    blocks: list[RenderableType] = [] if first is None else [Text(), check_in_full(first), Text()]
    return InAscii(Group(*blocks, Text(", ".join(lines), style="bold green" if first is None else "bold")))
