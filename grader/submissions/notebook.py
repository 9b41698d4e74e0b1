"""Read a notebook: its cells of code and what they showed. Pure: bytes in, cells out, and nothing in it is believed.

What is large or deep is refused before it is parsed: a parser takes a hundred times a text's size in memory.
"""

from __future__ import annotations

import ast
import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from grader.errors import UnreadableError
from grader.model.python_tree import python_tree
from grader.model.submission import StoredOutput
from grader.model.unmerged import unmerged
from grader.submissions.members import MIB, visible
from grader.submissions.source_text import refuse_pointer, what_it_is, with_unix_line_ends

NEWEST_MINOR: Final = 5
MAX_NOTEBOOK_BYTES: Final = 48 * MIB  # a notebook carries its plots
MAX_DEPTH: Final = 100  # of lists and objects in each other; widgets and plots come to about 20
TOO_DEEP: Final = f"is nested more than {MAX_DEPTH} levels deep, expected a notebook as Jupyter saves it"
MAX_TOKENS: Final = 500_000  # strings and brackets
MAX_COMMAS: Final = 4_000_000  # numbers are parted by them, and take 40 bytes each once they are parsed
MAX_CELLS: Final = 5_000
MAX_CODE_CHARACTERS: Final = MIB // 4  # three seconds of parsing at worst
MAX_OUTPUT_CHARACTERS: Final = 2_000  # kept of what one cell printed, half of it from the end: a log ends in results
MAX_OUTPUT_CELLS: Final = 100

