"""Install the autograders that `benchmarks/beside_peers.py` measures, each into an environment of its own.

    .venv/bin/python benchmarks/peers/install.py [PEER...] [--into FOLDER] [--index URL]

numpy and torch are those that are installed here, in each environment once more: five gigabytes in all. An environment
that holds what is asked for already is left as it is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ENVIRONMENTS: Final = HERE / ".environments"
PACKAGES: Final = {
    "pytest": ("pytest==9.2.0",),
    "gradescope-utils": ("gradescope-utils==0.5.0",),
    "otter": ("otter-grader==7.0.0", "ipykernel==7.4.0"),
    "nbgrader": ("nbgrader==0.9.6", "ipykernel==7.4.0"),
    "pytest-prairielearn-grader": ("pytest-prairielearn-grader==0.3.1", "pandas==3.1.1", "plot-serializer==0.2.3"),
}
NEEDED: Final = ("numpy", "torch")
STAMP: Final = "installed.txt"


def python_of(peer: str, environments: Path = ENVIRONMENTS) -> Path:
    """Return the interpreter of a peer's environment."""
    return environments / peer / "bin" / "python"


def wanted(peer: str) -> list[str]:
    """List what a peer's environment holds: itself, and numpy and torch as they are here."""
    return [*PACKAGES[peer], *(f"{name}=={metadata.version(name).partition('+')[0]}" for name in NEEDED)]


def install(peer: str, environments: Path, index: str) -> None:
    """Make the environment of a peer, unless it holds what is wanted."""
    folder, packages = environments / peer, wanted(peer)
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text().splitlines() == packages:
        return
    print(f"{peer}: {' '.join(packages)}", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    pip = [python_of(peer, environments), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, *(("--extra-index-url", index) if index else ()), *packages], check=True)
    stamp.write_text("".join(f"{package}\n" for package in packages))


def main() -> None:
    """Install what is asked for, by default everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"of {', '.join(PACKAGES)}; by default all")
    parser.add_argument("--into", type=Path, default=ENVIRONMENTS, metavar="FOLDER")
    parser.add_argument("--index", default="", metavar="URL", help="one more index, such as that of torch's CPU wheels")
    options = parser.parse_args()
    if unknown := set(options.peers) - set(PACKAGES):
        parser.error(f"no peer is named {', '.join(sorted(unknown))}, expected some of {', '.join(PACKAGES)}")
    for peer in options.peers or PACKAGES:
        try:
            install(peer, options.into.absolute(), options.index)
        except subprocess.CalledProcessError as error:
            sys.exit(f"{peer} could not be installed: pip ended with {error.returncode}")


if __name__ == "__main__":
    main()
