"""Tell whether exports lie side by side: of several sections of a course, or of two platforms."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from grader.intake.entries import entries_of, only_folder
from grader.intake.export_forms import BLACKBOARD, BRIGHTSPACE, CANVAS, MOODLE, form_of
from grader.intake.file_names import Named, blackboard_name, brightspace_name, canvas_name, moodle_name
from grader.intake.unpack import zip_names

READERS: Final[Mapping[str, Callable[[str], Named | None]]] = {
    MOODLE: moodle_name, BLACKBOARD: blackboard_name, CANVAS: canvas_name, BRIGHTSPACE: brightspace_name,
}  # fmt: skip


def are_exports(paths: Sequence[Path]) -> bool:
    """Return whether all of several paths are exports in which several students are.

    Where one is not, they are what students handed in, who may lay and name what they like.
    """
    return len(paths) > 1 and all(map(_is_export, paths))


def _is_export(path: Path) -> bool:
    if path.is_dir():
        is_open = os.access(path, os.R_OK | os.X_OK)
        entries = entries_of(only_folder(path)) if is_open else []
        return _is_of_several([entry.name for entry in entries], [e.name for e in entries if not e.is_dir()])
    names = [PurePosixPath(name) for name in zip_names(path) or ()]
    inner = [PurePosixPath(*name.parts[1:]) for name in names if len(name.parts) > 1]
    if len(inner) == len(names) and len({name.parts[0] for name in names}) == 1:
        names = inner
    return _is_of_several([name.parts[0] for name in names], [name.name for name in names if len(name.parts) == 1])


def _is_of_several(names: Sequence[str], files: Sequence[str]) -> bool:
    form = form_of(names, files)
    if form not in READERS:
        return bool(form)  # Gradescope's, whose metadata stands beside
    return len({named.submitter for name in names if (named := READERS[form](name)) is not None}) > 1
