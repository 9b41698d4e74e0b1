"""The exit codes of `grade`."""

from __future__ import annotations

from typing import Final

ALL_PASSED: Final = 0
NOT_ALL_PASSED: Final = 1
USAGE: Final = 2
BROKEN: Final = 3
