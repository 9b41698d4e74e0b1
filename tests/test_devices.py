"""Code that asks for a GPU, as it was written where there is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from grader.course.discovery import read_assignment
from grader.judging.grading import Grader
from grader.model.status import Status
from grader.sandbox.guest.devices import lacks_gpu, on_the_processor
from grader.subjects.recordings import Recordings
from grader.submissions.read import Submission

FOLDER = Path(__file__).parents[1] / "reference" / "imbalance"
LOSS = "losses/focal_loss.py"
pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, and nothing to do")

ASKING: list[Callable[[torch.Tensor], torch.Tensor]] = [
    lambda x: x.cuda(),
    lambda x: x.cuda(0, non_blocking=True),
    lambda x: x.to("cuda"),
    lambda x: x.to(device="cuda:0", dtype=torch.float64),
    lambda x: x.to(torch.device("cuda", 0)),
    lambda x: torch.tensor([1.0, 2.0], device="cuda"),
    lambda x: nn.Linear(2, 3).cuda()(x) * 2,
    lambda x: nn.Sequential(nn.LazyLinear(3)).to("cuda")(x) * 2,
    lambda x: nn.Linear(2, 3, device=torch.device("cuda"))(x) * 2,
    lambda x: torch.cuda.FloatTensor(x.tolist()),
    lambda x: x.type(torch.cuda.DoubleTensor),
    lambda x: x.type("torch.cuda.FloatTensor"),
    lambda x: x.pin_memory(),
    lambda x: x.to(0),
    lambda x: torch.ones(2, device=0) + x,
    lambda x: x.to(torch.cuda.current_device()),
]


@pytest.mark.parametrize("ask", ASKING, ids=range(len(ASKING)))
def test_what_is_sent_to_a_gpu_stays_on_the_processor(ask: Callable[[torch.Tensor], torch.Tensor]) -> None:
    with on_the_processor():
        assert ask(torch.ones(2)).device.type == "cpu"
    with pytest.raises((AssertionError, RuntimeError, TypeError)) as caught:
        ask(torch.ones(2))
    assert lacks_gpu(caught.value)


@pytest.mark.parametrize("error", [AssertionError("x is on CUDA"), ValueError("No CUDA GPUs are available")], ids=str)
def test_other_errors_are_not_for_want_of_a_gpu(error: Exception) -> None:
    assert not lacks_gpu(error)


def test_a_loss_that_sends_its_weights_to_a_gpu_is_right() -> None:
    """It lost 58 of 80 points, by an AssertionError that its author never sees."""
    with Grader(read_assignment(FOLDER), recordings=Recordings()) as grader:
        solution = dict(grader.course.solution)
        written = solution[LOSS].replace(
            "self.weight = weight", "self.weight = None if weight is None else weight.cuda()"
        )
        assert written != solution[LOSS]
        submission = Submission("a test's", {**solution, LOSS: written}, (), (), {}, "")
        found = grader.observe(submission, only={"focal_weighted", "focal_gradient"}).verdicts
    assert [verdict.status for verdict in found] == [Status.PASSED, Status.PASSED]