# A string is taken whole, closed or not, so that no quote is looked at twice.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|([\[{])|([\]}])', re.DOTALL)
_OPENING, _CLOSING = 1, 2
_VERSION: Final = re.compile(r"\s*(\d{1,4})(?:\.\d{1,4})*\s*", re.ASCII)
_PYTHON: Final = re.compile(r"i?python[\d.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A cell. `number` counts all cells from the top, those of text too, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook's code and what its cells showed. `remarks` end sentences that begin with its name.

    `texts` are the cells that are no code, which may hold some all the same.
    """

    cells: tuple[CodeCell, ...]
    outputs: tuple[StoredOutput, ...]
    remarks: tuple[str, ...]
    texts: tuple[CodeCell, ...] = ()


def read_notebook(data: bytes, name: str) -> Notebook:
    """Read a notebook of version 3 or 4, of at most MAX_NOTEBOOK_BYTES, called `name` where its outputs are shown.

    Raises:
        UnreadableError: it is no notebook of Python; the text ends a sentence that begins with its name.
    """
    document = _parsed(data)
    version = _whole(document.get("nbformat"))
    minor = _whole(document.get("nbformat_minor") or 0)
    if version is None or minor is None:
        raise UnreadableError('is JSON but no notebook: it says no "nbformat"')
    if version not in (3, 4):
        raise UnreadableError(
            f"is a notebook of version {_short(version)}, expected 4: open it in a current Jupyter and save it"
        )
    document |= {"nbformat": version, "nbformat_minor": minor}
    remarks = list(_faults(document, version, minor))
    _require_python(document.get("metadata"))
    held = _upgraded(document, version)["cells"]
    if len(held) > MAX_CELLS:
        raise UnreadableError(f"has {len(held)} cells, expected at most {MAX_CELLS}")
    numbered = list(enumerate(held, start=1))
    broken = [str(number) for number, cell in numbered if not _is_cell(cell)]
    if broken:
        many = f"{len(broken)} cells that are none, left out: the first is cell {broken[0]}"
        remarks.append(f"has {many}" if len(broken) > 1 else f"has one cell that is none, left out: cell {broken[0]}")
    code = [(number, cell) for number, cell in numbered if _is_cell(cell) and cell["cell_type"] == "code"]
    if broken and not code:
        raise UnreadableError(f"has {len(held)} cells and none of code that can be read, expected a whole notebook")
    other = [(number, cell) for number, cell in numbered if _is_cell(cell) and cell["cell_type"] != "code"]
    cells, texts = (
        tuple(CodeCell(number, with_unix_line_ends(_joined(cell["source"]))) for number, cell in group)
        for group in (code, other)
    )
    if sum(len(cell.text) for cell in cells) > MAX_CODE_CHARACTERS:
        raise UnreadableError(f"holds more than {MAX_CODE_CHARACTERS // 1024} KiB of code, expected less")
    shown = (_stored(name, number, cell.get("outputs")) for number, cell in code)
    outputs = tuple(output for output in shown if output is not None)[:MAX_OUTPUT_CELLS]
    return Notebook(cells, outputs, tuple(remarks), texts)


def _whole(number: object) -> int | None:
    """Read a version as tools have written it: 4, 4.0, "4" or "4.5"; None where it is no number."""
    if type(number) is int:
        return number
    match = _VERSION.fullmatch(str(number)) if isinstance(number, str | float) else None
    return int(match[1]) if match else None


def _parsed(data: bytes) -> dict[str, Any]:
    refuse_pointer(data)
    if not data.strip():
        raise UnreadableError("is empty, expected a notebook")
    if what := what_it_is(data):
        raise UnreadableError(f"is {what}, expected a notebook as Jupyter saves it: are two files mixed up?")
    encoding = json.detect_encoding(data) if len(data) > len(codecs.BOM_UTF16) else "utf-8"
    try:
        text = data.decode(encoding)
        _require_modest(data if encoding.startswith("utf-8") else text.encode("utf-8", "surrogatepass"))
        document = json.loads(text, object_pairs_hook=_object, parse_constant=lambda _name: None)
    except UnicodeDecodeError:
        raise UnreadableError("is not UTF-8 text, expected a notebook as Jupyter saves it") from None
    except RecursionError:
        raise UnreadableError(TOO_DEEP) from None
    except ValueError as error:
        raise UnreadableError(f"{_why_no_json(text, error)}, expected a notebook as Jupyter saves it") from None
    if not isinstance(document, dict):
        raise UnreadableError("is JSON but no notebook: it is no object")
    return document


def _why_no_json(text: str, error: ValueError) -> str:
    if where := unmerged(text):
        return f"is not JSON ({where})"
    if not isinstance(error, json.JSONDecodeError):
        return "is not JSON"
    if error.pos == 0 and len(text) <= MAX_CODE_CHARACTERS and _is_python(text):
        return "is a module of Python under a notebook's name"
    stops = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    return f"is not JSON (line {error.lineno}{', where it stops in the middle' if stops else ''})"


def _is_python(text: str) -> bool:
    named = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return any(isinstance(node, named) for node in python_tree(text).body)


def _require_modest(data: bytes) -> None:
    """Refuse what is nested or divided too much, without building anything."""
    if data.count(b",") > MAX_COMMAS:
        raise UnreadableError(f"holds more than {MAX_COMMAS} commas, expected fewer: clear its outputs")
    depth = 0
    for count, match in enumerate(_TOKEN.finditer(data)):
        if match.lastindex == _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableError(TOO_DEEP)
        elif match.lastindex == _CLOSING:
            depth -= 1
        if count > MAX_TOKENS:
            raise UnreadableError(f"holds more than {MAX_TOKENS} strings and lists, expected fewer: clear its outputs")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: tools differ in which one they show."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # adds
        raise UnreadableError(f'holds the key "{visible(twice, 40)}" twice in one object, expected once')
    return found


def _short(number: int) -> str:
    return str(number) if abs(number) < 1000 else "beyond 1000"


def _faults(document: dict[str, Any], version: int, minor: int) -> Iterator[str]:
    """Yield where a notebook breaks its own format. What is needed of it is looked at again as it is taken."""
    from nbformat.validator import get_validator  # noqa: PLC0415  # slow to import, and most submissions are no notebooks

    # One number stands for all minor versions to come, for a validator is kept for each; version 3 has but one.
    validator = get_validator(version, min(minor, NEWEST_MINOR + 1) if version == 4 else 0)  # type: ignore[no-untyped-call]  # see below
    if validator is None:
        yield f"is of version {version}.{_short(minor)}, which is not known: read as far as it is understood"
    elif next(iter(validator.iter_errors(document)), None) is not None:
        yield f"breaks the format of notebooks {version}.{_short(minor)} somewhere: read as far as it is understood"


def _upgraded(document: dict[str, Any], version: int) -> dict[str, Any]:
    """Bring a notebook to version 4.5."""
    import nbformat  # noqa: PLC0415  # see above

    kept = {key: document.get(key) for key in ("nbformat", "worksheets" if version == 3 else "cells")}
    if version == 3:
        _join_lines(kept["worksheets"])
    if version == 4:
        if not isinstance(kept["cells"], list):
            raise UnreadableError("has no list of cells, expected a notebook as Jupyter saves it")
        kept["cells"] = [cell if isinstance(cell, dict) else {} for cell in kept["cells"]]
    node = nbformat.from_dict({**kept, "metadata": {}, "nbformat_minor": 0})  # type: ignore[no-untyped-call]  # untyped
    try:
        upgraded: dict[str, Any] = nbformat.v4.upgrade(node)  # type: ignore[no-untyped-call]  # see above
    except Exception as error:  # noqa: BLE001  # the converter takes the form for granted and may raise anything
        raise UnreadableError(
            f"cannot be brought from version {version} to 4.5 ({type(error).__name__}): save it in a current Jupyter"
        ) from None
    return upgraded


def _join_lines(worksheets: object) -> None:
    """Make texts of the lists of lines that they are saved as: the converter expects that of version 3."""
    for sheet in worksheets if isinstance(worksheets, list) else ():
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else ():
            for key in ("source", "input"):
                if isinstance(cell, dict) and _is_text(cell.get(key)):
                    cell[key] = _joined(cell[key])


def _require_python(metadata: object) -> None:
    spec = metadata.get("language_info") or metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = (
        (spec.get("name") if "file_extension" in spec else spec.get("language")) if isinstance(spec, dict) else ""
    )
    if isinstance(language, str) and language and not _PYTHON.fullmatch(language):
        raise UnreadableError(f"is a notebook in {visible(language, 40)}, expected Python")


def _is_cell(cell: object) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("cell_type"), str) and _is_text(cell.get("source"))


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _stored(file: str, number: int, outputs: object) -> StoredOutput | None:
    """Sum up what a cell showed: its text, and how many pictures; never HTML, scripts or widgets."""
    texts: list[str] = []
    pictures = 0
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        bundle = data if isinstance(data, dict) else {}
        is_picture = any(kind.startswith("image/") for kind in bundle)
        pictures += is_picture
        plain = None if is_picture else bundle.get("text/plain")  # <Figure size 640x480 with 1 Axes>
        shown = (output.get("text"), plain, _error(output))
        texts += [_joined(text).rstrip() for text in shown if isinstance(text, list | str) and _is_text(text)]
    text = "\n".join(filter(None, texts))
    if not text and not pictures:
        return None
    more, half = len(text) - MAX_OUTPUT_CHARACTERS, MAX_OUTPUT_CHARACTERS // 2
    kept = f"{text[:half]} … ({more} more characters) … {text[-half:]}" if more > 0 else text
    return StoredOutput(
        file=file, cell=number, text=kept.encode("utf-8", "backslashreplace").decode(), pictures=pictures
    )


def _error(output: dict[str, Any]) -> str:
    name, value = output.get("ename"), output.get("evalue")
    return f"{name}: {value}" if isinstance(name, str) and isinstance(value, str) else ""
