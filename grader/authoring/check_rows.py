"""The decorator by which a row of the rubric stands where its check is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., None])


def check(**fields: Any) -> Callable[[Test], Test]:  # noqa: ANN401  # what the rubric's keys hold
    """Give a test its row of the rubric: keys and values as in a table [checks.<name>], written out.

    The first paragraph of the test's docstring is what the row says. Both are read from the text of the file; when the
    file runs, the test stays as it is.

    Raises:
        TypeError: no key is given.
    """
    if not fields:
        raise TypeError("@check has no key, expected keys of the rubric such as points=2")
    return lambda test: test
