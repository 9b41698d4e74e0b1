"""Choose what belongs into the zip that is handed in: what the assignment asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError, UnreadableError, UsageError
from grader.model.assignment import Assignment
from grader.model.path_patterns import fits
from grader.submissions.layout import Layout, match_layout
from grader.submissions.members import MIB, listed, visible
from grader.submissions.missing import missing_patterns
from grader.submissions.notebook import MAX_NOTEBOOK_BYTES
from grader.submissions.opened import opened
from grader.submissions.parsing import parse_fault
from grader.submissions.read import (
    MAX_SOURCE_BYTES,
    RESERVED,
    read_attachment,
    under_own_names,
)
from grader.submissions.source_text import refuse_pointer
from grader.wording.text import counted

MAX_WRITEUP_BYTES = 48 * MIB


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes into a zip by its path there, what is asked for and is not there, and what was left out.

    `unreadable` are sentences about files that are asked for and cannot be read, `unparsable` about files that are in
    the zip and that nothing will be able to run or read, `unmet` about checks whose files are not there.
    """

    files: dict[str, bytes]
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]
    left_out: tuple[str, ...]
    unparsable: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """List what its author has to know before handing it in, as sentences."""
        absent = [f"not there: {listed(self.missing, len(self.missing))}"] if self.missing else []
        return (*self.unreadable, *self.unparsable, *absent, *self.unmet)

    def refuse_incomplete(self) -> None:
        """Refuse what would lose points that the work has earned.

        Raises:
            UsageError: something is not there, cannot be read or does not parse.
        """
        if self.faults:
            raise UsageError(f"{'; '.join(self.faults)}. No zip is written; with --anyway it is, as things are")


def select_files(path: Path, assignment: Assignment, provided: set[str]) -> Pack:
    """Read from a folder, or from anything else that can be handed in, what an assignment asks for.

    Raises:
        SubmissionError: the folder cannot be read, or nothing that is asked for is in it.
    """
    writeups = tuple(dict.fromkeys(row.writeup for row in assignment.by_hand))
    patterns = tuple(dict.fromkeys((*assignment.attachments, *writeups)))
    reserved = RESERVED | {module.split(".")[0] for module in assignment.runtime.modules}
    with opened(path) as as_named:
        handed, _ = under_own_names(as_named, assignment.files)
        layout = match_layout(handed.entries, assignment.files, provided - set(assignment.files), reserved, patterns)
        if layout is None:
            asked = ", ".join((*assignment.files, *patterns))
            raise SubmissionError(f"{handed.label} holds nothing that {assignment.name} asks for: {asked}")
        if layout.clashes:
            raise SubmissionError(
                f"{handed.label} holds {', '.join(layout.clashes)} in several spellings, expected one"
            )
        files: dict[str, bytes] = {}
        unreadable: list[str] = []
        left = assignment.attachment_mb * MIB
        for target, name in _targets(layout).items():
            is_attached = target in layout.attached and any(fits(target, one) for one in assignment.attachments)
            try:
                if is_attached:
                    files[target] = read_attachment(handed, name, left, assignment.attachment_mb * MIB)
                    left -= len(files[target])
                else:
                    data = handed.read(name, _most(target, layout))
                    refuse_pointer(data)
                    files[target] = data
            except UnreadableError as error:
                unreadable.append(f"{visible(name)} {error}")
        used = {*_targets(layout).values(), *layout.provided.values()}
        left_out = tuple(visible(name) for name in sorted(handed.entries) if name not in used)
    absent = [path for path in assignment.files if path not in layout.written and path not in layout.notebooks]
    absent += [pattern for pattern in writeups if not any(fits(path, pattern) for path in layout.attached)]
    sources = {path: files.get(path, b"").decode("utf-8", "replace") for path in layout.written}
    sources |= {
        path: files.get(name.split("/")[-1], b"").decode("utf-8", "replace") for path, name in layout.notebooks.items()
    }
    absent += [pattern for pattern in missing_patterns(assignment, layout.attached, sources) if pattern not in absent]
    unparsable = tuple(filter(None, (parse_fault(path, data) for path, data in sorted(files.items()))))
    unmet = tuple(_unmet(assignment, layout.attached))
    return Pack(dict(sorted(files.items())), tuple(absent), tuple(unreadable), left_out, unparsable, unmet)


def _unmet(assignment: Assignment, attached: Iterable[str]) -> Iterator[str]:
    """Describe which checks read a file that is not there. Each entry of `reads` wants a file of its own."""
    for check in assignment.checks:
        left = sorted(attached)
        for patterns in dict.fromkeys(check.reads):
            wanted = check.reads.count(patterns)
            found = [path for path in left if any(fits(path.casefold(), one.casefold()) for one in patterns)][:wanted]
            left = [path for path in left if path not in found]
            begin = f"check {check.name} ({counted(check.points, 'point')}) reads"
            if len(found) < wanted and wanted > 1:
                yield f"{begin} {wanted} files {patterns[0]}, {len(found)} {'is' if len(found) == 1 else 'are'} there"
            elif not found:
                yield f"{begin} {patterns[0]}, which is not there"


def _targets(layout: Layout) -> dict[str, str]:
    """Return every path of the zip and the file that is put there."""
    notebooks = {name.split("/")[-1]: name for name in layout.notebooks.values()}
    return {**notebooks, **layout.attached, **layout.helpers, **layout.written}


def _most(target: str, layout: Layout) -> int:
    if target in layout.attached:
        return MAX_WRITEUP_BYTES
    return MAX_NOTEBOOK_BYTES if target.casefold().endswith(".ipynb") else MAX_SOURCE_BYTES
