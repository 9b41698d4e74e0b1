"""Run the tests under every Python from 3.11 on that this machine has: `python -m tests.pythons [PYTEST_ARGUMENT...]`.

Each interpreter gets an environment of its own below `.pythons/`, from the same constraints. Where torch has no wheel
for one, what needs torch is not run there, and that is said.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ENVIRONMENTS: Final = ROOT / ".pythons"
OLDEST: Final = (3, 11)
NAME: Final = re.compile(r"python3\.(\d+)")


def interpreters() -> dict[tuple[int, int], Path]:
    """Find a Python of each version that is not too old, on PATH and among those that pyenv installed."""
    found: dict[tuple[int, int], Path] = {}
    for folder in _folders():
        for program in sorted(folder.glob("python3.*")):
            named = NAME.fullmatch(program.name)
            if named is None or (version := (3, int(named[1]))) < OLDEST or version in found:
                continue
            if _is_version(program, version):
                found[version] = program
    return dict(sorted(found.items()))


def _is_version(program: Path, version: tuple[int, int]) -> bool:
    """Return whether a program runs and is of a version: pyenv's stand-ins end at once where none is chosen."""
    asked = f"import sys; sys.exit(sys.version_info[:2] != {version})"
    try:
        return subprocess.run([program, "-c", asked], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/*/bin"), reverse=True)


def made_ready(version: tuple[int, int], program: Path) -> Path:
    """Make the environment of an interpreter, once for each state of the constraints, and give its Python."""
    folder = ENVIRONMENTS / ".".join(map(str, version))
    python, stamp = folder / "bin" / "python", folder / "constraints.txt"
    wanted = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("constraints.txt", "pyproject.toml"))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([program, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "-qq", "--constraint", ROOT / "constraints.txt"]
        index = os.environ.get("TORCH_INDEX")
        subprocess.run(
            [*install, *(["--extra-index-url", index] if index else []), "--editable", f"{ROOT}[dev]"], check=True
        )
        stamp.write_text(wanted, encoding="utf-8")
    return python


def main() -> None:
    """Run them one after the other, and end with 1 where one failed."""
    ended: dict[str, int] = {}
    for version, program in interpreters().items():
        name = "Python " + ".".join(map(str, version))
        sys.stdout.write(f"== {name}: {program}\n")
        sys.stdout.flush()
        try:
            python = made_ready(version, program)
        except subprocess.CalledProcessError as error:
            ended[f"{name}: cannot be set up"] = error.returncode
            continue
        command = [python, "-m", "pytest", "--numprocesses", str(os.cpu_count()), "--dist", "worksteal", *sys.argv[1:]]
        ended[name] = subprocess.run(command, cwd=ROOT, check=False).returncode
    for name, code in ended.items():
        sys.stdout.write(f"{name}: {'passed' if code == 0 else f'failed (exit code {code})'}\n")
    raise SystemExit(any(ended.values()))


if __name__ == "__main__":
    main()
