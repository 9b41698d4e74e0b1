"""How to call an implementation of `cifar`. Not secret: the worker gets this file, students may read it.

Two editions of the course put the training step into different places: `main.py` has `train` and `validate`, or
`solver.py` has `Solver._compute_loss_update_params`. Either is called here.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import pickle
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

Tree = dict[str, Any]

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
CONFIGURATION = "configs/config_mymodel.yaml"
MAX_WEIGHT_BYTES = 64 << 20
CHUNK = 100

# Modules that files of the course import at their top and that training and validating do without.
ABSENT = ("torchvision", "matplotlib", "tqdm", "PIL", "wandb", "losses", "models.resnet", "data.imbalance_cifar")
READY = (
    *("torchvision.models", "torch.hub", "timm", "transformers", "huggingface_hub", "efficientnet_pytorch"),
    *("pretrainedmodels", "fastai", "keras", "models.resnet", "models.resnet32"),
)


class Implementation(Protocol):
    """Where the objects of a submission, or of the reference, come from."""

    load: Callable[[str], Any]
    attachment: Callable[[str], bytes]
    attachments: Callable[[str], list[str]]
    sources: dict[str, str]


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
    model = _linear(weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum, weight_decay=0.01)
    criterion = nn.CrossEntropyLoss(None if class_weights is None else torch.from_numpy(class_weights))
    loader = _loader(images, labels, batch_size)
    with standing_in(impl):
        solver = _solver(impl, model, optimizer, criterion)
        if solver is None:
            impl.load("main:train")(0, loader, model, optimizer, criterion)
        else:
            model.train()
            for batch, targets in loader:
                solver._compute_loss_update_params(batch, targets)  # noqa: SLF001  # the name of that edition
    return {"parameters": _numbers(model), "edition": _edition(solver)}


def validation(
    impl: Implementation, images: np.ndarray, labels: np.ndarray, weight: np.ndarray, batch_size: int
) -> Tree:
    """Validate one linear layer; hand back what was found, and the layer's parameters and gradients afterwards."""
    model = _linear(weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    loader = _loader(images, labels, batch_size)
    with standing_in(impl):
        solver = _solver(impl, model, optimizer, criterion)
        if solver is None:
            accuracy, confusion = impl.load("main:validate")(0, loader, model, criterion)
        else:
            model.eval()
            scores = [solver._compute_loss_update_params(*batch)[0].detach() for batch in loader]  # noqa: SLF001  # see above
            confusion = _counted(torch.cat(scores).argmax(dim=1), labels)
            accuracy = np.trace(confusion) / confusion.sum()
    gradients = [np.zeros(tuple(p.shape), np.float32) if p.grad is None else p.grad for p in model.parameters()]
    return {
        "accuracy": float(accuracy),
        "confusion": np.asarray(_plain(confusion), np.float32),
        "parameters": _numbers(model),
        "gradients": dict(zip(("weight", "bias"), gradients, strict=True)),
        "edition": _edition(solver),
    }


def size(impl: Implementation, model: str, arguments: list[int]) -> Tree:
    """Count the numbers that a network learns, and those among them that its state dict holds."""
    network = _network(impl, model, arguments)
    learned = dict(network.named_parameters())
    kept = [tensor for name, tensor in network.state_dict().items() if name in learned]
    return {
        "parameters": sum(tensor.numel() for tensor in learned.values()),
        "in_state_dict": sum(tensor.numel() for tensor in kept),
    }


def scores(impl: Implementation, model: str, arguments: list[int], tensors: list[np.ndarray], x: np.ndarray) -> Tree:
    """Build a network, give it these parameters, each to the one of its shape, and score a batch."""
    network = _network(impl, model, arguments)
    _give(network, tensors)
    network.eval()
    return {"scores": network(torch.from_numpy(x)).detach()}


def own_scores(impl: Implementation, x: np.ndarray) -> Tree:
    """Score a batch with the student's own network, once while training and once while validating."""
    network = _network(impl, "MyModel", [])
    network.train()
    shape = list(network(torch.from_numpy(x)).shape)
    network.eval()
    return {"shape_in_training": shape, "scores": network(torch.from_numpy(x)).detach()}


def own_start(impl: Implementation, seeds: list[int]) -> Tree:
    """Name the ready networks that the student's own imports; build it for each seed and give its first weights."""
    ready = sorted(_ready(impl, "models/my_model.py", set()))
    if ready:
        return {"ready": ready, "starts": []}
    starts = []
    for seed in seeds:
        np.random.seed(seed)  # noqa: NPY002  # the generator that a student may draw from
        torch.default_generator.manual_seed(seed)
        with _seeds_kept():
            network = _network(impl, "MyModel", [])
        starts.append(max((p.detach().flatten() for p in network.parameters()), key=len, default=torch.zeros(0))[:32])
    return {"ready": [], "starts": starts}


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
            settings = impl.load("settings:read")(text)
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
            impl.load("settings:read")(text)
            right += 1
        except impl.load("settings:SettingsError") as error:
            problems += [f"{path}: {problem}" for problem in error.problems] if "TODO(" not in text else []
    return {"problems": problems, "right": right}


def images_to_test(impl: Implementation, seed: int, count: int) -> Tree:
    """Give images to test a network with: of CIFAR-10 where the course has them, else made-up ones."""
    cifar10 = impl.load("data.cifar10:load").__globals__
    file = Path("hidden") / cifar10["BATCHES"] / "test_batch"
    if not file.is_file():
        images, labels = cifar10["made_up"](count, seed)
        return {"images": images, "labels": labels}
    images, labels = cifar10["read_batch"](file)
    chosen = np.random.default_rng(seed).permutation(len(images))[:count]
    return {"images": images[chosen], "labels": labels[chosen]}


def predictions(impl: Implementation, model: str, arguments: list[int], images: np.ndarray) -> Tree:
    """Load a network's checkpoint into it and classify images.

    Returns:
        `problem`: why it cannot be loaded, a word of PROBLEMS in the hidden test, or nothing; `astray`: the names that
        the checkpoint or the network lacks; `predicted`: a class for each image.
    """
    data = impl.attachment(_checkpoint(impl, model))
    network = _network(impl, model, arguments)
    problem, weights = _weights(data)
    if problem:
        return {"problem": problem, "astray": [], "predicted": []}
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        astray = sorted(set(network.state_dict()) ^ set(weights))
        return {"problem": "other-network", "astray": astray, "predicted": []}
    network.eval()
    as_tensor = impl.load("data.cifar10:as_tensor")
    with torch.no_grad():
        predicted = [network(chunk).argmax(dim=1) for chunk in as_tensor(images).split(CHUNK)]
    return {"problem": "", "astray": [], "predicted": torch.cat(predicted)}


class StandIn(ModuleType):
    """A module that is not here: whatever it is asked for is there, and raises when it is used."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a class, a function or a bar
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.startswith("tqdm"):
            return Bar
        if name.islower():  # a module or a function: either way
            return importlib.import_module(f"{self.__name__}.{name}")
        return type(name, (), {"__init__": _absent(f"{self.__name__}.{name}")})

    def __call__(self, *_arguments: object, **_named: object) -> None:
        raise RuntimeError(f"{self.__name__} is not here: training and validating do without it")


class Bar:
    """Iterate over what it is given, as a progress bar does; everything else that bars do, does nothing."""

    def __init__(self, iterable: Sequence[Any] = (), *_arguments: object, **_named: object) -> None:
        self.iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_named: None


class StandInFinder(MetaPathFinder, Loader):
    """Find modules that stand in for absent ones, below certain names."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.names = [name for name in ABSENT if not _is_there(name, sources)]

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a module (the import system's protocol)."""
        if not any(_is_below(fullname, name) for name in self.names):
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module (the import system's protocol)."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty (the import system's protocol)."""


@contextmanager
def standing_in(impl: Implementation) -> Iterator[None]:
    """Let imports of absent modules succeed inside the block, and forget them after it."""
    finder = StandInFinder(impl.sources)
    displaced = {name: module for name, module in sys.modules.items() if any(_is_below(name, n) for n in finder.names)}
    for name in displaced:
        del sys.modules[name]
    sys.meta_path.insert(1, finder)  # the submission's own modules come first
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]
        for name in [name for name in sys.modules if any(_is_below(name, absent) for absent in finder.names)]:
            del sys.modules[name]
        sys.modules.update(displaced)


@contextmanager
def _seeds_kept() -> Iterator[None]:
    """Let nobody seed torch inside the block: two networks would start alike that need not."""
    seeding = torch.manual_seed
    torch.manual_seed = torch.random.manual_seed = lambda seed: torch.default_generator  # type: ignore[assignment]  # a shim
    try:
        yield
    finally:
        torch.manual_seed = torch.random.manual_seed = seeding


def _absent(name: str) -> Callable[..., None]:
    def used(*_arguments: object, **_named: object) -> None:
        raise RuntimeError(f"{name} is not here: training and validating do without it")

    return used


def _is_there(name: str, sources: dict[str, str]) -> bool:
    folder = name.replace(".", "/")
    return any(path == f"{folder}.py" or path.startswith(f"{folder}/") for path in sources)


def _is_below(name: str, above: str) -> bool:
    return name == above or name.startswith(f"{above}.")


def _network(impl: Implementation, model: str, arguments: list[int]) -> Any:  # noqa: ANN401  # theirs
    with standing_in(impl):
        return impl.load(HOMES[model])(*arguments)


def _solver(impl: Implementation, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module) -> Any:  # noqa: ANN401  # theirs
    """Give a solver that has what its step needs and never made loaders; None in the edition without one."""
    if "solver.py" not in impl.sources:
        return None
    kind = impl.load("solver:Solver")
    solver = kind.__new__(kind)
    vars(solver).update(model=model, optimizer=optimizer, criterion=criterion, device="cpu", scheduler=None)
    return solver


def _edition(solver: object) -> str:
    return "main.py" if solver is None else "solver.py"


def _linear(weight: np.ndarray) -> nn.Module:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
        layer.bias.zero_()
    return nn.Sequential(nn.Flatten(), layer)


def _loader(images: np.ndarray, labels: np.ndarray, batch_size: int) -> DataLoader[Any]:
    return DataLoader(TensorDataset(torch.from_numpy(images), torch.from_numpy(labels)), batch_size)


def _numbers(model: nn.Module) -> Tree:
    return dict(zip(("weight", "bias"), (p.detach() for p in model.parameters()), strict=True))


def _plain(value: Any) -> Any:  # noqa: ANN401  # a tensor, an array or lists
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def _counted(predicted: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    confusion = np.zeros((10, 10))
    np.add.at(confusion, (labels, predicted.numpy()), 1)
    return confusion


def _give(network: nn.Module, tensors: list[np.ndarray]) -> None:
    """Set each parameter of a network to the one of these that has its shape, turned if need be."""
    with torch.no_grad():
        for parameter in network.parameters():
            for array in tensors:
                for given in (array, array.T):
                    if given.shape == tuple(parameter.shape):
                        parameter.copy_(torch.from_numpy(given))


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


def _weights(data: bytes) -> tuple[str, Tree]:
    """Read a state dict; give the word for why there is none, and it."""
    file = io.BytesIO(bytes(data))
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_WEIGHT_BYTES:
                return "too-large", {}
    file.seek(0)
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        return "objects", {}
    except MemoryError:
        return "too-large", {}
    except (RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError, AttributeError) as error:
        return ("too-large" if "DefaultCPUAllocator" in str(error) else "damaged"), {}
    is_state = isinstance(found, dict) and all(isinstance(value, torch.Tensor) for value in found.values())
    return ("", found) if is_state else ("no-state-dict", {})


def _ready(impl: Implementation, path: str, seen: set[str]) -> Iterator[str]:
    """Name what a file uses of collections of ready networks, and the files of the submission that it imports."""
    seen.add(path)
    try:
        tree = ast.parse(impl.sources.get(path, ""))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # importing it says why
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        for name in _names_used(node, package):
            if any(_is_below(name, ready) for ready in READY):
                yield name
            for module in (name, name.rpartition(".")[0]):
                other = f"{module.replace('.', '/')}.py"
                if other in impl.sources and other not in seen:
                    yield from _ready(impl, other, seen)


def _names_used(node: ast.AST, package: list[str]) -> list[str]:
    """Give the dotted names that a node imports or reaches through a module."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            start = [*package[: len(package) + 1 - level], *([module] if module else [])] if level else [module or ""]
            return [".".join((*start, alias.name)) for alias in names]
        case ast.Attribute():
            return [ast.unparse(node)]
    return []
