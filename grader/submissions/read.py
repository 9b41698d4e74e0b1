"""Read a submission: the files a student wrote, laid over the course's own, and a sentence for whatever was unusual.

A file that cannot be read is named and never counts as one that is wrong; a submission that cannot be read at all is
the caller's move.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from grader.errors import (
    NothingHandedInError,
    SubmissionError,
    TooLargeError,
    UnreadableError,
    UnreadableSubmissionError,
)
from grader.model.assignment import Assignment
from grader.model.submission import SourceMap, StoredOutput
from grader.submissions.bounds import too_much
from grader.submissions.copy_names import originals
from grader.submissions.layout import Layout, match_layout
from grader.submissions.members import (
    MIB,
    Handed,
    SubmissionForm,
    listed,
    visible,
)
from grader.submissions.missing import missing_patterns
from grader.submissions.nested import archives_in, with_archive
from grader.submissions.notebook import MAX_NOTEBOOK_BYTES
from grader.submissions.notebook_modules import notebook_modules
from grader.submissions.opened import opened
from grader.submissions.source_text import SourceText, refuse_pointer, source_text, with_unix_line_ends
from grader.wording.text import counted

__all__ = ["Submission", "SubmissionError", "read_submission"]

MOST_NOTES: Final = 30  # of one kind; each stands in the report
MAX_SOURCE_BYTES: Final = MIB  # parsing 500,000 lines takes Python six seconds

# A file of one of these names at the top would stand in for what the worker itself runs on.
RESERVED: Final = sys.stdlib_module_names | {
    "__main__", "conftest", "drivers", "grader", "numpy", "sitecustomize", "torch", "usercustomize"
}  # fmt: skip
_SAME_MODULE: Final = "import sys\nfrom importlib import import_module\n\nsys.modules[__name__] = import_module({!r})\n"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in, ready to be graded.

    `label` is the name shown to people. `sources` holds the text of every file that matters by its posix path, the
    course's copy of what the course provides among them. `notes` are sentences for the student. `missing` are files
    that the assignment asks for and that were not handed in. `unreadable` maps a path to the end of a sentence that
    begins with it. `digest` is the hash of what was handed in, names and contents and nothing else. `attachments` are
    the bytes of what was handed in beside modules and is asked for. `origins` say for modules that a notebook stands in
    for where their lines are in it, and `stored_outputs` what the notebook's cells show.
    """

    label: str
    sources: dict[str, str]
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    unreadable: dict[str, str]
    digest: str
    attachments: dict[str, bytes] = field(default_factory=dict)
    origins: dict[str, SourceMap] = field(default_factory=dict)
    stored_outputs: tuple[StoredOutput, ...] = ()


def read_submission(path: Path, assignment: Assignment, provided: Mapping[str, str]) -> Submission:
    """Read what was handed in as a folder, a zip, a tar or tar.gz, or one file.

    The course's own files, `provided` as text by path, win over what was handed in.

    Raises:
        UnreadableSubmissionError: none of its code can be read.
        SubmissionError: it cannot be graded for another reason; the text says why in one sentence.
    """
    try:
        with opened(path) as as_named:
            own = {name: text for name, text in provided.items() if name not in assignment.files}
            reserved = _reserved(assignment)
            handed, notes = under_own_names(as_named, assignment.files)

            def lay_out(one: Handed) -> Layout | None:
                named, _ = under_own_names(one, assignment.files)
                return match_layout(named.entries, assignment.files, own, reserved, assignment.attachments)

            if (opened_inside := with_archive(as_named, assignment.files, lay_out)) is not None:
                merged, said = opened_inside
                handed, notes = under_own_names(merged, assignment.files)
                notes.append(said)
            layout = lay_out(handed)
            if layout is None:
                raise _nothing_found(handed, assignment)
            if layout.clashes:
                asked, names = next(iter(layout.clashes.items()))
                raise SubmissionError(
                    f"submission {handed.label} holds {listed(names)}, which differ only in case, expected one {asked}"
                )
            return _read(handed, replace(layout, notes=(*notes, *layout.notes)), assignment, own)
    except UnreadableSubmissionError as error:
        if error.digest:
            raise
        digest = ""
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        raise UnreadableSubmissionError(str(error), digest, (str(error),)) from error


