"""What a driver is handed and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Tree = dict[str, Any]
"""Numbers, texts, arrays and tensors by name, in lists and dicts of any depth: what may be returned."""


class Implementation(Protocol):
    """Where the objects of a submission, or of the reference, come from."""

    sources: Mapping[str, str]
    """The texts of its files by path."""

    def load(self, target: str) -> Any:  # noqa: ANN401  # a function, a class or a number: the driver knows
        """Return the object that `package.module:Name` names.

        Raises:
            MissingError: there is no such file, or no such name in it. What the module itself raises goes through.
        """

    def attachment(self, path: str) -> bytes:
        """Return the bytes of what was handed in under a path beside the modules.

        Raises:
            MissingError: it was not handed in.
        """

    def attachments(self, pattern: str) -> list[str]:
        """List the paths of what was handed in beside the modules and fits a pattern such as `configs/*.yaml`."""
