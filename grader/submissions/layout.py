"""Find an assignment's files among the names that were handed in. Pure: names in, names out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from grader.model.path_patterns import fits, is_wild
from grader.submissions.bounds import unfit_name
from grader.submissions.members import listed, visible

NOTEBOOK: Final = ".ipynb"
CHECKPOINT: Final = "-checkpoint.ipynb"  # a copy that Jupyter keeps, in a folder that is hidden unless it was renamed
MAX_ATTACHMENTS: Final = 100
OLD: Final = frozenset({"alt", "archive", "backup", "bak", "draft", "old", "original", "previous"})
VERSIONS: Final = frozenset({"final", "new", "neu", "v", "version"})
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")

Parts: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which handed-in file stands for which path of the assignment; each dict maps the path to the handed-in one.

    `notebooks` are those that stand in for modules that were not handed in, `undecided` those of which none was chosen.
    `moved` are files of the assignment that lay in another folder than the others, by the path that they had there.
    `clashes` are files of the assignment that were handed in several times, under names that differ only in case.
    `notes` are sentences about what was chosen and what was left out.
    """

    written: dict[str, str] = field(default_factory=dict)
    attached: dict[str, str] = field(default_factory=dict)
    notebooks: dict[str, str] = field(default_factory=dict)
    undecided: list[str] = field(default_factory=list)
    provided: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    clashes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def match_layout(
    names: Collection[str],
    files: Collection[str],
    provided: Collection[str],
    reserved: Collection[str] = (),
    attachments: Sequence[str] = (),
) -> Layout | None:
    """Find the files that a student writes, the course's own, the student's own modules, and what is attached to them.

    Args:
        names: what was handed in, relative posix paths.
        files: what a student writes.
        provided: what the course provides.
        reserved: modules that no module of a student may hide.
        attachments: patterns of what else than modules a student may hand in.

    Returns:
        The layout, or None where no file of the assignment is found.
    """
    found = _root(names, files) or _root_of_attached(names, attachments) or _root_of_notebooks(names)
    if found is None:
        return None
    root, rivals = found
    below = {name.removeprefix(root): name for name in names if name.startswith(root)}
    spelled = _spelled(below, files, provided)
    for path in files:
        if path not in spelled:
            _adopt(path, spelled, files, provided)
    strays = _strays(names, (*files, *provided), [path for path in files if path not in spelled])
    for path, name in strays.items():
        own = name.removeprefix(root)
        spelled = {other: left for other, of in spelled.items() if (left := [one for one in of if one != own])}
        spelled[path], below[own] = [own], name
    rivals = [folder for folder in rivals if not any(name.startswith(folder) for name in strays.values())]
    moved = {name.removeprefix(root): path for path, name in strays.items() if name.endswith(".py")}
    layout = Layout(
        moved={own: path for own, path in moved.items() if not unfit_module(own, (*files, *provided), reserved)}
    )
    others = listed(map(_folder_text, rivals))
    lie = f"files of the assignment lie in several folders: graded is {_folder_text(root)}, not {others}"
    notes = [lie] if rivals else []
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
            why = unfit_module(path, (*files, *provided), reserved)
            if why:
                ignored[why].append(own)
            else:
                layout.helpers[path] = below[own]
    notes += _attach(layout, names, root, attachments, (*files, *provided))
    absent = [path for path in files if path not in layout.written and path not in layout.clashes]
    notes += _stand_ins(layout, [path for path in absent if path.endswith(".py")], names, root)
    ignored[f"not in {_folder_text(root)}"] = [n for n in sorted(names) if n.endswith(".py") and not n.startswith(root)]
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

    def rank(folder: Parts) -> tuple[int, int, int, bool, int, Parts]:
        fits = fitting.get(folder, set())
        return -len(fits | loose.get(folder, set())), -len(fits), len(folder), *_version(folder), folder

    best, *others = sorted({*fitting, *loose}, key=rank)
    rivals = [folder for folder in others if folder in fitting or best not in fitting]
    return _prefix(best), [_prefix(folder) for folder in rivals]


def _version(folder: Parts) -> tuple[bool, int]:
    """Rank versions of equal size as people name them: `v2` before `v1`, and what is called old behind the others."""
    names = "/".join(folder).casefold()
    numbers = [int(digits) for digits in _DIGITS.findall(names)]
    return not OLD.isdisjoint(_WORD.findall(names)), -max(numbers, default=0)


def is_version(folder: str) -> bool:
    """Return whether a folder is named as one of several versions of one person's work."""
    return not (OLD | VERSIONS).isdisjoint(_WORD.findall(folder.casefold()))


def _root_of_attached(names: Iterable[str], patterns: Sequence[str]) -> tuple[str, list[str]] | None:
    """Choose the folder under which most attachments lie, where no module was handed in."""
    reached: dict[Parts, set[str]] = defaultdict(set)
    for name in names:
        parts = tuple(name.split("/"))
        for pattern in patterns:
            length = pattern.count("/") + 1
            if fits("/".join(parts[-length:]).casefold(), pattern.casefold()):
                reached[parts[:-length]].add(name)
    if not reached:
        return None
    best, *others = sorted(reached, key=lambda folder: (-len(reached[folder]), len(folder), folder))
    return _prefix(best), [_prefix(folder) for folder in others if not reached[folder] <= reached[best]]


def _root_of_notebooks(names: Iterable[str]) -> tuple[str, list[str]] | None:
    """Choose the uppermost folder that holds a notebook, where nothing else was handed in."""
    folders = sorted(
        {tuple(name.split("/")[:-1]) for name in names if _is_notebook(name)}, key=lambda it: (len(it), it)
    )
    return (_prefix(folders[0]), []) if folders else None


