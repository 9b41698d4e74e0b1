"""Hand in predictions in digits of other scripts, of other bases, without end, and more than were asked for.

outcome = "a line that is no whole number is named, and no line after it counts"
status = ["failed"]
course = "pets"
check = "labels_accuracy"
seconds = 200
quick = false
"""
from pathlib import Path

CODE = "def build(*given, **more):\n    raise NotImplementedError\n"


def build(folder: Path) -> Path:
    for name in ("pets_classification.py", "pets_segmentation.py"):
        (folder / name).write_text(CODE, encoding="utf-8")
    odd = ["\u0661", "0x1", "1e0", "1_0", "+1", "-0", "true", "nan", "9" * 18, "9" * 100_000, "1 2", "[0-36]", "\x00", "=1"]
    text = "\n".join([*odd, *("0" for _ in range(999_999))])
    (folder / "pets_classification.txt").write_text(text, encoding="utf-8")
    (folder / "pets_segmentation.txt").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    return folder
