"""Read the corpus: what each attack tries, and what must become of it."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.model.status import Status

HERE: Final = Path(__file__).parent
FAMILIES: Final = {
    "forge": "Claim a verdict",
    "lie": "Give an answer that is none",
    "steal": "Learn what the judge knows, or carry hidden inputs out",
    "escape": "Leave the worker",
    "exhaust": "Use up the machine",
    "archive": "Hand in a harmful archive or folder",
    "source": "Hand in a harmful source file",
    "notebook": "Hand in a harmful notebook",
    "report": "Take over whoever reads the result",
    "gaming": "Be right only where it is looked at",
    "values": "Earn points of a bundled course without right values",
}
"""The families, and what all attacks of one are after."""

CONTROL: Final = "control"
"""A folder of submissions that state something false, to show that it would be noticed."""

REFUSED: Final = "refused"
"""How a submission ends that cannot be read at all; every other ending is a `Status`."""

ENDINGS: Final = frozenset({*Status, REFUSED})
COURSES: Final = ("numbers", "tensors", "sentences")
BUNDLED: Final = (
    *("convnet", "theory", "cifar", "imbalance", "pets", "cnn_manual", "colourization", "detection", "explain"),
    "efficientnet",
    "layers",
)
"""The courses that come with the harness, which attacks may be aimed at as well."""


REAL_AND_QUICK: Final = ("steal/proc", "steal/read-files", "escape/sockets", "escape/write-files")
REAL: Final = (
    *REAL_AND_QUICK,
    *("steal/environment", "steal/import-the-reference", "steal/parents-memory", "escape/become-root"),
    *("escape/load-a-library", "escape/multiprocessing", "escape/namespaces", "escape/poison-later-imports"),
    *("escape/priorities-and-limits", "escape/rare-calls", "escape/undo-the-sandbox"),
)
"""What gets through without a sandbox, so that it is the sandbox that stops it.

The others of their families end the process that tells of it, or look for what only a process of the judge's holds.
"""


class CorpusError(Exception):
    """An attack's docstring does not say what it must; the text names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile submission.

    `tries` and `outcome` are sentences for people. `endings` are allowed for the check under attack, which earns
    `points`. `published` says that the check drawn from the published seed passes as well. `spares` is false for an
    attack that may also cost its own submission the points of honest modules. `seconds` bounds the whole grading by
    the clock of a busy machine. Where `course` is a bundled one, `check` is the check under attack, `file` the file
    that the attack stands for where it builds nothing, and `earns` are the checks that it may earn.
    `searched` tells that the smallest inputs are sought on which it is wrong, as for a student who waits.
    `machine` is the only one it can run on, if not all. `open` says what is still to be mended, if anything.
    """

    family: str
    name: str
    path: Path
    tries: str
    outcome: str
    endings: frozenset[str]
    points: int
    published: bool
    spares: bool
    seconds: float
    quick: bool
    searched: bool
    course: str
    check: str
    file: str
    earns: frozenset[str]
    builds: bool
    machine: str
    open: str

    @property
    def id(self) -> str:
        """Name the attack with its family."""
        return f"{self.family}/{self.name}"


def corpus(*, every_machine: bool = False) -> tuple[Attack, ...]:
    """Read every attack, in the order of the families and of their names; those for other machines on demand."""
    attacks = [read(path) for family in FAMILIES for path in sorted((HERE / family).glob("*.py"))]
    return tuple(attack for attack in attacks if every_machine or attack.machine in ("", os.uname().machine))


def chosen(ids: Collection[str]) -> tuple[Attack, ...]:
    """Give the attacks of these ids, or all; the controls, which are no part of the corpus, only if they are named."""
    controls = tuple(read(path) for path in sorted((HERE / CONTROL).glob("*.py")))
    return tuple(attack for attack in (*corpus(), *controls) if attack.id in ids) if ids else corpus()


def read(path: Path) -> Attack:
    """Read one attack.

    Raises:
        CorpusError: its docstring is not a sentence, a blank line and a table in TOML that says what must happen.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sentence, _, table = (ast.get_docstring(tree) or "").partition("\n\n")
    try:
        said: dict[str, Any] = tomllib.loads(table)
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{path.parent.name}/{path.name}: {error}") from None
    course = said.pop("course", COURSES[0])
    attack = Attack(
        family=path.parent.name,
        name=path.stem,
        path=path,
        tries=" ".join(sentence.split()),
        outcome=said.pop("outcome", ""),
        endings=frozenset(said.pop("status", [])),
        points=said.pop("points", 0),
        published=said.pop("published", False),
        spares=said.pop("spares", True),
        seconds=said.pop("seconds", 120.0 if course in BUNDLED else 8.0),
        quick=said.pop("quick", True),
        searched=said.pop("searched", False),
        course=course,
        check=said.pop("check", ""),
        file=said.pop("file", ""),
        earns=frozenset(said.pop("earns", [])),
        machine=said.pop("machine", ""),
        open=said.pop("open", ""),
        builds=any(isinstance(node, ast.FunctionDef) and node.name == "build" for node in tree.body),
    )
    faults = [
        *(f"{key} is no key" for key in said),
        *(f"{ending} is no ending" for ending in attack.endings - ENDINGS),
        *(["status is missing"] if not attack.endings else []),
        *(["the first sentence does not say what it tries"] if not attack.tries.endswith(".") else []),
        *(["outcome is missing"] if not attack.outcome else []),
        *([f"course is {attack.course}"] if attack.course not in (*COURSES, *BUNDLED) else []),
        *(["check is missing"] if attack.course in BUNDLED and not attack.check else []),
        *([f"family is {attack.family}"] if attack.family not in (*FAMILIES, CONTROL) else []),
        *(["points are earned without passed"] if attack.points and Status.PASSED not in attack.endings else []),
    ]
    if faults:
        raise CorpusError(f"{attack.id}: {'; '.join(faults)}")
    return attack
