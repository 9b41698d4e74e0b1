"""Find what a solution imports: libraries, and modules that stand beside it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from grader.errors import UsageError


def modules_of(text: str) -> tuple[str, ...]:
    """List what a solution imports besides the standard library: packages, and the modules in them that it names."""
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(text)):
        asked: list[str] = []
        if isinstance(node, ast.Import):
            asked = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            within = (f"{node.module}.{alias.name}" for alias in node.names)
            asked = [node.module, *filter(_is_module, within)]
        for name in asked:
            names |= dict.fromkeys((name.partition(".")[0], name))
    return tuple(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)


def is_in_package(text: str) -> bool:
    """Return whether a solution imports from the package that it is in.

    Raises:
        UsageError: it imports from a package further up.
    """
    relative = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.level]
    for node in relative:
        if node.level > 1:
            raise UsageError(
                f"line {node.lineno}: `{ast.unparse(node)}` leads out of its folder, expected modules beside it"
            )
    return bool(relative)


def imported_beside(text: str, solution: Path, package: str) -> dict[str, str]:
    """Return the modules beside a solution that it imports, and those that these import, by their names.

    Args:
        text: The solution.
        solution: Its file.
        package: The name of the folder, where it is a package of which the solution is a module; else empty.

    Raises:
        UsageError: one of them does not parse or is not UTF-8, or the package has no name that can be imported.
    """
    if package and not package.isidentifier():
        raise UsageError(f"{solution} is a module of the package {package!r}, expected a folder that can be imported")
    found: dict[str, str] = {}
    waiting = [*_beside(text)]
    if package and (solution.parent / "__init__.py").is_file():
        waiting.append("__init__")
    while waiting:
        path = solution.parent / f"{waiting.pop()}.py"
        if path.name in found or path.name == solution.name or not path.is_file():
            continue
        try:
            found[path.name] = path.read_text(encoding="utf-8-sig")
            waiting += _beside(found[path.name])
        except UnicodeDecodeError:
            raise UsageError(f"{path} is not UTF-8, expected a file that was saved as UTF-8") from None
        except (SyntaxError, ValueError) as error:
            raise UsageError(f"{path} does not parse: {error}") from None
    return found


def _beside(text: str) -> Iterator[str]:
    """List the names of modules that may stand beside a file which imports them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]


def _is_module(name: str) -> bool:
    """Return whether a dotted name is a module that is installed here; its packages are imported to find out."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # its package is not installed, or is no package
        return False
