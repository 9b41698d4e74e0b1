"""grade: an autograder for deep-learning courses that observes in a sandbox and judges outside it.

In IPython and Jupyter `%load_ext grader` adds the magic `%grade ASSIGNMENT`; `grader.check("CHECK")` grades one check.
"""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401  # IPython's, which need not be installed
    """Add `%grade` to a shell: IPython calls this at `%load_ext grader`."""
    from grader.desk import jupyter  # noqa: PLC0415  # IPython is there alone where somebody uses it

    jupyter.extend(shell)


def check(*names: str, assignment: str = "") -> None:
    """Grade checks of what this kernel has, by their names, and show the report; without one all of them.

    Raises:
        UsageError: there is no IPython here.
    """
    try:
        from grader.desk import jupyter  # noqa: PLC0415  # as above
    except ModuleNotFoundError:
        from grader.course.installation import install_command  # noqa: PLC0415  # as above
        from grader.errors import UsageError  # noqa: PLC0415  # as above

        raise UsageError(f"grader.check works in IPython and Jupyter: {install_command('jupyter')}") from None

    jupyter.check(*names, assignment=assignment)
