"""Read and write `answers.json`: wrong answers that instructors named, beside an assignment's known mistakes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from grader.course.validation import path_in_course
from grader.errors import CourseError, Problem, UsageError
from grader.model.answer import AnswerPlace, NamedAnswer

if sys.platform != "win32":
    import fcntl

ANSWERS: Final = "answers.json"
FORM: Final = "grade/answers/v1"
Named: TypeAlias = Mapping[str, Sequence[NamedAnswer]]
"""Named answers by check."""
_TEXTS: Final = ("name", "check", "says", "hint")


def named_answers(text: str, file: Path) -> dict[str, list[NamedAnswer]]:
    """Read the named answers of an assignment by check; an empty text holds none.

    Raises:
        CourseError: it is in another form.
    """
    if not text:
        return {}
    try:
        found: dict[str, list[NamedAnswer]] = {}
        for row in _rows(text):
            texts = {name: str(row[name]) for name in _TEXTS}
            places = tuple(
                AnswerPlace(str(one["place"]), tuple(float(number) for number in one["numbers"]))
                for one in row["answer"]
            )
            found.setdefault(texts["check"], []).append(
                NamedAnswer(**texts, answer=places, by=str(row.get("by", "")))
            )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        why = f"has no {error}" if isinstance(error, KeyError) else f"cannot be read: {error}"
        raise CourseError((Problem(path_in_course(file), "", why),)) from None
    return found


def _rows(text: str) -> list[dict[str, Any]]:
    document: Any = json.loads(text)
    if document["form"] != FORM:
        raise ValueError(f"form is {document['form']!r}, expected {FORM!r}")
    rows: list[dict[str, Any]] = document["answers"]
    return rows


def as_document(named: Mapping[str, Sequence[NamedAnswer]], checks: Collection[str] | None = None) -> str:
    """Write named answers, all of them or those of some checks; nothing where there are none."""
    rows = [
        {
            **{name: getattr(one, name) for name in (*_TEXTS, "by")},
            "answer": [{"place": place.place, "numbers": list(place.numbers)} for place in one.answer],
        }
        for check, answers in named.items()
        for one in answers
        if checks is None or check in checks
    ]
    return json.dumps({"form": FORM, "answers": rows}, indent=1, ensure_ascii=False) + "\n" if rows else ""


def change_answers(folder: Path, change: Callable[[Named], Named]) -> Path:
    """Change an assignment's named answers as they are on disk now, while nobody else does.

    Raises:
        UsageError: they cannot be read or written, or what `change` raises.
        CourseError: they are in another form.
    """
    file = folder / ANSWERS
    try:
        with _held(folder):
            there = file.read_text(encoding="utf-8") if file.exists() else ""
            text = as_document(change(named_answers(there, file)))
            if text:
                partial = file.with_suffix(".partial")
                partial.write_text(text, encoding="utf-8")
                partial.replace(file)
            else:
                file.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return file


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Let one process at a time in, as two markers name answers of one class; on Windows nothing keeps them apart."""
    if sys.platform == "win32":
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)
