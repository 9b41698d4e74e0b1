"""Let notebooks stand in for modules that were not handed in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import TooLargeError, UnreadableError
from grader.model.assignment import Definition
from grader.model.submission import SourceMap, StoredOutput
from grader.submissions.ipython_syntax import module_of
from grader.submissions.layout import NOTEBOOK, unfit_module
from grader.submissions.members import Handed, listed, visible
from grader.submissions.notebook import MAX_NOTEBOOK_BYTES, read_notebook
from grader.submissions.notebook_source import ModuleText, notebook_source


@dataclass(slots=True)
class StandIns:
    """What notebooks give: sources by the path of the module, where their lines come from, and what cells showed.

    `handed` are the name and the bytes of each notebook that is not too large, `unreadable` ends a sentence that begins
    with its name, `looked_for` one that begins with the path of a module that may be in it.
    """

    sources: dict[str, str] = field(default_factory=dict)
    origins: dict[str, SourceMap] = field(default_factory=dict)
    outputs: list[StoredOutput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    handed: list[tuple[str, bytes]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    looked_for: dict[str, str] = field(default_factory=dict)


def notebook_modules(
    handed: Handed,
    notebooks: Mapping[str, str],
    sources: Collection[str],
    definitions: Sequence[Definition] = (),
    course: Collection[str] = (),
    reserved: Collection[str] = (),
) -> StandIns:
    """Read the notebooks that stand in for modules, by the module's path, and those that they run or import.

    `sources` are the paths of the other modules, `course` those that the course asks for or provides, and `reserved`
    the names of modules that nothing may hide.
    """
    found = StandIns()
    waiting = {name: [path for path in notebooks if notebooks[path] == name] for name in sorted(notebooks.values())}
    known = set(waiting)
    while waiting:
        name = next(iter(waiting))
        paths = waiting.pop(name)
        shown = visible(name.split("/")[-1])
        try:
            data = handed.read(name, MAX_NOTEBOOK_BYTES)
            found.handed.append((shown, data))  # which stands in for what, and not the folder, tells them apart
            notebook = read_notebook(data, shown)
        except UnreadableError as error:
            advice = ": clear its outputs and hand it in again" if isinstance(error, TooLargeError) else ""
            found.unreadable[shown] = f"{error}{advice}"
            found.looked_for |= dict.fromkeys(paths, f"is looked for in {shown}, which {error}")
            continue
        taken = notebook_source(notebook, shown, definitions)
        found.outputs += notebook.outputs
        found.notes.append(f"{shown} stands in for {listed(paths)}")
        found.notes += [*(f"{shown} {remark}" for remark in notebook.remarks), *taken.notes]
        files = dict(taken.files)
        texts = {path: _written(files, path) or taken.module for path in paths}
        # What else it writes is there to be imported, as a file that was handed in beside the modules.
        texts |= {path: text for path, text in files.items() if path.endswith(".py") and path not in sources}
        for path, text in texts.items():
            found.sources[path] = text.source
            found.origins[path] = text.origin
        for other, path in _run_or_imported(name, taken.module.source, sorted(handed.entries.keys() - known)):
            if path not in sources and path not in found.sources and not unfit_module(path, course, reserved):
                known.add(other)
                waiting[other] = [path]
    return found


def _run_or_imported(name: str, source: str, others: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Find the notebooks beside one that it runs, or imports as packages let it, and the path of each as a module."""
    folder = name[: name.rfind("/") + 1]
    for other in others:
        module = module_of(other.removeprefix(folder)) if other.casefold().endswith(NOTEBOOK) else ""
        imports = rf"^[ \t]*(?:from[ \t]+|import[ \t]+(?:[^\n#]*?,[ \t]*)?){re.escape(module)}\b"
        if module and re.search(imports, source, re.MULTILINE):
            yield other, f"{module.replace('.', '/')}.py"


def _written(files: dict[str, ModuleText], path: str) -> ModuleText | None:
    """Take the file out that a notebook writes as the module at a path, in whatever folder it works."""
    written = next((name for name in files if f"/{name}".endswith(f"/{path}")), None)
    return None if written is None else files.pop(written)
