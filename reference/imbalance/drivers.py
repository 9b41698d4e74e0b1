"""How to call an implementation of `imbalance`. Not secret: the worker gets this file, students may read it.

The handout leaves two things open: the form of the loss, and by what a weighted sum is divided. A submission has one
of each, and what an implementation alone leaves unchanged tells which. The reference has all of them, and is told by
`accepted_form` and `accepted_average` which one to follow; a submission does not look at them.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from grader.drivers.implementation import Implementation, Tree

FORMS = ("softmax", "sigmoid")
AVERAGES = ("plain", "weighted")
KINDS = ("a tensor", "an array of numpy", "a list", "a Python float", "a number of numpy", "None")
SAME = 1e-4  # relative: float32 sums in another order are off by 1e-6, other losses by a tenth


def class_weights(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Weigh classes, with the default of beta where None is given."""
    reweight = impl.load("losses.focal_loss:reweight")
    weights = reweight(list(counts)) if beta is None else reweight(list(counts), beta=beta)
    return {"kind": _kind(weights), "weights": _numbers(weights)}


def weight_shares(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Give the share that each class has of the sum of the weights, or the weights where that cannot be formed."""
    weights = class_weights(impl, counts, beta)["weights"]
    has_shares = isinstance(weights, np.ndarray) and bool(np.isfinite(weights).all() and weights.sum())
    return {"share": weights / weights.sum() if has_shares else weights}


def weight_sum(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Add the weights up, and tell whether they are all alike."""
    weights = class_weights(impl, counts, beta)["weights"]
    is_array = isinstance(weights, np.ndarray)
    return {
        "sum_of_weights": weights.sum() if is_array else weights,
        "are_all_alike": bool(is_array and np.ptp(weights) == 0),
    }


def losses(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Compute the loss of each batch, which is a dict of `logits`, `targets` and the arguments of FocalLoss."""
    return {"losses": [_loss(impl, form, average, batch) for batch in batches]}


def relative_losses(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Compute the losses in units of the first of them: a factor that all of them have is no fault of the others.

    One ratio is a number, several are an array; a loss that is no finite number is handed back in their place.
    """
    found = losses(impl, form, average, batches)["losses"]
    odd = [loss for loss in found if not _is_finite_number(loss)]
    if odd:
        return {"ratio": odd[0]}
    first, *others = (float(loss) for loss in found)
    ratios = np.array(others, np.float32) / np.float32(first or np.nan)
    return {"ratio": ratios if len(others) > 1 else ratios[0]}


def unchanged_by_a_shift(impl: Implementation, batch: Tree) -> Tree:
    """Tell for each form whether the loss stays as it is when a number is added to all logits: softmax alone does."""
    moved = batch | {"logits": batch["logits"] + np.float32(1)}
    return {form: _are_same(*(_loss(impl, form, "plain", one) for one in (batch, moved))) for form in FORMS}


def unchanged_by_a_scale(impl: Implementation, form: str, batch: Tree) -> Tree:
    """Tell for each average whether weights matter, but not their scale: it cancels where their sum divides."""
    doubled = batch | {"weight": 2 * batch["weight"]}
    turned = batch | {"weight": batch["weight"][::-1].copy()}
    unchanged = {}
    for average in AVERAGES:
        first, second, third = (_loss(impl, form, average, one) for one in (batch, doubled, turned))
        unchanged[average] = _are_same(first, second) and not _are_same(first, third)
    return unchanged


def kind_of_loss(impl: Implementation, batch: Tree) -> Tree:
    """Say what a loss is, and whether it is connected with the logits."""
    loss = _loss(impl, "softmax", "plain", batch, differentiate=True)
    is_tensor = _kind(loss) == "a tensor"
    return {
        "kind": _kind(loss),
        "shape": list(loss.shape) if is_tensor else [],
        "has_gradient": bool(is_tensor and loss.requires_grad),
    }


def gradient_and_slopes(impl: Implementation, form: str, batch: Tree, step: float) -> Tree:
    """Differentiate the loss by the logits, and evaluate it to both sides of each of them."""
    logits, moved = batch["logits"], {}
    for name, by in (("above", step), ("below", -step)):
        values = np.zeros_like(logits)
        for place in np.ndindex(logits.shape):
            there = logits.copy()
            there[place] += by
            values[place] = float(_loss(impl, form, "plain", batch | {"logits": there}))
        moved[name] = values
    return {**loss_and_gradient(impl, form, batch), **moved}


def loss_and_gradient(impl: Implementation, form: str, batch: Tree) -> Tree:
    """Compute one loss and its gradient by the logits."""
    logits = _tensor(batch["logits"]).requires_grad_()
    loss = _loss(impl, form, "plain", batch | {"logits": logits}, differentiate=True)
    loss.backward()
    return {"loss": loss, "gradient": logits.grad}


def _loss(impl: Implementation, form: str, average: str, batch: Tree, *, differentiate: bool = False) -> Any:  # noqa: ANN401  # theirs
    arguments = {name: batch[name] for name in ("weight", "gamma") if name in batch}
    if "weight" in arguments:
        arguments["weight"] = _tensor(arguments["weight"])
    criterion = impl.load("losses.focal_loss:FocalLoss")(**arguments)
    criterion.accepted_form, criterion.accepted_average = form, average
    logits = _tensor(batch["logits"])
    if differentiate and not logits.requires_grad:
        logits.requires_grad_()
    return criterion.forward(logits, _tensor(batch["targets"]))


def _tensor(value: Any) -> Any:  # noqa: ANN401  # an array or a tensor; the judge, which reads this file too, has no torch
    torch = importlib.import_module("torch")
    return value if isinstance(value, torch.Tensor) else torch.tensor(value)


def _kind(value: object) -> str:
    torch = importlib.import_module("torch")
    if value is None:
        return "None"
    if type(value) in {
        torch.Tensor,
        torch.nn.Parameter,
    }:  # a class of its own could answer anything
        return "a tensor"
    kinds = dict(zip((np.ndarray, list, float, np.number), KINDS[1:], strict=False))
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), "something else")


def _numbers(value: Any) -> Any:  # noqa: ANN401  # theirs
    """Bring weights of any kind and precision into one; leave alone what is none."""
    kind = _kind(value)
    if kind == "a tensor":
        value = value.detach().numpy()
    if kind in KINDS[:3] and np.asarray(value).dtype.kind in "iuf":
        return np.asarray(value, np.float32)
    return value


def _is_finite_number(value: Any) -> bool:  # noqa: ANN401  # theirs
    if _kind(value) == "a tensor":
        value = value.detach().numpy()
    return _kind(value) in KINDS[1:] and not np.shape(value) and bool(np.isfinite(value))


def _are_same(first: Any, second: Any) -> bool:  # noqa: ANN401  # theirs
    """Compare two losses; what is no number is the same as nothing."""
    kinds = {_kind(first), _kind(second)}
    if not kinds <= {"a tensor", "a Python float", "a number of numpy"}:
        return False
    left, right = (np.asarray(one.detach() if _kind(one) == "a tensor" else one) for one in (first, second))
    if left.shape != right.shape:
        return False
    return bool(np.allclose(left, right, rtol=SAME, atol=0, equal_nan=True))
