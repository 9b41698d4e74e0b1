"""The fifteen checks for pytest-prairielearn-grader, with one sandbox for the module.

Only what JSON can hold leaves its sandbox, so `answer` in the code behind the student's turns tensors into arrays.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from cases import CASES, INPUTS, drawn
from expected import arguments
from pytest_prairielearn_grader import ConfigObject
from pytest_prairielearn_grader.fixture import StudentFixture

import reference

SECONDS = 60

autograder_config = ConfigObject(sandbox_timeout=SECONDS)


@pytest.mark.grading_data(name="check", points=1)
@pytest.mark.parametrize("name", INPUTS)
def test_check(module_sandbox: StudentFixture, name: str) -> None:
    """Compare one function."""
    for case in CASES:
        expected = getattr(reference, name)(*arguments(name, case))
        places = range(len(expected)) if isinstance(expected, tuple) else [None]
        for place in places:
            got = module_sandbox.query_function("answer", name, drawn(name, case), place, query_timeout=SECONDS)
            wanted = expected if place is None else expected[place]
            torch.testing.assert_close(torch.from_numpy(np.asarray(got)), wanted)