def under_own_names(handed: Handed, files: Collection[str]) -> tuple[Handed, list[str]]:
    """Give copies of files of the assignment the names that are asked for, with a sentence about each."""
    found = originals(handed.entries, files)
    entries = {found.get(name, name): entry for name, entry in handed.entries.items()}
    return replace(handed, entries=entries), [f"{visible(copy)} was taken as {own}" for copy, own in found.items()]


def _read(handed: Handed, layout: Layout, assignment: Assignment, provided: Mapping[str, str]) -> Submission:
    sources = dict(provided)
    unreadable: dict[str, str] = {}
    remarks: list[str] = []
    digest = hashlib.sha256(_hashed_layout(layout))
    for path, name in sorted({**layout.written, **layout.provided, **layout.helpers}.items()):
        if path in provided and len(handed.entries[name]) > 1:
            remarks.append(f"{path} was handed in several times: the course's copy is used")
            continue
        data, source = _read_file(handed, name, path)
        digest.update(_hashed("", path, data))
        if path in provided:
            if isinstance(source, str):
                remarks.append(f"{path} {source}: the course's copy is used")
            elif source.text != with_unix_line_ends(provided[path]):
                remarks.append(f"{path} differs from the course's copy, which is used instead")
        elif isinstance(source, str):
            unreadable[path] = source
        else:
            sources[path] = source.text
            remarks += [f"{path} {source.remark}"] if source.remark else []
    written = [path for path in layout.written if path.endswith(".py")]
    if not layout.attached and all(path in unreadable or not sources[path].strip() for path in written):
        blank = [path for path in written if sources.pop(path, None) is not None]
        unreadable |= dict.fromkeys(blank, "is empty, expected code")
    named = _named_as_handed_in(layout, sources, assignment)
    sources |= named
    for own, text in sorted(named.items()):
        digest.update(_hashed("named as handed in", own, text.encode("utf-8", "backslashreplace")))
    course, reserved = (*assignment.files, *provided), _reserved(assignment)
    notebooks = notebook_modules(handed, layout.notebooks, sources, assignment.definitions, course, reserved)
    sources |= notebooks.sources
    unreadable |= notebooks.unreadable
    attachments = _read_attachments(handed, layout, assignment.attachment_mb * MIB, unreadable)
    for kind, files in (("notebook", notebooks.handed), ("attachment", sorted(attachments.items()))):
        for path, data in files:
            digest.update(_hashed(kind, path, data))
    for path, why in sorted(unreadable.items()):  # no bytes of a file that is too large were hashed
        digest.update(_hashed("unreadable", path, why.encode("utf-8", "backslashreplace")))
    if why := too_much((*sources, *attachments)):
        said = f"submission {handed.label} {why}"
        raise UnreadableSubmissionError(said, digest.hexdigest(), (said,))
    if not _readable(layout, notebooks.sources, unreadable):
        raise _unreadable(handed, layout, digest, unreadable)
    missing = tuple(
        path for path in assignment.files if path not in {*layout.written, *notebooks.sources, *notebooks.looked_for}
    )
    absent = missing_patterns(assignment, layout.attached, sources)
    used = {
        name
        for names in (layout.written, layout.provided, layout.helpers, layout.attached, layout.notebooks)
        for name in names.values()
    }
    notes = (
        *_first(list(layout.notes), MOST_NOTES),
        *_first(list(notebooks.notes), MOST_NOTES),
        *_first(remarks),
        *_first([f"{path} {why}" for path, why in unreadable.items()]),
        *([f"not handed in: {listed([*missing, *absent], len(missing) + len(absent))}"] if missing or absent else []),
        *_first([f"{visible(path)} {why}" for path, why in sorted(handed.barred.items()) if path not in used]),
    )
    return Submission(
        handed.label, dict(sorted(sources.items())), notes, missing, unreadable | notebooks.looked_for,
        digest.hexdigest(), attachments, notebooks.origins, tuple(notebooks.outputs),
    )  # fmt: skip


