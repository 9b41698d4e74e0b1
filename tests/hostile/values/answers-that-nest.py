"""Hand in answers that nest without end, in dotted keys, arrays, inline tables and numbers.

outcome = "answers are read in the worker, whose time ends; what cannot be read is told"
status = ["failed", "unwritten", "raised", "out_of_memory", "timed_out", "died"]
course = "theory"
check = "matrix_answer"
seconds = 120
quick = false
"""
from pathlib import Path

TEXTS = (
    "a = " + "[" * 50_000 + "]" * 50_000,
    "a" + ".a" * 20_000 + " = 1",
    "".join(f"[{'a.' * 400}b{number}]\n" for number in range(900)),
    "a = " + "9" * 500_000,
    "a = " + "{a = " * 20_000 + "1" + "}" * 20_000,
)


def build(folder: Path) -> Path:
    (folder / "theory.py").write_text("def conv_matrix(*given):\n    raise NotImplementedError\n", encoding="utf-8")
    (folder / "answers.toml").write_text(TEXTS[1] + "\n", encoding="utf-8")
    (folder / "working.md").write_text("\n".join(TEXTS), encoding="utf-8")
    return folder
