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
LINEAR = "modules/linear.py"


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
    assert found.status is Status.PASSED, (found.message, found.detail)


def test_a_wrong_gradient_is_not_taken_for_writing_into_an_argument(grader: Grader) -> None:
    found = verdict(grader, "layers_keep_arguments", RELU, "dout * (x > 0)", "dout * (x < 0)")
    assert found.status is Status.PASSED


@pytest.mark.parametrize("dx", ["np.ones_like(x)", "x > 0"])
def test_a_dx_that_is_not_made_of_dout_earns_nothing_by_writing_nowhere(grader: Grader, dx: str) -> None:
    found = verdict(grader, "layers_keep_arguments", RELU, "dout * (x > 0)", dx)
    assert (found.status, "computes no dx from dout" in found.message) == (Status.FAILED, True)


@pytest.mark.parametrize("dx", ["(dout * (x > 0)).astype(np.float32)", "(dout * (x > 0)).ravel()"])
def test_the_form_of_a_gradient_is_no_matter_of_what_a_layer_leaves_behind(grader: Grader, dx: str) -> None:
    """One wrong dtype or shape lost two checks beside the one that is about it."""
    for check in ("layers_again", "layers_keep_arguments"):
        assert verdict(grader, check, RELU, "dout * (x > 0)", dx).status is Status.PASSED


def test_a_layer_that_does_nothing_earns_nothing_by_writing_nowhere(grader: Grader) -> None:
    found = verdict(grader, "layers_keep_arguments", RELU, "self.dx = dout * (x > 0)", "pass")
    assert (found.status, found.message) == (Status.UNWRITTEN, "not written yet at modules/relu.py line 30")


def test_what_the_trainer_cannot_work_with_is_told_by_who_returned_it(grader: Grader) -> None:
    """It read `TypeError at trainer.py line 60`, of a file that the course provides."""
    found = verdict(grader, "training_overfits", NET, "return probabilities, loss", "print(loss)")
    assert (found.status, found.message) == (
        Status.RAISED, "forward returned None, expected a tuple of 2 items"
    )  # fmt: skip


def test_a_loss_that_the_trainer_cannot_use_is_told_as_what_forward_returned(grader: Grader) -> None:
    """It read `what update returned is not what is asked for`, of an optimizer that is right."""
    found = verdict(grader, "training_overfits", NET, "return probabilities, loss", "return loss, probabilities")
    assert (found.status, "update" in found.message, "forward returned" in found.message) == (
        Status.RAISED, False, True
    ), found.message  # fmt: skip


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


CONV, OPTIMIZER = "modules/convolution.py", "optimizer/sgd.py"


def told(grader: Grader, checks: set[str], *changes: tuple[str, str, str]) -> dict[str, list[str]]:
    """Judge the reference with texts replaced, and list the mistakes that are named in each check that failed."""
    sources = dict(grader.course.solution)
    for path, old, new in changes:
        assert sources[path].count(old) == 1
        sources[path] = sources[path].replace(old, new)
    verdicts = grader.observe(Submission("a test's", sources, (), (), {}, ""), only=checks).verdicts
    return {
        found.check: [mistake.name for mistake in found.mistakes]
        for found in verdicts
        if found.status is not Status.PASSED
    }


