"""What an assignment lets students hand in beside modules, and a submission lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from grader.model.assignment import Assignment
from grader.model.path_patterns import fits


def missing_patterns(assignment: Assignment, attached: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """List the patterns of attachments that nothing fits: of alternatives the first, where none of them fits.

    A name in a module may be one of them: it fits where the module's text binds it.
    """
    spelled = [path.casefold() for path in attached]
    absent = [
        pattern for pattern in assignment.attachments if not any(fits(path, pattern.casefold()) for path in spelled)
    ]
    named = (entry for group in assignment.alternatives for entry in group if ":" in entry)
    absent += [entry for entry in named if not _is_bound(entry, sources)]
    groups = assignment.alternatives
    others = {pattern for group in groups for pattern in group}
    told = {group[0] for group in groups if set(group) <= {*absent}}
    return [pattern for pattern in absent if pattern not in others or pattern in told]


def _is_bound(entry: str, sources: Mapping[str, str]) -> bool:
    """Return whether a module binds a name at its top, by its text or by that of a cell of a notebook."""
    path, _, name = entry.partition(":")
    return re.search(rf'(?:^|"){name}\s*(?::[^=\n]+)?=(?!=)', sources.get(path, ""), re.MULTILINE) is not None