def _named_as_handed_in(layout: Layout, sources: Mapping[str, str], assignment: Assignment) -> dict[str, str]:
    """Write a module under the name that files have for each other that were handed in side by side.

    Such files import `relu` where the assignment has `modules.relu`, be it one of theirs or one of the course's; and
    `work.relu` where that one lay in a folder of their own.
    """
    moved = {
        own: _SAME_MODULE.format(path.removesuffix(".py").replace("/", "."))
        for own, path in layout.moved.items()
        if path in sources and own not in sources
    }
    return moved | _named_side_by_side(layout, sources, assignment)


def _named_side_by_side(layout: Layout, sources: Mapping[str, str], assignment: Assignment) -> dict[str, str]:
    if not any("/" in path and not f"/{name}".endswith(f"/{path}") for path, name in layout.written.items()):
        return {}
    reserved = _reserved(assignment)
    inner = [path for path in sources if path.endswith(".py") and path.count("/") and not path.endswith("__init__.py")]
    homes = Counter(path.split("/")[-1] for path in inner)
    return {
        own: _SAME_MODULE.format(path.removesuffix(".py").replace("/", "."))
        for path in inner
        if homes[own := path.split("/")[-1]] == 1 and own not in sources and own.removesuffix(".py") not in reserved
    }


def _reserved(assignment: Assignment) -> frozenset[str]:
    """List the modules that no module of a student may hide."""
    return RESERVED.union(module.split(".")[0] for module in assignment.runtime.modules)


def _readable(layout: Layout, notebooks: Mapping[str, str], unreadable: Mapping[str, str]) -> bool:
    """Return whether something can be read of the code that was handed in, or of what is attached where none was."""
    written = [path for path in layout.written if path.endswith(".py")] or list(layout.written)
    is_code = bool(written or layout.notebooks or layout.undecided)
    return bool(notebooks) or any(path not in unreadable for path in (written if is_code else layout.attached))


def _unreadable(
    handed: Handed, layout: Layout, digest: hashlib._Hash, unreadable: Mapping[str, str]
) -> UnreadableSubmissionError:
    """Return that nothing of what counts can be read, with the digest of its bytes."""
    for name in layout.undecided:
        digest.update(_hashed("undecided", name, _read_file(handed, name, name)[0]))
    undecided = [note for note in layout.notes if layout.undecided and note.startswith("which of ")]
    sentences = [*undecided, *(f"{path} {why}" for path, why in unreadable.items())]
    said = f"submission {handed.label} cannot be read: {'; '.join(_first(sentences, 1))}"
    return UnreadableSubmissionError(said, digest.hexdigest(), tuple(_first(sentences)))


def _hashed(kind: str, path: str, data: bytes) -> bytes:
    """Write a file for a digest: its kind and lengths first, so that no two sets of files hash the same bytes.

    Modules have no kind, as before there were others: what was graded of them is not graded again.
    """
    name = path.encode("utf-8", "backslashreplace")
    return (f"{kind} " if kind else "").encode() + b"%d %d " % (len(name), len(data)) + name + data


def _hashed_layout(layout: Layout) -> bytes:
    """Write for a digest which notebook stands in for which module, each by its place among them."""
    places = {name: place for place, name in enumerate(sorted(set(layout.notebooks.values())))}
    pairs = sorted((path, places[name]) for path, name in layout.notebooks.items())
    return b"".join(_hashed("stands in", path, b"%d" % place) for path, place in pairs)