def _is_notebook(name: str) -> bool:
    return name.casefold().endswith(NOTEBOOK)


def _stand_ins(layout: Layout, absent: Iterable[str], names: Iterable[str], root: str) -> Iterator[str]:
    """Find the notebook that stands in for each absent module: the one of its name, else the only one."""
    notebooks = sorted(name for name in names if _is_notebook(name))
    found = [name for name in notebooks if not name.casefold().endswith(CHECKPOINT)] or notebooks
    near = [name for name in found if name.startswith(root)] or found
    unclear = []
    for path in absent if near else ():
        stem = _folded(path)[-1].removesuffix(".py")
        named = [name for name in near if _folded(name)[-1].removesuffix(NOTEBOOK) == stem]
        if len(chosen := named or near) == 1:
            layout.notebooks[path] = chosen[0]
        else:
            unclear.append(path)
    if unclear:
        layout.undecided.extend(near)
        stem = unclear[0].split("/")[-1].removesuffix(".py")
        yield f"which of {listed(near)} stands in for {listed(unclear)} is not clear: name it {stem}{NOTEBOOK}"


def _attach(
    layout: Layout, names: Collection[str], root: str, patterns: Sequence[str], course: Collection[str]
) -> Iterator[str]:
    """Find the attachments among the names that were handed in, and say what was chosen and left out."""
    taken = {*course, *layout.written, *layout.provided, *layout.helpers}
    used = {*layout.written.values(), *layout.provided.values()}
    unused = {name for name in names if not name.endswith(".py") and name not in used}
    for name in sorted(name for name in unused if name.startswith(root)):
        below = name.removeprefix(root)
        path = next((path for pattern in patterns if (path := _as_pattern(below, pattern))), "")
        if path:
            yield from _attach_one(layout, path, below, name, taken)
            unused.discard(name)
    for pattern in patterns:
        *folders, wanted = pattern.split("/")
        is_one_of_several = [other.split("/")[-1] for other in patterns].count(wanted) > 1
        is_there = any(fits(path, pattern) for path in layout.attached)
        if not (any(map(is_wild, folders)) or is_one_of_several or is_there):
            for name in _elsewhere(wanted, sorted(unused), root):
                path = "/".join((*folders, _as_pattern(name.split("/")[-1], wanted)))
                yield from _attach_one(layout, path, name, name, taken)


def _elsewhere(wanted: str, names: Sequence[str], root: str) -> list[str]:
    """Find a file by its own name alone: at the top of the root or above it, or anywhere if there is only one."""
    found = [name for name in names if _as_pattern(name.split("/")[-1], wanted)]
    near = [name for name in found if root.startswith(name[: name.rfind("/") + 1])]
    is_named = not is_wild(wanted.partition(".")[0])  # `review.*` names a file, and `*.png` does not
    return near or (found if len(found) == 1 and is_named else [])


def _attach_one(layout: Layout, path: str, name: str, handed: str, taken: set[str]) -> Iterator[str]:
    why = _unfit_attachment(path, taken)
    if not why and len(layout.attached) >= MAX_ATTACHMENTS:
        why = f"expected at most {MAX_ATTACHMENTS} attachments"
    if why:
        yield f"{visible(name)}: ignored, {why}"
        return
    layout.attached[path] = handed
    taken.add(path)
    if path != name:
        yield f"{visible(name)} was taken as {path}"


def _as_pattern(name: str, pattern: str) -> str:
    """Spell a name as a pattern does, where it fits it but for upper and lower case; empty where it does not fit."""
    if not fits(name.casefold(), pattern.casefold()):
        return ""
    pairs = zip(name.split("/"), pattern.split("/"), strict=True)
    return "/".join(part if is_wild(wanted) else wanted for part, wanted in pairs)


def _unfit_attachment(path: str, taken: Collection[str]) -> str:
    """Describe why an attachment cannot be laid out beside the other files."""
    if not path.isprintable():
        return "its name has characters that cannot be shown"
    if why := unfit_name(path):
        return why
    if path in taken:
        return f"{path} was handed in under another name or is the course's own"
    if any(head in taken for head in _heads(path)[:-1]) or any(other.startswith(f"{path}/") for other in taken):
        return "a file and a folder of one name cannot lie side by side"
    return ""


def _folded(path: str) -> Parts:
    return tuple(path.casefold().split("/"))


def _prefix(folder: Parts) -> str:
    return "".join(f"{part}/" for part in folder)


def _folder_text(root: str) -> str:
    return visible(root) or "the top folder"


def _spelled(below: Iterable[str], files: Collection[str], provided: Collection[str]) -> dict[str, list[str]]:
    """Group names by the path they stand for, where upper and lower case may differ from the course's."""
    known = {head.casefold(): head for path in (*provided, *files) for head in _heads(path)}
    deepest = max((head.count("/") for head in known), default=0) + 1  # names may be a thousand folders deep
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


def _strays(names: Iterable[str], course: Iterable[str], absent: Iterable[str]) -> dict[str, str]:
    """Find files of the assignment that lie in another folder than the others, each the only one of its name."""
    of_course = Counter(_folded(path)[-1] for path in course)
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[_folded(name)[-1]].append(name)
    own_names = {path: _folded(path)[-1] for path in absent}
    return {
        path: found[own][0] for path, own in own_names.items() if of_course[own] == 1 and len(found.get(own, ())) == 1
    }


def unfit_module(path: str, course: Collection[str], reserved: Collection[str]) -> str:
    """Describe why a student's own module cannot stand beside the course's files."""
    if why := unfit_name(path):
        return why
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
