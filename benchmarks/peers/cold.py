"""The usual way to grade: pytest started afresh for each submission, on the same hidden tests.

No plugin is loaded but pytest-timeout: what else is installed beside it would be charged to pytest, and a developer's
environment holds plugins that take longer to import than all tests run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
CHECKS = HERE.parents[1] / "reference" / "convnet" / "checks"
COMMAND = (
    sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--import-mode=importlib", "-p", "no:cacheprovider",
    "-p", "pytest_timeout", "-p", "plain_harness", str(CHECKS),
)  # fmt: skip


def variables(submission: Path, *, with_torch: bool) -> dict[str, str]:
    """Give the environment that COMMAND wants; torch is imported as deep-learning courses do."""
    given = {"SUBMISSION": str(submission), "PYTHONPATH": str(HERE)}
    given |= {"OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return {**os.environ, **given, **({"WITH_TORCH": "1"} if with_torch else {})}
