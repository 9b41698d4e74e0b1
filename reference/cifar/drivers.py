"""How to call an implementation of `cifar`. Not secret: the worker gets this file, students may read it.

Two editions of the course put the training step into different places: `main.py` has `train` and `validate`, or
`solver.py` has `Solver._compute_loss_update_params`. Either is called here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.drivers.absent_modules import (
    CONVENIENCES,
    AbsentModule,
    absent_modules,
    is_below,
    lend_names,
)
from grader.drivers.checkpoints import read_checkpoint
from grader.drivers.implementation import Implementation, Tree
from grader.drivers.torch_layers import (
    as_array,
    batches,
    confusion_matrix,
    gradients,
    linear_layer,
    parameters,
    seeding_ignored,
    set_parameters,
)

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

HOMES = {
    "TwoLayerNet": "models.twolayer:TwoLayerNet",
    "VanillaCNN": "models.cnn:VanillaCNN",
    "MyModel": "models.my_model:MyModel",
}
CHECKPOINTS = {
    "TwoLayerNet": ("twolayernet", "twolayer", "two_layer_net"),
    "VanillaCNN": ("vanillacnn", "cnn", "vanilla_cnn"),
    "MyModel": ("mymodel", "my_model"),
}
SOLVER = "solver.py"
CONFIGURATION = "configs/config_mymodel.yaml"
CHUNK = 100
MOST_VALUES = 1 << 16  # of a network's parameters that are handed back one by one
MOST_TENSORS, MOST_WEIGHTS = 64, 1 << 21  # of a checkpoint that are handed back: TwoLayerNet has 789258 in 4

# Networks that are ready to be used: MyModel is to be built from layers.
READY = (
    *("torchvision.models", "torch.hub", "timm", "transformers", "huggingface_hub", "efficientnet_pytorch"),
    *("pretrainedmodels", "fastai", "keras", "models.resnet", "models.resnet32"),
)
# Modules that files of the course import at their top and that training and validating do without.
ABSENT = (*CONVENIENCES, *READY, "losses")
IMAGE = (3, 32, 32)


def training(
    impl: Implementation,
    images: np.ndarray,
    labels: np.ndarray,
    weight: np.ndarray,
    batch_size: int,
    momentum: float,
    class_weights: np.ndarray | None,
) -> Tree:
    """Let one linear layer go through data once, and hand back its parameters."""
    model = linear_layer(weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum, weight_decay=0.01)
    criterion = nn.CrossEntropyLoss(None if class_weights is None else torch.from_numpy(class_weights))
    loader = batches(images, labels, batch_size)
    with _only_what_is_here(impl):
        solver = _solver(impl, model, optimizer, criterion, loader)
        if solver is None:
            impl.load("main:train")(0, loader, model, optimizer, criterion)
        else:
            model.train()
            for batch, targets in loader:
                solver._compute_loss_update_params(batch, targets)  # noqa: SLF001  # the name of that edition
    return {"parameters": _named(parameters(model))}


def validation(
    impl: Implementation, images: np.ndarray, labels: np.ndarray, weight: np.ndarray, batch_size: int
) -> Tree:
    """Validate one linear layer; hand back what was found, and the layer's parameters and gradients afterwards.

    Returns:
        `accuracy` and `confusion`, None for one that did not come back; `was_shown_all`, whether the layer was given as
        many samples as there are; `parameters` and `gradients`.
    """
    model = linear_layer(weight)
    shown = []
    model.register_forward_pre_hook(lambda _, given: shown.append(len(given[0])))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    loader = batches(images, labels, batch_size)
    with _only_what_is_here(impl):
        solver = _solver(impl, model, optimizer, criterion, loader)
        if solver is None:
            accuracy, confusion = _validated(impl.load("main:validate")(0, loader, model, criterion))
        else:
            step = solver._compute_loss_update_params  # noqa: SLF001  # the name of that edition
            model.eval()
            scores = [_tensor(_pair(step(*batch), step.__name__)[0], "its output") for batch in loader]
            confusion = as_array(confusion_matrix(torch.cat(scores), labels))
            accuracy = float(np.trace(confusion) / confusion.sum())
    return {
        "accuracy": accuracy,
        "confusion": confusion,
        "was_shown_all": sum(shown) >= len(labels),
        "parameters": _named(parameters(model)),
        "gradients": _named(gradients(model)),
    }


def edition(impl: Implementation) -> Tree:
    """Tell which file has the training step; by itself, since what a step does is the same in both."""
    return {"file": SOLVER if SOLVER in impl.sources else "main.py"}


def size(impl: Implementation, model: str, arguments: list[int], tensors: list[np.ndarray], x: np.ndarray) -> Tree:
    """Build a network, give it these parameters, each to the one of its shape, and score a batch.

    Returns:
        The shapes of its parameters, those of them that its state dict holds, and `scores`.
    """
    network = _network(impl, model, arguments)
    learned = dict(network.named_parameters())
    kept = [tensor for name, tensor in network.state_dict().items() if name in learned]
    set_parameters(network, tensors)
    network.eval()
    return {
        "parameters": [list(tensor.shape) for tensor in learned.values()],
        "in_state_dict": [list(tensor.shape) for tensor in kept],
        "scores": _tensor(network(torch.from_numpy(x)), f"forward of {model}"),
    }


def scores(impl: Implementation, model: str, arguments: list[int], tensors: list[np.ndarray], x: np.ndarray) -> Tree:
    """Build a network, give it these parameters, each to the one of its shape, and score a batch."""
    network = _network(impl, model, arguments)
    set_parameters(network, tensors)
    network.eval()
    return {"scores": _tensor(network(torch.from_numpy(x)), f"forward of {model}")}


def own_scores(impl: Implementation, x: np.ndarray) -> Tree:
    """Score a batch with the student's own network: while training, while validating, and with other weights."""
    network = _network(impl, "MyModel", [])
    images = torch.from_numpy(x)
    network.train()
    found = {"in_training": _tensor(network(images), "forward of MyModel")}
    network.eval()
    found["scores"] = _tensor(network(images), "forward of MyModel")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    found["with_other_weights"] = _tensor(network(images), "forward of MyModel")
    return found


