"""Hand in files that Python, pytest and pip obey where they find them.

outcome = "nothing of a submission is read by the judge's Python, and a worker starts before it is laid out"
status = ["unwritten"]
course = "cifar"
seconds = 120
quick = false
check = "train_step"
"""
from pathlib import Path

OBEYED = "raise SystemExit('got through')\n"


def build(folder: Path) -> Path:
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "drivers.py", "test_models.py", "torch.py"):
        (folder / name).write_text(OBEYED, encoding="utf-8")
    (folder / "a.pth").write_text("import os; os._exit(0)\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--collect-only'\n", encoding="utf-8")
    (folder / "pyvenv.cfg").write_text("home = /tmp\n", encoding="utf-8")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"\x00" * 64)
    (folder / "main.py").write_text("def train(*given):\n    raise NotImplementedError\n", encoding="utf-8")
    return folder
