"""End a case where a driver could not read what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.model import Status


class NotWritten(AssertionError):  # noqa: N818  # not an error of ours: the way a case ends
    """What a case asks for is left empty; the text says where."""


def assert_readable(problems: Mapping[str, Sequence[str]], asked: str) -> None:
    """End the case where a driver could not read what is asked for.

    Args:
        problems: By what is asked for, a status and a sentence, as `grader.drivers.answers.collected` gives them.
        asked: What this case asks for.

    Raises:
        NotWritten: it is left empty.
        AssertionError: it is there, and is no answer.
    """
    if asked not in problems:
        return
    status, sentence = problems[asked]
    if status == Status.UNWRITTEN.value:
        raise NotWritten(sentence)
    raise AssertionError(sentence)
