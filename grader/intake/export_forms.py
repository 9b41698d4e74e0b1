"""Tell whose export a folder is by the names in it, of which students give a part. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grader.intake.file_names import blackboard_name, brightspace_name, canvas_name, moodle_name

GRADESCOPE_METADATA: Final = "submission_metadata.yml"
BLACKBOARD: Final = "Blackboard download"
GOOGLE: Final = "Google Classroom"
BRIGHTSPACE: Final = "Brightspace export"
CANVAS: Final = "Canvas export"
GRADESCOPE: Final = "Gradescope export"
MOODLE: Final = "Moodle export"
NBGRADER: Final = "nbgrader"
BRIGHTSPACE_INDEX: Final = "index.html"


def form_of(names: Sequence[str], files: Sequence[str]) -> str:
    """Return whose export has such names of entries, and of files among them; nothing where it is nobody's.

    Where two platforms' forms fit, it is the form that more names have: a student names a part of some.
    """
    if GRADESCOPE_METADATA in files:
        return GRADESCOPE
    exported = [name for name in names if name != BRIGHTSPACE_INDEX]
    forms = (
        (MOODLE, moodle_name, names),
        (BLACKBOARD, blackboard_name, files),  # before Canvas's, whose form a name with a number in it has too
        (CANVAS, canvas_name, files),
        (BRIGHTSPACE, brightspace_name, exported),
    )
    counts = {form: (sum(read(name) is not None for name in of), len(of)) for form, read, of in forms}
    form = max(counts, key=lambda form: counts[form][0])  # of equal ones the first
    fitting, all_names = counts[form]
    return form if fitting * 2 > all_names else ""
