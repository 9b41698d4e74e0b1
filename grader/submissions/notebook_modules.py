"""Let notebooks stand in for modules that were not handed in."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from grader.errors import TooLargeError, UnreadableError
from grader.model.submission import SourceMap, StoredOutput
from grader.submissions.definitions import definitions
from grader.submissions.members import Handed, listed, visible
from grader.submissions.notebook import MAX_NOTEBOOK_BYTES, read_notebook


@dataclass(slots=True)
class StandIns:
    """What notebooks give: sources by the path of the module, where their lines come from, and what cells showed.

    `handed` are the bytes of each notebook that is not too large, `unreadable` ends a sentence that begins with its
    name.
    """

    sources: dict[str, str] = field(default_factory=dict)
    origins: dict[str, SourceMap] = field(default_factory=dict)
    outputs: list[StoredOutput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    handed: dict[str, bytes] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def stand_ins(
    handed: Handed, notebooks: Mapping[str, str], modules: Collection[str], sources: Collection[str]
) -> StandIns:
    """Read the notebooks that stand in for modules.

    Args:
        handed: What was handed in.
        notebooks: The path of each module that is stood in for, and the notebook that does.
        modules: What a submission may import besides the standard library.
        sources: The paths of the submission's other modules.
    """
    found = StandIns()
    own = {path.removesuffix(".py").split("/")[0] for path in (*sources, *notebooks) if path.endswith(".py")}
    importable = {*sys.stdlib_module_names, *(module.partition(".")[0] for module in modules), *own}
    for name in sorted(set(notebooks.values())):
        paths = [path for path, notebook in notebooks.items() if notebook == name]
        shown = visible(name.split("/")[-1])
        try:
            data = handed.read(name, MAX_NOTEBOOK_BYTES)
            # The folder that a notebook lies in does not matter, where the name alone tells it from others.
            found.handed[shown if shown not in found.handed else name] = data
            notebook = read_notebook(data, shown)
        except TooLargeError as error:
            found.unreadable[shown] = f"{error}: clear its outputs and hand it in again"
            continue
        except UnreadableError as error:
            found.unreadable[shown] = str(error)
            continue
        # A notebook that imports what it stands in for would import itself.
        taken = definitions(notebook.cells, shown, importable, [_module(path) for path in paths])
        found.outputs += notebook.outputs
        found.notes.append(f"{shown} stands in for {listed(paths)}")
        found.notes += [*(f"{shown} {remark}" for remark in notebook.remarks), *taken.notes]
        for path in paths:
            found.sources[path] = taken.source
            found.origins[path] = SourceMap(shown, taken.cells)
    return found


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