def _read_attachments(handed: Handed, layout: Layout, max_bytes: int, unreadable: dict[str, str]) -> dict[str, bytes]:
    """Read attachments until together they are as large as they may be, noting those that cannot be read."""
    attachments: dict[str, bytes] = {}
    left = max_bytes
    for path, name in sorted(layout.attached.items()):
        try:
            attachments[path] = read_attachment(handed, name, left, max_bytes)
        except UnreadableError as error:
            unreadable[path] = str(error)
        else:
            left -= len(attachments[path])
    return attachments


def read_attachment(handed: Handed, name: str, left: int, max_bytes: int) -> bytes:
    """Return the contents of an attachment, where `left` is left of the `max_bytes` that all of them may have.

    Raises:
        UnreadableError: it cannot be read, or is larger.
    """
    try:
        data = handed.read(name, left)
    except TooLargeError:
        raise UnreadableError(
            f"is too large, expected at most {max_bytes // MIB} MiB in all attachments together"
        ) from None
    refuse_pointer(data)
    return data


def _read_file(handed: Handed, name: str, path: str) -> tuple[bytes, SourceText | str]:
    """Return a file's bytes and its text. Where there is no text, say why; where there are no bytes, that is hashed."""
    data = b""
    try:
        data = handed.read(name, MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_SOURCE_BYTES)
        return data, source_text(data, is_python=path.endswith(".py"))
    except UnreadableError as error:
        return data or str(error).encode(), str(error)


def _first(sentences: list[str], most: int = 10) -> list[str]:
    if len(sentences) <= most:
        return sentences
    left = len(sentences) - most
    return [*sentences[:most], f"{counted(left, 'more file')} {'is' if left == 1 else 'are'} like the last one"]


def _nothing_found(handed: Handed, assignment: Assignment) -> SubmissionError:
    """Return that nothing of the assignment is there; where what is there may hold it, that it cannot be read."""
    label, wanted = handed.label, listed([*assignment.files, *assignment.attachments])
    if handed.kind is SubmissionForm.FILE:
        namesakes = [path for path in assignment.files if path.split("/")[-1] in handed.entries]
        is_what = handed.looks_like or f"neither a zip nor a tar nor a file of {assignment.name}"
        sentence = f"is {is_what}, expected a folder, a zip, a tar.gz or one of {wanted}"
        if namesakes:
            sentence = f"could be {' or '.join(namesakes)}, expected a folder, a zip or a tar.gz"
        said = f"submission {label} {sentence}"
        return UnreadableSubmissionError(said) if handed.looks_like or namesakes else NothingHandedInError(said)
    if not handed.entries:
        return NothingHandedInError(f"submission {label} is a {handed.kind} without files, expected {wanted}")
    found = listed(sorted(handed.entries, key=lambda name: (not name.endswith(".py"), name)))
    said = f"submission {label} holds no file of {assignment.name}: found {found}, expected {wanted}"
    nested = archives_in(handed)
    if not nested:
        return NothingHandedInError(said)
    digest = hashlib.sha256()
    for name in nested:
        digest.update(_hashed("nested", name, _bytes(handed, name)))
    said = f"{said} ({_why_closed(handed, nested)})"
    return UnreadableSubmissionError(said, digest.hexdigest(), (said,))


def _why_closed(handed: Handed, nested: Sequence[str]) -> str:
    """Say why an archive among the files was not opened: one alone may be damaged or encrypted."""
    if len(nested) == 1:
        try:
            handed.inside(nested[0])
        except (SubmissionError, UnreadableError) as error:
            return f"{visible(nested[0])} {str(error).removeprefix(f'submission {handed.label} ')}"
    return "an archive inside it is not opened"


def _bytes(handed: Handed, name: str) -> bytes:
    """Return a file's bytes, or why there are none."""
    try:
        return handed.read(name, MAX_NOTEBOOK_BYTES)
    except UnreadableError as error:
        return str(error).encode("utf-8", "backslashreplace")
