"""List the files to compile ahead, so that a container that cannot write need not do it at every start.

`imported.py SITE_PACKAGES`. Of the large packages these are the modules that a grading imports: compiled ahead, all of
their modules would be a tenth of the image. Compiling is left to another process: what is imported beside it leaves
its traces in a compiled file, which would then differ from build to build.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

LARGE = frozenset({"networkx", "pygments", "setuptools", "sqlalchemy", "sympy", "torch", "torchgen"})
LATE = (
    *("_dynamo", "fft", "func", "nn.utils.prune", "optim", "profiler._cupti_monitor", "special", "utils._device"),
    *("utils.checkpoint", "utils.data", "utils.data._utils.fetch", "utils.data._utils.worker", "utils.serialization"),
)
"""Parts of torch that are imported on first use; those that workers import ahead are among them, and a test says so."""
OTHERS = ("alembic.command", "pytest", "rich.syntax", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm")
"""What imports of the other large packages what a grading needs."""


def use_torch() -> None:
    """Import what torch imports late, for gradients and an optimizer's first step among others."""
    torch = importlib.import_module("torch")
    for part in LATE:
        importlib.import_module(f"torch.{part}")
    layer = torch.nn.Conv2d(1, 1, 3)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 1, 4, 4)).sum().backward()
    optimizer.step()


def wanted(entry: Path) -> Iterator[Path]:
    """Give the source files of a package or module that are to be compiled."""
    if entry.name in LARGE:
        names = [name for name in sys.modules if name.split(".")[0] == entry.name]
        files = {getattr(sys.modules[name], "__file__", None) for name in names}
        yield from sorted(Path(file) for file in files if isinstance(file, str) and file.endswith(".py"))
    elif entry.is_dir():
        yield from sorted(entry.rglob("*.py"))
    elif entry.suffix == ".py":
        yield entry


def main() -> None:
    """Print the files."""
    if importlib.util.find_spec("torch") is not None:
        use_torch()
    for name in OTHERS:
        importlib.import_module(name)
    for entry in sorted(Path(sys.argv[1]).iterdir()):
        sys.stdout.writelines(f"{file}\n" for file in wanted(entry))


if __name__ == "__main__":
    main()
