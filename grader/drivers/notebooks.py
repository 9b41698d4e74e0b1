"""What the cells of a notebook show, by their author's account.

Drivers call it, beside the student's code, on a notebook that is attached: nothing here is believed by the judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from grader.errors import UnreadableError

MAX_CELLS: Final = 500
MAX_SOURCE: Final = 4_000  # characters of a cell
MAX_TEXT: Final = 20_000  # characters that a cell shows; the last ones where it shows more


def cell_outputs(data: bytes) -> list[dict[str, Any]]:
    """List the cells with code, in order: `source`, the `text` beneath it, and how many `pictures`.

    Raises:
        UnreadableError: it is no notebook of version 3 or 4.
    """
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        raise UnreadableError("is no JSON") from None
    found: list[dict[str, Any]] = []
    for cell in _cells(notebook):
        if cell.get("cell_type") == "code" and len(found) < MAX_CELLS:
            outputs = [output for output in _list(cell.get("outputs")) if isinstance(output, dict)]
            text = "\n".join(text for output in outputs for text in _texts(output))
            found.append(
                {
                    "source": _joined(cell.get("source", cell.get("input")))[:MAX_SOURCE],
                    "text": text[-MAX_TEXT:],
                    "pictures": sum(map(_has_picture, outputs)),
                }
            )
    return found


def _cells(notebook: object) -> Iterator[dict[str, Any]]:
    """List the cells of a notebook of version 4, or of the worksheets of version 3."""
    if not isinstance(notebook, dict):
        raise UnreadableError("has no cells")
    sheets = [sheet for sheet in _list(notebook.get("worksheets")) if isinstance(sheet, dict)]
    cells = [cell for sheet in (notebook, *sheets) for cell in _list(sheet.get("cells"))]
    if not cells and "cells" not in notebook:
        raise UnreadableError("has no cells")
    return (cell for cell in cells if isinstance(cell, dict))


def _texts(output: dict[str, Any]) -> Iterator[str]:
    bundle = output.get("data")
    for texts in (output.get("text"), bundle.get("text/plain") if isinstance(bundle, dict) else None):
        if texts is not None:
            yield _joined(texts)


def _has_picture(output: dict[str, Any]) -> bool:
    bundle = output.get("data")
    keys = bundle.keys() if isinstance(bundle, dict) else output.keys()
    return any(key.startswith("image/") or key in {"png", "jpeg", "svg"} for key in keys)


def _joined(text: object) -> str:
    return "".join(part for part in _list(text) if isinstance(part, str)) if not isinstance(text, str) else text


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
