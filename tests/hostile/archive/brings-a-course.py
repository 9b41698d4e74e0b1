"""Hand in a course of its own beside the modules, whose checks pass whatever is handed in.

outcome = "a course is named by the caller; what lies in a submission is never graded by"
status = ["failed"]
"""
from pathlib import Path

from hostile.course import HONEST

RUBRIC = '''title = "mine"
source = "mine"
files = ["attacked.py"]
[hidden]
seed = 1
[[parts]]
name = "all"
title = "All"
[checks.attacked]
part = "all"
points = 100
says = "all"
hint = "all?"
'''


def build(folder: Path) -> Path:
    for name in ("first.py", "last.py"):
        (folder / name).write_text(HONEST["numbers"][name])
    (folder / "attacked.py").write_text("def transform(x, w):\n    return 0 * x @ w\n")
    course = folder / "reference" / "numbers"
    (course / "checks").mkdir(parents=True)
    (course / "assignment.toml").write_text(RUBRIC)
    (course / "drivers.py").write_text("def attacked(impl):\n    return 1\n")
    (course / "checks/test_all.py").write_text("print('got through')\n\n\ndef test_attacked(student):\n    pass\n")
    return folder
