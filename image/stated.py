"""Compare Gradescope's results, SAMPLE.json each, with what the samples must get: `stated.py SAMPLES RESULTS`.

A sample that has no result is left out.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path


def differences(samples: Path, results: Path) -> Iterator[str]:
    """Say what differs."""
    stated = tomllib.loads((samples / "samples.toml").read_text(encoding="utf-8"))
    files = sorted(results.glob("*.json"))
    if not files:
        yield f"{results} holds no results, expected some"
    for file in files:
        document = json.loads(file.read_text(encoding="utf-8"))
        score = document["score"] if "score" in document else sum(test["score"] for test in document["tests"])
        expected = stated[file.stem]["score"]
        sys.stdout.write(f"{file.stem}: {score}\n")
        if abs(score - expected) > 1e-9:
            yield f"{file.stem} has {score} points, expected {expected}: {document.get('output', '')}"


if __name__ == "__main__":
    found = list(differences(Path(sys.argv[1]), Path(sys.argv[2])))
    sys.stderr.writelines(f"{line}\n" for line in found)
    raise SystemExit(1 if found else 0)
