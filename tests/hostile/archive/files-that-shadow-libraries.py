"""Hand in files that would stand in for what the worker and the tests run on.

outcome = "they have no effect"
status = ["passed"]
points = 5
"""
from pathlib import Path

from hostile.course import HONEST

NAMES = ["numpy.py", "random.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "drivers.py", "pytest.py", "os.py",
         "grader/__init__.py", "grader/judging/judge.py", "grader/sandbox/protocol.py", "encodings/__init__.py", "test_all.py", "mistakes.py"]  # fmt: skip
FILES = {"evil.pth": "import os; os._exit(0)", "pytest.ini": "[pytest]\naddopts = --co", "setup.cfg": "[tool:pytest]\naddopts=--co",
         "pyproject.toml": "[tool.pytest.ini_options]\naddopts='--co'", ".coveragerc": "[run]\nplugins = evil"}  # fmt: skip


def build(folder: Path) -> Path:
    for name, text in {**HONEST["numbers"], **FILES, **dict.fromkeys(NAMES, "import os\nos._exit(0)\n")}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder
