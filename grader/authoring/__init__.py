"""What the author of an assignment imports for hidden tests and known mistakes: the one door, kept stable.

Belongs here: comparison, patches, numerics, the types of fixtures. Does not: what drivers import, which runs beside a
student's code (`grader.drivers`).
"""

from grader.authoring.check_rows import check
from grader.authoring.compare import assert_matches, assert_matches_either, assert_shape, equal
from grader.authoring.examples import no_example, smaller_cases
from grader.authoring.hidden_tests import (
    Inconclusive,
    Measure,
    Note,
    NotWritten,
    Show,
    Subject,
    Unreadable,
    assert_formula,
    assert_readable,
    central_difference,
)
from grader.authoring.mistakes import Convention, Mistake, Replacement, Rewriting, replace, rewrite
from grader.drivers.ready import function, layer, methods, module, student_tests, training, value

__all__ = [
    "Convention",
    "Inconclusive",
    "Measure",
    "Mistake",
    "NotWritten",
    "Note",
    "Replacement",
    "Rewriting",
    "Show",
    "Subject",
    "Unreadable",
    "assert_formula",
    "assert_matches",
    "assert_matches_either",
    "assert_readable",
    "assert_shape",
    "central_difference",
    "check",
    "equal",
    "function",
    "layer",
    "methods",
    "module",
    "no_example",
    "replace",
    "rewrite",
    "smaller_cases",
    "student_tests",
    "training",
    "value",
]
