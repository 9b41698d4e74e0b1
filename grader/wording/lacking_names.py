"""Put into words that a submission imports a name which a library lacks, and that it cost nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from grader.model.observation import LackingName
from grader.model.python_tree import python_tree
from grader.wording.failures import Quotable, location

MAX_DOTTED: Final = 120  # characters of a module and a name that are repeated
MOST_REMARKS: Final = 3  # on one check


def lacking_names(told: Iterable[LackingName], quotable: Quotable) -> str:
    """Return a sentence for each name that a library lacks, as far as the submission's own files show them.

    A worker's word alone counts for nothing: what is said is read from the import that stands in the file.

    Args:
        told: What workers say that files imported.
        quotable: The submission.
    """
    sentences = dict.fromkeys(sentence for one in told if (sentence := _sentence(one, quotable)))
    shown = [*sentences][:MOST_REMARKS]
    more = len(sentences) - len(shown)
    return "; ".join([*shown, f"{more} more imports like it"] if more else shown)


def _sentence(told: LackingName, quotable: Quotable) -> str:
    """Return a sentence about one name; nothing where no such import stands in a file of the student's."""
    if told.file in quotable.provided or told.file not in quotable.sources:
        return ""
    imports = _imports(quotable.sources[told.file])
    found = next(
        (library for line, end, library, name in imports if line <= told.line <= end and name == told.name), ""
    )
    if not found or len(found) + len(told.name) > MAX_DOTTED:
        return ""
    place = location(told.file, told.line, quotable.source_maps)
    return f"{place}: cannot import name '{told.name}' from '{found}', which costs nothing as long as nothing uses it"


@lru_cache(maxsize=16)
def _imports(source: str) -> tuple[tuple[int, int, str, str], ...]:
    """List what a file imports from libraries: the first and the last line, the library and the name."""
    return tuple(_imports_in(python_tree(source)))


def _imports_in(tree: ast.AST) -> Iterator[tuple[int, int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module is not None:
            for alias in node.names:
                yield node.lineno, node.end_lineno or node.lineno, node.module, alias.name
