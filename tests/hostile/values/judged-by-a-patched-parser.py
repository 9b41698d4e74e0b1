"""Replace what reads configurations, and hand in one that is none.

outcome = "configurations are read where no code of the submission runs"
status = ["failed", "unwritten"]
course = "cifar"
quick = false
check = "configs"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
fine = {"problems": [], "right": 3, "model": "MyModel", "learning_rate": 0.1}
ANSWERS = {"configuration": lambda model: {**fine, "model": model}, "every_configuration": lambda: fine}
"""


def build(folder: Path) -> Path:
    for name in ("main.py", "settings.py", "models/__init__.py", "sitecustomize.py"):
        write_forging(folder, name, ANSWERS)
    (folder / "configs").mkdir()
    (folder / "configs" / "config_mymodel.yaml").write_text("Train: {epochs: many}\nnetwork: {model: MyModel}\n")
    return folder
