"""Read and write `answers.json`: wrong answers that instructors named, beside an assignment's known mistakes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grader.course.validation import path_in_course
from grader.errors import CourseError, Problem, UsageError
from grader.model.answer import AnswerPlace, NamedAnswer

ANSWERS: Final = "answers.json"
FORM: Final = "grade/answers/v1"
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


def write_answers(folder: Path, named: Mapping[str, Sequence[NamedAnswer]]) -> Path:
    """Write an assignment's named answers, or take their file away where none is left.

    Raises:
        UsageError: it cannot be written.
    """
    file, text = folder / ANSWERS, as_document(named)
    try:
        if text:
            partial = file.with_suffix(".partial")
            partial.write_text(text, encoding="utf-8")
            partial.replace(file)
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return file
