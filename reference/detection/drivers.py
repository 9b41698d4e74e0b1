"""How to call an implementation of `detection`. Not secret: the worker gets this file, students may read it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from grader.drivers.absent_modules import CONVENIENCES, absent_modules
from grader.drivers.checkpoints import read_checkpoint
from grader.drivers.implementation import Implementation, Tree

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

LAYERS = 12  # so that model.1 and model.10 are there
CHANNELS = 2
RATE = 0.1
# What the real detector's other losses read of the same table: a class_loss that asks for them finds them.
OTHER_SETTINGS = {"box": 1.0, "obj": 1.0, "obj_pw": 1.0, "fl_gamma": 0.0, "anchor_t": 4.0}
DETECTOR = "pictures/detector.pth"
SHOWN, SHOWN_SEED = 4, 9  # pictures that a trained detector is shown; those of train.py are drawn under other seeds


class Layer(nn.Module):
    """Named as the layers of a detector are. Batch norm first: behind it no bias would matter."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.bn = nn.BatchNorm2d(CHANNELS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add to features what the layer finds in them, shape (N, 2, H, W)."""
        found: torch.Tensor = self.conv(self.bn(x))
        return x + found


class Model(nn.Module):
    """Parameters by names such as model.10.conv.weight."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.ModuleList([Layer() for _ in range(LAYERS)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Send features through every layer, shape (N, 2, H, W)."""
        for layer in self.model:
            x = layer(x)
        return x


def shapes() -> dict[str, tuple[int, ...]]:
    """Give the shape of each parameter of the model by its name."""
    return {name: tuple(parameter.shape) for name, parameter in Model().named_parameters()}


def step(
    impl: Implementation,
    freeze: list[str],
    frozen: list[str],
    weights: dict[str, np.ndarray],
    x: np.ndarray,
    target: np.ndarray,
) -> Tree:
    """Freeze layers of a model and take a step of gradient descent.

    Args:
        impl: Whose freeze_layers.
        freeze: The beginnings of names that it is given.
        frozen: Names of parameters that do not learn before.
        weights: The parameters before the step, by name.
        x: Features, shape (N, 2, H, W).
        target: What the model's result is multiplied by, shape (N, 2, H, W): the sum of it all is the loss.

    Returns:
        `after`: the parameters after the step, by name.
    """
    model = Model()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights[name]))
            parameter.requires_grad = name not in frozen
    _load(impl, "freeze_layers")(model, list(freeze))
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    loss = (model(torch.from_numpy(x)) * torch.from_numpy(target)).sum()
    if loss.requires_grad:  # it is not where nothing learns
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    return {"after": {name: parameter.detach() for name, parameter in model.named_parameters()}}


def examples(impl: Implementation) -> Tree:
    """Draw pictures to look for shapes in, shape (4, 3, 64, 64), from 0 to 1."""
    return {"pictures": impl.load("shapes:pictures")(SHOWN, SHOWN_SEED)[0]}


def boxes(impl: Implementation, pictures: np.ndarray) -> Tree:
    """Look for shapes with the trained detector that was handed in, as train.py saves it. No code of theirs runs.

    Returns:
        `found`: of each picture a row for each box, left, top, width, height in pixels and the number of its class; no
        pictures where none was handed in. `problem`: a word for why one that is there cannot be used.
    """
    if not impl.attachments(DETECTOR):
        return {"found": [], "problem": ""}
    checkpoint = read_checkpoint(impl.attachment(DETECTOR))
    detector = impl.load("detector:Detector")()
    try:
        detector.load_state_dict(checkpoint.weights)
    except RuntimeError:
        return {"found": [], "problem": checkpoint.problem or "another-network"}
    detector.eval()
    with torch.no_grad():
        found = impl.load("detector:detected")(detector(torch.from_numpy(pictures)))
    return {
        "found": [
            np.array([[x - width / 2, y - height / 2, width, height, kind] for (x, y, width, height), kind in rows])
            for rows in found
        ],
        "problem": "",
    }


def loss(impl: Implementation, ps: np.ndarray, tcls: np.ndarray, cp: float, cn: float, pos_weight: float) -> Tree:
    """Compute the loss of one layer."""
    found = _load(impl, "classification_loss")(torch.from_numpy(ps), torch.from_numpy(tcls), cp, cn, pos_weight)
    return {"loss": _number(found, "classification_loss")}


def gradient(impl: Implementation, ps: np.ndarray, tcls: np.ndarray, cp: float, cn: float, pos_weight: float) -> Tree:
    """Compute the gradient of the loss of one layer by its predictions, 0 where nothing is connected."""
    predictions = torch.from_numpy(ps).requires_grad_()
    found = _load(impl, "classification_loss")(predictions, torch.from_numpy(tcls), cp, cn, pos_weight)
    _number(found, "classification_loss")
    if isinstance(found, torch.Tensor) and found.requires_grad:
        found.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return {"gradient": np.zeros_like(ps) if predictions.grad is None else predictions.grad}


def sum_of_layers(impl: Implementation, layers: list[list[np.ndarray]], hyp: dict[str, float]) -> Tree:
    """Compute the loss of several layers: of each its predictions and classes."""
    given = [(torch.from_numpy(ps), torch.from_numpy(tcls)) for ps, tcls in layers]
    return {"loss": _number(_load(impl, "class_loss")(given, OTHER_SETTINGS | hyp), "class_loss")}


def adding_up(impl: Implementation, layers: list[list[np.ndarray]], hyp: dict[str, float]) -> Tree:
    """Add up several layers where the loss of each is 1, 2, 4 and so on, whatever classification_loss is.

    Returns:
        `loss`, their sum, and `asked`, a row for each call: the number of the layer, cp, cn and pos_weight. Nothing was
        asked where class_loss does not call classification_loss.
    """
    given = [(torch.from_numpy(ps), torch.from_numpy(tcls)) for ps, tcls in layers]
    asked: list[list[float]] = []

    def told(ps: torch.Tensor, _tcls: torch.Tensor, cp: float, cn: float, pos_weight: float) -> torch.Tensor:
        number = next(number for number, (rows, _) in enumerate(given) if torch.equal(rows, ps))
        asked.append([number, float(cp), float(cn), float(pos_weight)])
        return torch.tensor(2.0**number)

    class_loss = _load(impl, "class_loss")
    names = getattr(class_loss, "__globals__", {})
    theirs = names.get("classification_loss")
    try:
        names["classification_loss"] = told
        found = _number(class_loss(given, OTHER_SETTINGS | hyp), "class_loss")
    finally:
        names["classification_loss"] = theirs
    return {"loss": found, "asked": np.array(sorted(asked), np.float64).reshape(-1, 4)}


def _load(impl: Implementation, name: str) -> Any:  # noqa: ANN401  # theirs
    with absent_modules(CONVENIENCES, impl.sources):
        return impl.load(f"detection:{name}")


def _number(value: object, of: str) -> Any:  # noqa: ANN401  # an array of whatever shape, or a number
    """Give a loss as an array without axes where it is one number.

    Raises:
        NotImplementedError: it is None, as of code that is not written.
        TypeError: it is neither a tensor nor a number.
    """
    if value is None:
        raise NotImplementedError(f"{of} returned None")
    if isinstance(value, bool) or not isinstance(value, torch.Tensor | float | int):
        raise TypeError(f"{of} returned {type(value).__name__}, expected a tensor of one number")
    numbers = torch.as_tensor(value, dtype=torch.float32).detach()
    return numbers.reshape(()) if numbers.numel() == 1 else numbers
