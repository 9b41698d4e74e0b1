"""Hidden tests of the configurations: they are read where no code of the submission runs."""

from __future__ import annotations

import pytest
from drivers import configuration, every_configuration

from grader.authoring import Subject

EVERY_FILE = "every file"


@pytest.mark.parametrize("model", ["TwoLayerNet", "VanillaCNN", "MyModel", EVERY_FILE])
def test_configs(files: Subject, model: str) -> None:
    """Closed form: none; what a file says is read by the course's own code."""
    if model == EVERY_FILE:
        got = files(every_configuration)
        assert not got["problems"], str(got["problems"][0])
        assert got["right"] >= 1, "no file of configs/ can be used"
        return
    got = files(configuration, model=model)
    assert not got["problems"], str(got["problems"][0])
    assert got["model"] == model and got["learning_rate"] > 0, f"no file of configs/ has the model {model}"
