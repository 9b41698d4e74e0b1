"""Find an assignment's files among the names that were handed in. Pure: names in, names out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from grader.submissions.handed import listed, visible

Parts: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which handed-in file stands for which path of the assignment; each dict maps the path to the handed-in one.

    `clashes` are files of the assignment that were handed in several times, under names that differ only in case.
    `notes` are sentences about what was chosen and what was left out.
    """

    written: dict[str, str] = field(default_factory=dict)
    provided: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    clashes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def laid_out(
    names: Collection[str], files: Collection[str], provided: Collection[str], reserved: Collection[str] = ()
) -> Layout | None:
    """Find the files that a student writes, the course's own, and the student's own modules beside them.

    Args:
        names: what was handed in, relative posix paths.
        files: what a student writes.
        provided: what the course provides.
        reserved: modules that no module of a student may hide.

    Returns:
        The layout, or None where no file of the assignment is found.
    """
    found = _root(names, files)
    if found is None:
        return None
    root, rivals = found
    below = {name.removeprefix(root): name for name in names if name.startswith(root)}
    spelled = _spelled(below, files, provided)
    for path in files:
        if path not in spelled:
            _adopt(path, spelled, files, provided)
    layout = Layout()
    notes = [_rivals_note(root, rivals)] if rivals else []
    ignored: dict[str, list[str]] = defaultdict(list)
    for path, spellings in spelled.items():
        own = path if path in spellings else spellings[0]
        if path in files and own != path and len(spellings) > 1:
            layout.clashes[path] = tuple(below[spelling] for spelling in spellings)
        elif path in files:
            layout.written[path] = below[own]
            notes += [f"{visible(own)} was taken as {path}"] if own != path else []
        elif path in provided:
            layout.provided[path] = below[own]
        elif path.endswith(".py"):
            why = _unfit(path, (*files, *provided), reserved)
            if why:
                ignored[why].append(own)
            else:
                layout.helpers[path] = below[own]
    ignored[f"not in {_shown(root)}"] = [n for n in sorted(names) if n.endswith(".py") and not n.startswith(root)]
    notes += [f"{listed(paths)}: ignored, {why}" for why, paths in ignored.items() if paths]
    return replace(layout, notes=tuple(notes))


def _root(names: Iterable[str], files: Collection[str]) -> tuple[str, list[str]] | None:
    """Choose the folder under which most files of the assignment lie, and name the folders it was chosen from.

    A file counts where its whole path fits, or, at second choice, where only its own name does: some hand in all
    files side by side.
    """
    by_name: dict[str, list[Parts]] = defaultdict(list)
    for path in files:
        parts = _folded(path)
        by_name[parts[-1]].append(parts)
    fitting: dict[Parts, set[Parts]] = defaultdict(set)
    loose: dict[Parts, set[Parts]] = defaultdict(set)
    for name in names:
        parts = tuple(name.split("/"))
        namesakes = by_name.get(parts[-1].casefold(), ())
        for wanted in namesakes:
            if _folded(name)[-len(wanted) :] == wanted:
                fitting[parts[: -len(wanted)]].add(wanted)
            elif len(namesakes) == 1:
                loose[parts[:-1]].add(wanted)
    if not fitting and not loose:
        return None

    def rank(folder: Parts) -> tuple[int, int, int, Parts]:
        fits = fitting.get(folder, set())
        return -len(fits | loose.get(folder, set())), -len(fits), len(folder), folder

    best, *others = sorted({*fitting, *loose}, key=rank)
    rivals = [folder for folder in others if folder in fitting or best not in fitting]
    return _prefix(best), [_prefix(folder) for folder in rivals]


def _folded(path: str) -> Parts:
    return tuple(path.casefold().split("/"))


def _prefix(folder: Parts) -> str:
    return "".join(f"{part}/" for part in folder)


def _shown(root: str) -> str:
    return visible(root) or "the top folder"


def _rivals_note(root: str, rivals: Iterable[str]) -> str:
    others = listed(_shown(rival) for rival in rivals)
    return f"files of the assignment lie in several folders: graded is {_shown(root)}, not {others}"


def _spelled(below: Iterable[str], files: Collection[str], provided: Collection[str]) -> dict[str, list[str]]:
    """Group names by the path they stand for, where upper and lower case may differ from the course's."""
    known = {head.casefold(): head for path in (*provided, *files) for head in _heads(path)}
    deepest = max(head.count("/") for head in known) + 1  # names may be a thousand folders deep
    spelled: dict[str, list[str]] = defaultdict(list)
    for name in sorted(below):
        parts = name.split("/")
        course_spelling = name
        for depth in range(min(len(parts), deepest), 0, -1):
            head = known.get("/".join(parts[:depth]).casefold())
            if head is not None:
                course_spelling = "/".join((head, *parts[depth:]))
                break
        spelled[course_spelling].append(name)
    return dict(spelled)


def _heads(path: str) -> list[str]:
    """List a path's folders, outermost first, and the path itself."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _adopt(path: str, spelled: dict[str, list[str]], files: Collection[str], provided: Collection[str]) -> None:
    """Take a file that lies at the top, under its own name, for one that belongs into a folder."""
    own_name = _folded(path)[-1]
    if [_folded(other)[-1] for other in files].count(own_name) > 1:
        return
    for name in spelled:
        if name not in files and name not in provided and name.casefold() == own_name:
            spelled[path] = spelled.pop(name)
            return


def _unfit(path: str, course: Collection[str], reserved: Collection[str]) -> str:
    """Say why a student's own module cannot stand beside the course's files."""
    parts = path.removesuffix(".py").split("/")
    if not all(part.isidentifier() for part in parts):
        return "not a name that can be imported"
    if parts[0] in reserved:
        return f"it would hide the module {parts[0]}"
    course_modules = {other.removesuffix(".py").removesuffix("/__init__") for other in course if other.endswith(".py")}
    course_folders = {head for other in course for head in _heads(other)} - set(course)
    is_package = parts[-1] == "__init__"
    own = "/".join(parts[:-1] if is_package else parts)
    if own in course_modules or (own in course_folders and not is_package):
        return f"it would hide {own} of the assignment"
    for module in course_modules - course_folders:
        if own.startswith(f"{module}/"):
            return f"it would hide {module}.py of the assignment"
    return ""
