"""How to call an implementation of `imbalance`. Not secret: the worker gets this file, students may read it.

The handout leaves two things open: the form of the loss, and by what a weighted sum is divided. A submission has one
of each, and what an implementation alone leaves unchanged tells which. The reference has all of them, and is told by
`accepted_form` and `accepted_average` which one to follow; a submission does not look at them.

Losses are computed with weights, all 1 where a batch has none of its own, and with gamma: training always passes both,
and a loss that needs them is right.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.drivers.absent_modules import CONVENIENCES, absent_modules
from grader.drivers.implementation import Implementation, Tree

FORMS = ("softmax", "sigmoid")
AVERAGES = ("plain", "weighted")
KINDS = ("a tensor", "an array of numpy", "a list", "a Python float", "a number of numpy", "None")
SAME = 1e-4  # relative: float32 sums in another order are off by 1e-6, other losses by a tenth


def class_weights(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Weigh classes, with the default of beta where None is given."""
    reweight = _load(impl, "losses.focal_loss:reweight")
    weights = reweight(list(counts)) if beta is None else reweight(list(counts), beta=beta)
    return {"kind": _kind(weights), "weights": _numbers(weights)}


def kind_and_shares(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Weigh classes, and divide the weights by the size of their sum where it has one: signs and shape stay."""
    found = class_weights(impl, counts, beta)
    weights = found["weights"]
    has_shares = isinstance(weights, np.ndarray) and bool(np.isfinite(weights).all() and weights.sum())
    return {"kind": found["kind"], "share": weights / abs(weights.sum()) if has_shares else weights}


def weight_row(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Weigh classes, and lay the weights out in a row where they are numbers: their shape is judged elsewhere."""
    weights = class_weights(impl, counts, beta)["weights"]
    return {"weights": weights.reshape(-1) if isinstance(weights, np.ndarray) else weights}


def weight_shares(impl: Implementation, counts: list[int], beta: float | None) -> Tree:
    """Give the share that each class has of the sum of the weights, or the weights where that cannot be formed."""
    weights = weight_row(impl, counts, beta)["weights"]
    has_shares = isinstance(weights, np.ndarray) and bool(np.isfinite(weights).all() and weights.sum())
    return {"share": weights / weights.sum() if has_shares else weights}


def losses(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Compute the loss of each batch: a dict of `logits`, `targets` and the arguments of FocalLoss.

    Returns:
        `losses`: a number for each batch; where one of them is no number, none, and `odd` says what came instead.
    """
    found = [_loss(impl, form, average, batch) for batch in batches]
    odd = [_kind(loss) for loss in found if _number(loss) is None]
    return {"losses": [] if odd else [_number(loss) for loss in found], "odd": odd[0] if odd else ""}


def losses_without_weights(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Compute losses as `losses` does, without weights and with gamma's default."""
    return losses(impl, form, average, [{"gamma": None} | batch | {"weight": None} for batch in batches])


def needs_weights(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Tell whether losses are numbers with weights alone.

    This chooses how losses are computed, and earns nothing.
    """
    try:
        return {"needs_weights": bool(losses_without_weights(impl, form, average, batches)["odd"])}
    except Exception:  # noqa: BLE001  # theirs; what it raises with weights as well is judged there
        return {"needs_weights": True}


def relative_losses(impl: Implementation, form: str, average: str, batches: list[Tree]) -> Tree:
    """Compute the losses in units of the first of them: a factor that all of them have is no fault of the others.

    Returns:
        `ratio`: a number where two batches are given, otherwise an array; `odd`: see `losses`.
    """
    found = losses(impl, form, average, batches)
    if found["odd"]:
        return {"ratio": np.zeros(0, np.float32), "odd": found["odd"]}
    first, *others = found["losses"]
    ratios = np.array(others, np.float32) / np.float32(first or np.nan)
    return {"ratio": ratios if len(others) > 1 else ratios[0], "odd": ""}


def unchanged_by_a_shift(impl: Implementation, batch: Tree, finite: bool = False) -> Tree:  # noqa: FBT001, FBT002  # by name
    """Tell for each form whether the loss stays as it is when a number is added to all logits: softmax alone does.

    This chooses the form that losses are compared in, and earns nothing. With `finite`, no NaN stays as it is.
    """
    moved = batch | {"logits": batch["logits"] + np.float32(1)}
    pairs = {form: [_loss(impl, form, "plain", one) for one in (batch, moved)] for form in FORMS}
    return {
        form: _are_same(*pair) and not (finite and bool(np.isnan(_number(pair[0])))) for form, pair in pairs.items()
    }


def unchanged_by_a_scale(impl: Implementation, form: str, batch: Tree) -> Tree:
    """Tell for each average whether weights matter, but not their scale: it cancels where their sum divides.

    This chooses the average that losses are compared in, and earns nothing.
    """
    doubled = batch | {"weight": 2 * batch["weight"]}
    turned = batch | {"weight": batch["weight"][::-1].copy()}
    unchanged = {}
    for average in AVERAGES:
        first, second, third = (_loss(impl, form, average, one) for one in (batch, doubled, turned))
        unchanged[average] = _are_same(first, second) and not _are_same(first, third)
    return unchanged


def relative_gradients(impl: Implementation, form: str, batches: list[Tree]) -> list[Tree]:
    """Compute losses and their gradients by the logits, all in units of the first loss.

    Returns:
        For each batch `loss`, of the shape that it was returned in, and `gradient`, of the shape of the logits, 0
        where there is none; `kind` says in words what was returned, `odd` the same where it is no number.
    """
    found = [_loss_and_gradient(impl, form, batch, _returned) for batch in batches]
    unit = found[0]["loss"].ravel()[0] or np.float32(np.nan)
    return [one | {name: one[name] / unit for name in ("loss", "gradient")} for one in found]


def loss_and_gradient(impl: Implementation, form: str, batch: Tree) -> Tree:
    """Compute one loss, whatever its shape, and its gradient by the logits, which is 0 where there is none."""
    found = _loss_and_gradient(impl, form, batch, _loss)
    return {"loss": found["loss"].ravel()[0], "gradient": found["gradient"]}


def _loss_and_gradient(impl: Implementation, form: str, batch: Tree, compute: Callable[..., Any]) -> Tree:
    logits = _tensor(batch["logits"]).requires_grad_()
    loss = compute(impl, form, "plain", batch | {"logits": logits}, differentiate=True)
    if _kind(loss) == "a tensor" and loss.requires_grad and loss.numel() == 1:
        loss.backward()
    value = _number(loss)
    return {
        "loss": np.float32([np.nan]) if value is None else np.full(np.shape(_plain(loss)), value, np.float32),
        "kind": _kind(loss),
        "odd": _kind(loss) if value is None else "",
        "gradient": np.zeros_like(batch["logits"]) if logits.grad is None else logits.grad.numpy(),
    }


def _load(impl: Implementation, target: str) -> Any:  # noqa: ANN401  # theirs
    """Load a target; what its file imports and does without need not be here."""
    try:
        return impl.load(target)
    except ImportError:
        with absent_modules(CONVENIENCES, impl.sources):
            return impl.load(target)


def _loss(impl: Implementation, form: str, average: str, batch: Tree, *, differentiate: bool = False) -> Any:  # noqa: ANN401  # theirs
    """Compute the loss of a batch; where an implementation gives one for each image, their mean.

    That it does not average them is judged by one check alone.
    """
    loss = _returned(impl, form, average, batch, differentiate=differentiate)
    images = len(batch["targets"])
    is_for_each = images > 1 and _kind(loss) == "a tensor" and loss.shape == (images,) and loss.is_floating_point()
    return loss.mean() if is_for_each else loss


def _returned(impl: Implementation, form: str, average: str, batch: Tree, *, differentiate: bool) -> Any:  # noqa: ANN401  # theirs
    """Compute what the loss of a batch returns, weights given as a tensor, or as what is taken instead."""
    kind = _load(impl, "losses.focal_loss:FocalLoss")
    weight = batch["weight"] if "weight" in batch else np.ones(batch["logits"].shape[1], np.float32)
    first: Exception | None = None
    for given in _as_given(weight):
        logits = _tensor(batch["logits"])
        if differentiate and not logits.requires_grad:
            logits.requires_grad_()
        arguments = {
            name: value for name, value in (("weight", given), ("gamma", batch.get("gamma", 0.0))) if value is not None
        }
        try:
            compute = _criterion(kind, arguments, form, average)
            return compute(logits, _tensor(batch["targets"]))
        except NotImplementedError:
            raise
        except Exception as error:  # noqa: BLE001  # theirs, raised below if no other way works
            first = first or error
    raise first or AssertionError("no way to give weights was tried")


def _as_given(weight: np.ndarray | None) -> Iterator[Any]:
    """Give weights as the course does, a tensor; then as an array and as a list."""
    if weight is None:
        yield None
        return
    yield _tensor(weight)
    yield weight
    yield weight.tolist()


def _criterion(kind: Any, arguments: Tree, form: str, average: str) -> Callable[..., Any]:  # noqa: ANN401  # theirs
    """Make a criterion; what its constructor does not take is given to it with each batch."""
    taken, left = _placed(kind, arguments)
    criterion = kind(**taken)
    with contextlib.suppress(AttributeError):  # an object with __slots__ is no reference
        criterion.accepted_form, criterion.accepted_average = form, average
    compute: Callable[..., Any] = criterion if callable(criterion) else criterion.forward
    if not left:
        return compute
    with_batch, _ = _placed(getattr(criterion, "forward", criterion), left, skip=2)
    return lambda logits, targets: compute(logits, targets, **with_batch)


def _placed(function: Any, arguments: Tree, skip: int = 0) -> tuple[Tree, Tree]:  # noqa: ANN401  # theirs
    """Name arguments as a function does: by their own names, else by those of its free parameters, in order.

    Returns:
        Those that it takes, and those that it has no place for.
    """
    if getattr(function, "__init__", None) is importlib.import_module("torch").nn.Module.__init__:
        return {}, arguments  # its signature takes anything, and it takes nothing
    try:
        parameters = [*inspect.signature(function).parameters.values()][skip:]
    except (TypeError, ValueError):
        return arguments, {}
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return arguments, {}
    names = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD or one.kind is one.KEYWORD_ONLY]
    taken = {name: value for name, value in arguments.items() if name in names}
    free = [name for name in names if name not in ("weight", "gamma", "reduction", "size_average", "device")]
    others = {name: value for name, value in arguments.items() if name not in taken}
    taken |= dict(zip(free, others.values(), strict=False))
    return taken, dict([*others.items()][len(free) :])


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


def _plain(loss: Any) -> Any:  # noqa: ANN401  # theirs
    return loss.detach().numpy() if _kind(loss) == "a tensor" else loss


def _number(loss: Any) -> np.float32 | None:  # noqa: ANN401  # theirs
    """Bring a loss of one number into one form, whatever its kind and shape; None is what is none."""
    loss = _plain(loss)
    if _kind(loss) not in KINDS[1:5] or np.size(loss) != 1 or np.asarray(loss).dtype.kind not in "iuf":
        return None
    return np.float32(np.asarray(loss).reshape(()))


def _are_same(first: Any, second: Any) -> bool:  # noqa: ANN401  # theirs
    """Compare two losses; what is no number is the same as nothing."""
    left, right = _number(first), _number(second)
    return left is not None and right is not None and bool(np.allclose(left, right, rtol=SAME, atol=0, equal_nan=True))
