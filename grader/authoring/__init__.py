"""What the author of an assignment imports for hidden tests and known mistakes: the one door, kept stable.

Drivers, which run beside a student's code, import from `grader.drivers`.
"""

from grader.authoring.answers import NotWritten, assert_readable
from grader.authoring.compare import assert_matches, assert_matches_either
from grader.authoring.fixtures import Note, Subject
from grader.authoring.mistakes import Mistake, Replacement, replace
from grader.authoring.numerics import central_difference

__all__ = [
    "Mistake",
    "NotWritten",
    "Note",
    "Replacement",
    "Subject",
    "assert_matches",
    "assert_matches_either",
    "assert_readable",
    "central_difference",
    "replace",
]
