"""Hand in masks whose runs are longer than any picture, below nothing, and millions of them.

outcome = "runs that do not add up to a picture are no mask"
status = ["failed"]
course = "pets"
check = "masks_iou"
seconds = 200
earns = ["labels_accuracy"]
quick = false
"""
from pathlib import Path

CODE = "def build(*given, **more):\n    raise NotImplementedError\n"


def build(folder: Path) -> Path:
    for name in ("pets_classification.py", "pets_segmentation.py"):
        (folder / name).write_text(CODE, encoding="utf-8")
    rows = ["999999999 " * 9, "-1 65537", "0 " * 500_000, "4294967296 1", "0 0 0 65536", " ", "65536" + " 0" * 99]
    (folder / "pets_segmentation.txt").write_text("\n".join(rows * 88)[: 15 << 20], encoding="utf-8")
    (folder / "pets_classification.txt").write_text("0\n" * 612, encoding="utf-8")
    return folder
