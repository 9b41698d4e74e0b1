"""Build notebooks in memory, as Jupyter saves them and as only an attacker does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Cell = dict[str, Any]


def code(source: str | list[str], *outputs: Cell, **more: object) -> Cell:
    """Make a cell of code with what it shows."""
    return {
        "cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": list(outputs),
        "source": source, **more,
    }  # fmt: skip


def text(source: str) -> Cell:
    """Make a cell of text."""
    return {"cell_type": "markdown", "id": "b", "metadata": {}, "source": source}


def printed(words: str | list[str]) -> Cell:
    """Make the output of a print."""
    return {"output_type": "stream", "name": "stdout", "text": words}


def shown(**data: str | list[str]) -> Cell:
    """Make an output of several forms; `__` in a name stands for a slash, `_` for a plus."""
    bundle = {name.replace("__", "/").replace("_", "+"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


def document(cells: Sequence[object], **more: object) -> dict[str, Any]:
    """Make a notebook of version 4.5."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}


def notebook(*cells: str | Cell, **more: object) -> bytes:
    """Write a notebook of version 4.5; a text is a cell of code."""
    whole = [code(cell) | {"id": f"c{place}"} if isinstance(cell, str) else cell for place, cell in enumerate(cells)]
    return json.dumps(document(whole, **more)).encode()


def notebook_3(*sources: str) -> bytes:
    """Write a notebook of version 3; each text is a cell of code that printed `3`."""
    output = {"output_type": "stream", "stream": "stdout", "text": ["3\n"]}
    cells = [
        {"cell_type": "code", "collapsed": False, "input": source.splitlines(keepends=True), "language": "python",
         "metadata": {}, "outputs": [output], "prompt_number": 1}
        for source in sources
    ]  # fmt: skip
    sheet = {"cells": cells, "metadata": {}}
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}).encode()