@pytest.mark.parametrize(
    "change",
    [
        (CONV, "dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
        (RELU, "dout * (x > 0)", "dout * (x < 0)"),
    ],
)
def test_a_layer_that_is_wrong_in_the_same_way_each_time_can_be_used_again(
    grader: Grader, change: tuple[str, str, str]
) -> None:
    """layers_again failed for every fault of a gradient, which other checks had taken points for."""
    assert verdict(grader, "layers_again", *change).status is Status.PASSED


def test_what_is_left_of_the_first_batch_is_told(grader: Grader) -> None:
    found = verdict(
        grader, "layers_again", CONV, "self.dw = dw\n", "self.dw = dw if self.dw is None else self.dw + dw\n"
    )
    assert found.status is Status.FAILED
    assert [mistake.name for mistake in found.mistakes] == ["conv-gradients-pile-up"]


@pytest.mark.parametrize("dx", ["np.full_like(x, 2)", "np.ones_like(x)"])
def test_a_layer_that_gives_the_same_for_every_batch_is_not_used_twice(grader: Grader, dx: str) -> None:
    found = verdict(grader, "layers_again", RELU, "dout * (x > 0)", dx)
    assert found.message.startswith("ReLU()0: ReLU computes no dx")


def test_a_mistake_is_named_by_the_exception_that_it_ends_in_however_it_is_written(grader: Grader) -> None:
    by_index = "padded[:, :, (i + s * np.arange(out_height))[:, None], j + s * np.arange(out_width)]"
    named = told(
        grader,
        {"conv_forward_stride", "conv_backward_stride"},
        (CONV, "out_height = (height + 2 * p - k) // s + 1", "out_height = height + 2 * p - k // s + 1"),
        (CONV, "out_width = (width + 2 * p - k) // s + 1", "out_width = width + 2 * p - k // s + 1"),
        (CONV, "padded[:, :, i : i + s * out_height : s, j : j + s * out_width : s]", by_index),
    )
    assert named == {
        "conv_forward_stride": ["conv-size-without-brackets"],
        "conv_backward_stride": ["conv-size-without-brackets"],
    }


def test_of_two_mistakes_that_explain_a_check_the_one_that_explains_more_is_named(grader: Grader) -> None:
    """A layer that ignored its stride throughout was told that backward did."""
    checks = {"conv_forward_stride", "conv_backward_stride"}
    assert told(grader, checks, (CONV, "self.stride = stride", "self.stride = 1")) == {
        name: ["conv-stride-ignored"] for name in checks
    }


def test_a_right_value_where_a_mistake_makes_it_wrong_silences_it_in_every_check(grader: Grader) -> None:
    """An update of convolutions alone was told that no parameter ever moves, in the check with linear layers."""
    change = (OPTIMIZER, 'if not hasattr(layer, "weight"):', 'if type(layer).__name__ != "Conv2D":')
    named = told(grader, {"sgd_step", "sgd_momentum", "sgd_rate"}, change)
    assert named == {"sgd_step": [], "sgd_momentum": [], "sgd_rate": []}


def test_a_window_that_is_too_large_is_not_told_to_start_where_none_fits(grader: Grader) -> None:
    """Both end in operands that cannot be broadcast together: of other shapes."""
    loop = """\
        for r in range(out_height):
            for c in range(out_width):
                seen = padded[:, None, :, r * s : r * s + k + 1, c * s : c * s + k + 1]
                out[:, :, r, c] = (seen * self.weight).sum(axis=(2, 3, 4))
"""
    begin = grader.course.solution[CONV].index("        for i in range(k):")
    end = grader.course.solution[CONV].index("        self.cache = padded\n")
    old = grader.course.solution[CONV][begin:end]
    named = told(grader, {"conv_forward", "conv_forward_stride"}, (CONV, old, loop))
    assert set(named) == {"conv_forward", "conv_forward_stride"}
    assert not any(named.values())


def test_a_mistake_is_not_named_where_just_what_it_changes_is_wrong_in_another_way_elsewhere(grader: Grader) -> None:
    """A bias added twice was told to be added once for each channel, in the checks whose images have two."""
    change = (CONV, "self.bias[:, None, None]", "2 * self.bias[:, None, None]")
    named = told(grader, {"conv_forward", "conv_forward_stride", "conv_shapes"}, change)
    assert named == {"conv_forward": [], "conv_forward_stride": [], "conv_shapes": []}


def test_a_layer_that_takes_its_step_in_place_is_charged_for_that_alone(grader: Grader) -> None:
    """It wrote into weights that another layer of the same check was to start from, and lost a second check."""
    step = "self.db = dout.sum(axis=(0, 2, 3))\n        self.weight -= self.dw\n        self.bias -= self.db"
    change = (CONV, "self.db = dout.sum(axis=(0, 2, 3))", step)
    named = told(grader, {"conv_backward", "layers_again", "layers_keep_arguments"}, change)
    assert named == {"layers_again": ["conv-takes-the-step-itself"]}


def test_a_mistake_in_one_function_is_named_while_another_is_not_written(grader: Grader) -> None:
    """A case that is not written yet contradicted every name."""
    solution = grader.course.solution[POOL]
    body = solution[solution.index("        windows = ") : solution.index("        self.cache =")]
    gradient = solution[solution.index("        shape, winner ") : solution.index("        self.dx = dx\n")]
    loops = """\
        values = np.zeros((*x.shape[:2], x.shape[2] // s, x.shape[3] // s, k * k))
        for r in range((x.shape[2] - k) // s + 1):
            for c in range((x.shape[3] - k) // s + 1):
                values[:, :, r, c] = x[:, :, r * s : r * s + k, c * s : c * s + k].reshape(*x.shape[:2], k * k)
"""
    checks = {"pool_forward_windows", "pool_border", "pool_backward"}
    named = told(grader, checks, (POOL, body, loops), (POOL, gradient + "        self.dx = dx\n", ""))
    expected = ["pool-output-without-the-kernel"]
    assert named == {"pool_forward_windows": expected, "pool_border": expected, "pool_backward": []}


@pytest.mark.parametrize("exception", ["NotImplementedError", "KeyError"])
def test_another_exception_than_asked_for_is_no_unwritten_constructor(grader: Grader, exception: str) -> None:
    """`raise NotImplementedError` for an unknown criterion read "not written yet"."""
    found = verdict(grader, "net_criterion", NET, 'raise ValueError(f"the', f'raise {exception}(f"the')
    assert found.status is Status.FAILED
    assert f"raises {exception}, expected a ValueError" in found.message


@pytest.mark.parametrize("module", ["matplotlib.pyplot", "tqdm", "cv2"])
def test_an_import_that_nothing_needs_costs_nothing(grader: Grader, module: str) -> None:
    found = verdict(
        grader, "conv_forward", CONV, "import numpy as np", f"import numpy as np\nimport {module} as unused"
    )
    assert found.status is Status.PASSED


def test_a_name_that_a_library_lacks_and_nothing_uses_is_a_remark_on_the_layer_that_imports_it(grader: Grader) -> None:
    sources = dict(grader.course.solution)
    sources[LINEAR] += "from numpy.core.getlimits import _KINDS\n"
    checks = {"linear_forward", "layers_again"}
    found = {
        one.check: one for one in grader.observe(Submission("a test's", sources, (), (), {}, ""), only=checks).verdicts
    }
    line = sources[LINEAR].count("\n")
    assert {one.status for one in found.values()} == {Status.PASSED}
    assert found["linear_forward"].message == (
        f"{LINEAR} line {line}: cannot import name '_KINDS' from 'numpy.core.getlimits', which costs nothing as long "
        "as nothing uses it"
    )


# What stands in the templates of several years where nothing is written.
EMPTY = (
    "return None",
    "return np.zeros_like(x)",
    "return x",
    "pass",
    "raise NotImplementedError",
    "...",
    "out = None\n        return out",
)


@pytest.mark.parametrize("body", EMPTY)
def test_whatever_a_template_returns_is_unwritten(grader: Grader, body: str) -> None:
    old = """\
        self.cache = x
        out: np.ndarray = np.maximum(x, 0)
        return out
"""
    assert verdict(grader, "relu_forward", RELU, old, f"        {body}\n").status is Status.UNWRITTEN


def test_a_function_that_breaks_on_what_an_unwritten_one_gave_is_not_blamed(grader: Grader) -> None:
    """ConvNet.forward, which is right, was told `'NoneType' object has no attribute 'max'`."""
    old = "        rows = x.reshape(len(x), self.in_dim)\n        return rows @ self.weight + self.bias\n"
    found = verdict(grader, "net_forward", "modules/linear.py", old, "        return None\n")
    assert (found.status, found.message.partition(" line")[0]) == (
        Status.UNWRITTEN, "not written yet at modules/linear.py"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "old", "new", "status"),
    [
        (RELU, "class ReLU:", "class MyReLU:", Status.PASSED),
        (NET, '"ReLU": ReLU}', '"ReLU": type("Rectifier", (ReLU,), {})}', Status.PASSED),
        (NET, '"ReLU": ReLU}', '"ReLU": lambda: MaxPooling(2, 2)}', Status.FAILED),
    ],
    ids=["an alias", "a class derived from it", "another layer"],
)
def test_a_layer_is_what_stands_in_its_file_whatever_its_class_is_called(
    grader: Grader, path: str, old: str, new: str, status: Status
) -> None:
    """`ReLU = MyReLU` lost three points: the names of classes were compared."""
    solution = dict(grader.course.solution)
    assert solution[path].count(old) == 1
    text = solution[path].replace(old, new) + ("\n\nReLU = MyReLU\n" if "MyReLU" in new else "")
    submission = Submission("a test's", {**solution, path: text}, (), (), {}, "")
    (found,) = grader.observe(submission, only={"net_build"}).verdicts
    assert found.status is status


@pytest.mark.parametrize(
    ("forward", "status"), [("x * (x > 0)", Status.PASSED), ("x * (x > 1)", Status.FAILED)], ids=["right", "wrong"]
)
def test_a_layer_of_another_place_is_known_by_what_it_does(grader: Grader, forward: str, status: Status) -> None:
    solution = dict(grader.course.solution)
    own = f"class Rectifier:\n    def forward(self, x):\n        return {forward}\n\n\nclass ConvNet:"
    text = solution[NET].replace("class ConvNet:", own).replace('"ReLU": ReLU}', '"ReLU": Rectifier}')
    submission = Submission("a test's", {**solution, NET: text}, (), (), {}, "")
    (found,) = grader.observe(submission, only={"net_build"}).verdicts
    assert found.status is status
