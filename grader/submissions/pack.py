"""Choose what belongs into the zip that is handed in: what the assignment asks for, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError, UnreadableError, UsageError
from grader.model.assignment import Assignment
from grader.model.path_patterns import fits
from grader.submissions.layout import Layout, match_layout
from grader.submissions.members import MIB, listed, visible
from grader.submissions.notebook import MAX_NOTEBOOK_BYTES
from grader.submissions.read import MAX_SOURCE_BYTES, RESERVED, opened, read_attachment
from grader.submissions.source_text import refuse_pointer

MAX_WRITEUP_BYTES = 48 * MIB


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes into a zip by its path there, what is asked for and is not there, and what was left out.

    `unreadable` are sentences about files that are asked for and cannot be read.
    """

    files: dict[str, bytes]
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]
    left_out: tuple[str, ...]

    def refuse_incomplete(self) -> None:
        """Refuse to leave out what is asked for.

        Raises:
            UsageError: something is not there or cannot be read.
        """
        faults = list(self.unreadable)
        if self.missing:
            faults.append(f"not there: {listed(self.missing, len(self.missing))}")
        if faults:
            raise UsageError(f"{'; '.join(faults)}. No zip is written; with --anyway it is, without them")


def select_files(path: Path, assignment: Assignment, provided: set[str]) -> Pack:
    """Read from a folder, or from anything else that can be handed in, what an assignment asks for.

    Raises:
        SubmissionError: the folder cannot be read, or nothing that is asked for is in it.
    """
    writeups = tuple(dict.fromkeys(row.writeup for row in assignment.by_hand))
    patterns = tuple(dict.fromkeys((*assignment.attachments, *writeups)))
    reserved = RESERVED | {module.split(".")[0] for module in assignment.runtime.modules}
    with opened(path) as handed:
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
    absent += [pattern for pattern in patterns if not any(fits(path, pattern) for path in layout.attached)]
    return Pack(dict(sorted(files.items())), tuple(absent), tuple(unreadable), left_out)


def _targets(layout: Layout) -> dict[str, str]:
    """Return every path of the zip and the file that is put there."""
    notebooks = {name.split("/")[-1]: name for name in layout.notebooks.values()}
    return {**notebooks, **layout.attached, **layout.helpers, **layout.written}


def _most(target: str, layout: Layout) -> int:
    if target in layout.attached:
        return MAX_WRITEUP_BYTES
    return MAX_NOTEBOOK_BYTES if target.casefold().endswith(".ipynb") else MAX_SOURCE_BYTES
