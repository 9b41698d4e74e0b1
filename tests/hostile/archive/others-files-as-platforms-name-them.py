"""Hand in files and metadata of others as Canvas, Moodle and Gradescope name them.

outcome = "only an export that the caller names alone says whose a file is: in a submission such names mean nothing"
status = ["passed"]
points = 5
quick = true
"""
from pathlib import Path

from hostile.course import HONEST


def build(folder: Path) -> Path:
    for name, text in HONEST["numbers"].items():
        (folder / name).write_text(text)
        (folder / f"bob_12_345_{name}").write_text("raise SystemExit\n")
        (folder / f"Bob_12_assignsubmission_file_{name}").write_text("raise SystemExit\n")
    (folder / "submission_metadata.yml").write_text("submission_1:\n  :submitters:\n  - :sid: bob\n")
    return folder
