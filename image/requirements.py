"""Print what a project depends on, a line each: `requirements.py pyproject.toml`."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
sys.stdout.write("".join(f"{line}\n" for line in project["dependencies"]))