def own_start(impl: Implementation, seeds: list[int]) -> Tree:
    """Build the student's own network for each seed.

    Returns:
        `ready`: the ready networks that are in it; `starts`: for each seed, how its parameters start, see `_start`.
    """
    starts: list[Tree] = []
    for seed in (0, *seeds):  # the first executes the file, which may draw numbers too
        np.random.seed(seed)  # noqa: NPY002  # the generator that a student may draw from
        random.seed(seed)
        torch.default_generator.manual_seed(seed)
        try:
            with seeding_ignored():
                network = _network(impl, "MyModel", [])
        except ModuleNotFoundError as error:
            if is_below(error.name or "", READY):
                return {"ready": [error.name], "starts": []}
            raise
        homes = {f"{type(part).__module__}.{type(part).__qualname__}" for part in network.modules()}
        if ready := sorted(home for home in homes if is_below(home, READY)):
            return {"ready": ready, "starts": []}
        starts.append(_start(parameters(network)))
    return {"ready": [], "starts": starts[1:]}


def _start(tensors: list[torch.Tensor]) -> Tree:
    """Describe every parameter as it is.

    Returns:
        For each parameter, in arrays of shape (P,): `axes`, how many have an extent above 1, `sizes`, `sums` and
        `squares`, the sums of squares; and `values`, all numbers of all of them where they are few, else as
        many, evenly spread.
    """
    values = [tensor.flatten() for tensor in tensors] or [torch.zeros(0)]
    whole = torch.cat(values)
    return {
        "axes": np.array([sum(extent > 1 for extent in tensor.shape) for tensor in tensors], np.int64),
        "sizes": np.array([tensor.numel() for tensor in tensors], np.int64),
        "sums": np.array([float(tensor.double().sum()) for tensor in tensors]),
        "squares": np.array([float(tensor.double().square().sum()) for tensor in tensors]),
        "values": whole[:: max(1, len(whole) // MOST_VALUES)].float(),
    }


def configuration(impl: Implementation, model: str) -> Tree:
    """Read the configurations of a network; say what is wrong in them, and what was read from the first.

    A file that cannot be read at all may be the one, if no other is.
    """
    found, problems, unreadable = [], [], []
    for path, text in _configurations(impl).items():
        content, faults = _parsed(impl, path, text)
        unreadable += faults if "TODO(" not in text else []
        name = _network_named(content)
        if content is None or (name != model and name in CHECKPOINTS):
            continue
        try:
            settings = impl.load("settings:read")(text, with_own_keys=True)
            found += [settings] if name == model else []
        except impl.load("settings:SettingsError") as error:
            problems += [f"{path}: {problem}" for problem in error.problems]
    if not (found or problems or unreadable):
        raise NotImplementedError(f"no file of configs/ has the model {model}")
    return {
        "model": model if found else "",
        "problems": [*problems, *([] if found else unreadable)],
        "learning_rate": float(found[0]["Train"]["learning_rate"]) if found else 0.0,
    }


def every_configuration(impl: Implementation) -> Tree:
    """Say what is wrong in any configuration, whichever network it is for; count those in which nothing is."""
    problems, right = [], 0
    for path, text in _configurations(impl).items():
        try:
            impl.load("settings:read")(text, with_own_keys=True)
            right += 1
        except impl.load("settings:SettingsError") as error:
            problems += [f"{path}: {problem}" for problem in error.problems] if "TODO(" not in text else []
    return {"problems": problems, "right": right}


def images_to_test(impl: Implementation, seed: int, count: int) -> Tree:
    """Give images to test a network with, where the course has some that no student does; none anywhere else."""
    cifar10 = impl.load("data.cifar10:load").__globals__
    file = Path("hidden") / cifar10["BATCHES"] / "test_batch"
    if not file.is_file():
        return {"images": np.zeros((0, *IMAGE), np.uint8), "labels": np.zeros(0, np.int64)}
    images, labels = cifar10["read_batch"](file)
    chosen = np.random.default_rng(seed).permutation(len(images))[:count]
    return {"images": images[chosen], "labels": labels[chosen]}


def weights(impl: Implementation, model: str) -> Tree:
    """Read a checkpoint where no code of the submission runs.

    Returns:
        `problem`: why it cannot be read, a word of PROBLEMS in the hidden test, or nothing; `tensors`: what it holds.
    """
    checkpoint = read_checkpoint(impl.attachment(_checkpoint(impl, model)))
    tensors = list(checkpoint.weights.values())
    if checkpoint.problem or len(tensors) > MOST_TENSORS or sum(tensor.numel() for tensor in tensors) > MOST_WEIGHTS:
        return {"problem": checkpoint.problem or "other-network", "tensors": []}
    is_plain = all(tensor.layout is torch.strided and tensor.is_floating_point() for tensor in tensors)
    return (
        {"problem": "", "tensors": [tensor.float() for tensor in tensors]}
        if is_plain
        else {"problem": "other-network", "tensors": []}
    )


def predictions(impl: Implementation, model: str, images: np.ndarray) -> Tree:
    """Load a checkpoint into the network that was handed in with it, and classify images.

    Returns:
        `problem`: why it cannot be loaded, a word of PROBLEMS in the hidden test, or nothing; `astray`: the names that
        the checkpoint or the network lacks; `predicted`: a class for each image.
    """
    data = impl.attachment(_checkpoint(impl, model))
    network = _network(impl, model, [])
    checkpoint = read_checkpoint(data)
    if checkpoint.problem:
        return {"problem": checkpoint.problem, "astray": [], "predicted": []}
    try:
        network.load_state_dict(checkpoint.weights)
    except RuntimeError:
        astray = sorted(set(network.state_dict()) ^ set(checkpoint.weights))
        return {"problem": "other-network", "astray": astray, "predicted": []}
    network.eval()
    as_tensor = impl.load("data.cifar10:as_tensor")
    with torch.no_grad():
        predicted = [network(chunk).argmax(dim=1) for chunk in as_tensor(images).split(CHUNK)]
    return {"problem": "", "astray": [], "predicted": torch.cat(predicted)}


def _network(impl: Implementation, model: str, arguments: list[int]) -> Any:  # noqa: ANN401  # theirs
    """Build a network; layers that take their size from what they are first shown are shown an image of noise."""
    with _only_what_is_here(impl):
        network = impl.load(HOMES[model])(*arguments)
        if any(nn.parameter.is_lazy(tensor) for tensor in (*network.parameters(), *network.buffers())):
            network.eval()
            with torch.no_grad():
                network(torch.zeros(1, arguments[0], 1, 1) if arguments else torch.zeros(1, *IMAGE))
            network.train()
        return network


@contextmanager
def _only_what_is_here(impl: Implementation) -> Iterator[None]:
    """Let imports of what is not here succeed, and the use of a ready network be noticed.

    The losses are those of another section of the course: where they are handed in beside these files, nothing depends
    on whether they can be imported.
    """
    hub = torch.hub
    with absent_modules(ABSENT, [path for path in impl.sources if not path.startswith("losses")]):
        torch.hub = AbsentModule("torch.hub")  # type: ignore[assignment]  # code reaches it without importing it
        lend_names("data", impl.sources)  # of which training and validating use nothing
        try:
            yield
        finally:
            torch.hub = hub


def _solver(  # the course's own Solver has these attributes before its first step
    impl: Implementation, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module, loader: object
) -> Any:  # noqa: ANN401  # theirs
    """Give a solver that has what its step needs and never made loaders; None in the edition without one."""
    if SOLVER not in impl.sources:
        return None
    kind = impl.load("solver:Solver")
    solver = kind.__new__(kind)
    learning = {"lr": 0.1, "momentum": 0.0, "reg": 0.0, "epochs": 1, "steps": [], "warmup": 0, "batch_size": 1}
    loaders = {"train_loader": loader, "val_loader": loader, "scheduler": None, "device": "cpu"}
    vars(solver).update(learning | loaders, model=model, optimizer=optimizer, criterion=criterion)
    return solver


def _pair(value: Any, of: str) -> Any:  # noqa: ANN401  # theirs
    """Check that two things came back.

    Raises:
        NotImplementedError: nothing did, as of code that is not written.
        TypeError: something else did.
    """
    if value is None or (isinstance(value, tuple | list) and len(value) == 2 and value[0] is None):
        raise NotImplementedError(f"{of} returned None")
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{of} returned {type(value).__name__}, expected two results")
    return value


def _validated(value: Any) -> tuple[float | None, np.ndarray | None]:  # noqa: ANN401  # theirs
    """Take accuracy and confusion matrix out of what validate returned; one of them may have come alone.

    Raises:
        NotImplementedError: nothing came back, as of code that is not written.
        TypeError: what came back is neither.
    """
    if value is None or (isinstance(value, tuple | list) and len(value) == 2 and value[0] is None):
        raise NotImplementedError("validate returned None")
    if isinstance(value, tuple | list) and len(value) == 2:
        axes = [np.ndim(one) for one in value]
        return (None, None) if axes == [2, 0] else (float(value[0]), as_array(value[1]))
    given = value if isinstance(value, tuple | list) and len(value) == 1 else [value]
    try:
        alone = as_array(given[0])
    except (TypeError, ValueError):
        alone = np.zeros(0, np.float32)
    if alone.size == 1:
        return float(alone.item()), None
    if alone.ndim == 2:
        return None, alone
    raise TypeError(f"validate returned {type(value).__name__}, expected two results")


def _tensor(value: Any, of: str) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Check that scores are a tensor, and detach them.

    Raises:
        NotImplementedError: they are None, as of code that is not written.
        TypeError: they are something else.
    """
    if value is None:
        raise NotImplementedError(f"{of} returned None")
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{of} returned {type(value).__name__}, expected a tensor")
    return value.detach()


def _named(tensors: list[torch.Tensor]) -> Tree:
    return dict(zip(("weight", "bias"), tensors, strict=True))


def _configurations(impl: Implementation) -> dict[str, str]:
    paths = impl.attachments("configs/*.yaml") or [CONFIGURATION]
    return {path: bytes(impl.attachment(path)).decode("utf-8", "replace") for path in paths}


def _parsed(impl: Implementation, path: str, text: str) -> tuple[Tree | None, list[str]]:
    """Parse a configuration, or say why that cannot be done."""
    try:
        return impl.load("settings:parsed")(text), []
    except impl.load("settings:SettingsError") as error:
        return None, [f"{path}: {problem}" for problem in error.problems]


def _network_named(content: Tree | None) -> object:
    """Give the model that a configuration is for."""
    group = (content or {}).get("network")
    name = group.get("model") if isinstance(group, dict) else None
    return name if isinstance(name, str) else None


def _checkpoint(impl: Implementation, model: str) -> str:
    """Find a network's checkpoint under one of the names that are in use."""
    names = CHECKPOINTS[model]
    for path in impl.attachments("checkpoints/*.pth"):
        if Path(path).stem.casefold() in names:
            return path
    return f"checkpoints/{names[0]}.pth"
