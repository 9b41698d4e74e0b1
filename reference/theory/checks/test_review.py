"""What a machine can say of the paper review; a person marks it."""

from __future__ import annotations

import pytest
from drivers import HEADINGS, review_words

from grader.authoring import Note, Subject

LEAST, MOST = 20, 350  # words; the handout sets the upper limit for each part


@pytest.mark.parametrize("part", HEADINGS)
def test_review_words(student: Subject, note: Note, part: str) -> None:
    found = student(review_words)
    file, words = found["file"], found["words"]
    assert not found["problem"], f"{file} {found['problem']}"
    counts = ", ".join(f"{name} {words[name]}" for name in HEADINGS if name in words) or "none"
    pages = found["pages"]
    inside = f"{file}, {pages} page{'' if pages == 1 else 's'}" if pages else file
    note(f"words found in {inside}: {counts}")
    seen = f"words found in {inside}: {counts}"
    assert part in words, f"no heading of its own, expected a line that says {part.capitalize()} ({seen})"
    assert LEAST <= words[part] <= MOST, f"{words[part]} words, expected {LEAST} to {MOST} ({seen})"
