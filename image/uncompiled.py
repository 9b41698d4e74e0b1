"""Inside a container: count the modules that a grading imports and that are not compiled ahead."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from grader.sandbox.guest.preload import import_allowed, warm

import_allowed(["numpy", *filter(importlib.util.find_spec, ["torch"])])
warm()
for name in ("grader.cli", "grader.commands.run", "grader.commands.batch", "grader.batch.work"):
    importlib.import_module(name)
files = [getattr(module, "__cached__", None) for module in list(sys.modules.values())]
compiled = [file for file in files if isinstance(file, str)]
missing = sorted({file for file in compiled if not Path(file).exists()})
sys.stdout.writelines(f"{file}\n" for file in missing)
sys.stdout.write(f"figure: {len(compiled)} modules imported, {len(missing)} of them not compiled ahead\n")
raise SystemExit(1 if missing else 0)
