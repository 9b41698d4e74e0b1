"""What `convnet` takes points for, and what it tells: submissions that are right but for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.discovery import read_assignment
from grader.judging.grading import Grader
from grader.model.result import Verdict
from grader.model.status import Status
from grader.subjects.recordings import Recordings
from grader.submissions.read import Submission

FOLDER = Path(__file__).parents[1] / "reference" / "convnet"
POOL, RELU, NET = "modules/max_pool.py", "modules/relu.py", "modules/conv_classifier.py"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(read_assignment(FOLDER), recordings=Recordings()) as grader:
        yield grader


def verdict(grader: Grader, check: str, path: str, old: str, new: str) -> Verdict:
    """Judge the reference with one text replaced, by one check."""
    solution = dict(grader.course.solution)
    assert solution[path].count(old) == 1
    submission = Submission("a test's", {**solution, path: solution[path].replace(old, new)}, (), (), {}, "")
    (found,) = grader.observe(submission, only={check}).verdicts
    return found


def test_a_forward_that_draws_numbers_trains_on_the_same_batches(grader: Grader) -> None:
    """A scratch array filled by randn made the trainer choose other batches than the reference's."""
    found = verdict(grader, "training_overfits", POOL, "k, s = self.kernel_size, self.stride\n        windows",
                    "np.random.randn(3)\n        k, s = self.kernel_size, self.stride\n        windows")  # fmt: skip
    assert found.status is Status.PASSED


def test_a_wrong_gradient_is_not_taken_for_writing_into_an_argument(grader: Grader) -> None:
    found = verdict(grader, "layers_keep_arguments", RELU, "dout * (x > 0)", "dout * (x < 0)")
    assert (found.status, "dx[" in found.message, found.mistakes) == (Status.FAILED, True, ())


def test_a_layer_that_does_nothing_earns_nothing_by_writing_nowhere(grader: Grader) -> None:
    found = verdict(grader, "layers_keep_arguments", RELU, "self.dx = dout * (x > 0)", "pass")
    assert (found.status, found.message) == (Status.UNWRITTEN, "not written yet at modules/relu.py line 30")


def test_what_the_trainer_cannot_work_with_is_told_by_who_returned_it(grader: Grader) -> None:
    """It read `TypeError at trainer.py line 60`, of a file that the course provides."""
    found = verdict(grader, "training_overfits", NET, "return probabilities, loss", "print(loss)")
    assert (found.status, found.message) == (
        Status.RAISED, "forward returned None, expected a tuple of 2 items"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("new", "names"),
    [
        ("return x, loss", ["net-scores-as-probabilities"]),
        ("return x, (probabilities, loss)", ["net-scores-as-probabilities", "net-pair-as-loss"]),
    ],
)
def test_one_fault_or_two_at_once_are_named(grader: Grader, new: str, names: list[str]) -> None:
    found = verdict(grader, "net_forward", NET, "return probabilities, loss", new)
    assert [mistake.name for mistake in found.mistakes] == names
