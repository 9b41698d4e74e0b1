"""How many of the hostile corpus's forge, lie and steal attacks win against graders that import what they grade.

    .venv/bin/python benchmarks/hostile_peers.py [--gradescope PYTHON] [--word WORD]

The attacks are graded by `grade`, by plain pytest and by gradescope-utils, all inside the corpus's outer jail. An
attack wins when it earns a point that its answer does not deserve or, to steal, when a secret of the judge or a hidden
input is in what the student is shown. PYTHON is an interpreter that has gradescope-utils, numpy and torch; by default
this one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hostile import jail, watch  # noqa: E402  # found by the line above
from hostile.corpus import Attack, chosen, corpus  # noqa: E402
from hostile.course import CANARY_MARK, CASES, HONEST, SEED  # noqa: E402
from hostile.outside import fates  # noqa: E402

FAMILIES: Final = ("forge", "lie", "steal")
SECONDS: Final = 20
PARENT: Final = ("/bin/sh", "-c", '"$@"; exit $?', "parent")  # an attack may stop its parent: not this script
CANARY: Final = f"{CANARY_MARK}0123456789abcdef"

# The two ways in which such tests are written: both calls in one line, and the expected value first.
_COMMON: Final = """
import zlib
import numpy as np
import attacked, reference
{imports}
SECRET = "{canary}"

def inputs(case):
    draw = np.random.default_rng([{seed}, zlib.crc32(b"attacked"), zlib.crc32(case.encode())])
    return [{wrap} for array in (draw.normal(size=(4, 5)), draw.normal(size=(5, 3)))]

def check_inline(case):
    x, w = inputs(case)
    {assertion}(attacked.transform(x, w), reference.transform(x, w), rtol=1e-7, atol=1e-9)

def check_in_turn(case):
    x, w = inputs(case)
    expected = reference.transform(x, w)
    got = attacked.transform(x, w)
    {assertion}(got, expected, rtol=1e-7, atol=1e-9)
"""
_PYTEST: Final = """
import pytest
CASES = pytest.mark.parametrize("case", {cases})

@CASES
def test_inline(case):
    check_inline(case)

@CASES
def test_in_turn(case):
    check_in_turn(case)
"""
_GRADESCOPE: Final = """
import unittest
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

class TestTransform(unittest.TestCase):
    @weight(1)
    def test_inline(self):
        for case in {cases}:
            check_inline(case)

    @weight(1)
    def test_in_turn(self):
        for case in {cases}:
            check_in_turn(case)

if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestTransform)
    with open("results.json", "w") as file:
        JSONTestRunner(visibility="visible", stream=file).run(suite)
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A grader that runs tests and submission in one process."""

    name: str
    python: str

    def won(self, attack: Attack, folder: Path) -> bool:
        """Grade one attack as this grader does and tell whether it wins."""
        says = self.graded(attack.path.read_text(encoding="utf-8"), attack.course, folder)
        return says.points > 0 or (attack.family == "steal" and says.tells)

    def graded(self, source: str, course: str, folder: Path) -> Says:
        """Grade one module in an empty folder."""
        write_harness(folder, self.name, source, course)
        log = folder.with_suffix(".log")
        is_pytest = self.name == "pytest"
        pytest = ["-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", "--junitxml=report.xml"]
        status = ended([self.python, *(pytest if is_pytest else []), "test_all.py"], folder, log)
        shown = log.read_text(encoding="utf-8", errors="replace")
        points = pytest_points(folder, status) if is_pytest else gradescope_points(folder)
        with contextlib.suppress(OSError, ValueError):
            shown += (folder / "results.json").read_text(encoding="utf-8")
        return Says(points, watch.canaries(shown) or bool(watch.told_inputs(shown, watch.MANY_DIGITS)))


@dataclass(frozen=True, slots=True)
class Says:
    """What a grader gave, and whether a secret or a hidden input is in what it shows."""

    points: float
    tells: bool


def write_harness(folder: Path, name: str, source: str, course: str) -> None:
    """Write tests, reference and submission side by side."""
    folder.mkdir(parents=True)
    tensors = course == "tensors"
    common = _COMMON.format(
        imports="import torch" if tensors else "", canary=CANARY, seed=SEED,
        wrap="torch.from_numpy(array)" if tensors else "array",
        assertion="torch.testing.assert_close" if tensors else "np.testing.assert_allclose",
    )  # fmt: skip
    tests = (_PYTEST if name == "pytest" else _GRADESCOPE).format(cases=list(CASES))
    (folder / "test_all.py").write_text(common + tests, encoding="utf-8")
    (folder / "attacked.py").write_text(source, encoding="utf-8")
    reference = f'{HONEST[course]["attacked.py"]}\n\nSECRET = "{CANARY}"\n'
    (folder / "reference.py").write_text(reference, encoding="utf-8")


def ended(command: Sequence[str], folder: Path, log: Path) -> int:
    """Run a grader to its end, killing what it leaves behind; give its exit status, -1 if it took too long."""
    environment = {**os.environ, "GRADE_SECRET": CANARY, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen([*PARENT, *command], cwd=folder, env=environment, stdout=out, stderr=out,
                                   start_new_session=True)  # fmt: skip
        try:
            return process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return -1
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def pytest_points(folder: Path, status: int) -> float:
    """Read points as those do who run pytest: all for exit status 0, else one for each test that passed."""
    if status == 0:
        return 4.0
    try:
        cases = ET.parse(folder / "report.xml").getroot().iter("testcase")  # noqa: S314  # as such graders do
    except (OSError, ET.ParseError):
        return 0.0
    return float(sum(not list(case) for case in cases))


def gradescope_points(folder: Path) -> float:
    """Read points as Gradescope does: a score for the whole if there is one, else that of every test."""
    try:
        results: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0.0
    whole = results.get("score")
    return float(whole) if whole is not None else sum(float(test.get("score", 0)) for test in results.get("tests", []))


def undeserved(word: str) -> list[Attack]:
    """List the attacks of the three families whose answer is wrong."""
    return [attack for attack in corpus() if attack.family in FAMILIES and not attack.points and word in attack.id]


def inside(peer: Peer, ids: Sequence[str]) -> None:
    """In the jail: check that honest work earns all and nothing earns none, then grade; print a line per attack."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        honest = peer.graded(HONEST["numbers"]["attacked.py"], "numbers", top / "honest")
        wrong = peer.graded("def transform(x, w):\n    return x[:, :3] * 0\n", "numbers", top / "wrong")
        if honest.points <= 0 or wrong.points or wrong.tells:
            raise SystemExit(f"{peer.name} does not grade here: honest work {honest}, wrong work {wrong}")
        for attack in chosen(ids):
            sys.stdout.write(json.dumps([attack.id, peer.won(attack, top / attack.family / attack.name)]) + "\n")
            sys.stdout.flush()


def winners(peer: Peer, attacks: Sequence[Attack], held: jail.Jail) -> set[str]:
    """Have a grader grade attacks in a jail, and name those that win."""
    ids = [attack.id for attack in attacks]
    command = [sys.executable, __file__, "--inside", peer.name, "--gradescope", peer.python, *ids]
    lines = jail.lines(command, held, seconds=60 + SECONDS * len(ids), quiet=False)
    return {attack_id for attack_id, won in map(json.loads, lines) if won}


def our_losses(attacks: Sequence[Attack], held: jail.Jail) -> set[str]:
    """Have `grade` grade attacks in a jail, and name those that win."""
    return {fate.id for fate in fates(attacks, held) if fate.forged or fate.leaks}


def rows(attacks: Sequence[Attack], columns: Sequence[set[str]]) -> Iterator[str]:
    """Write how many win per family, a column for each grader, as Markdown."""
    for family in FAMILIES:
        ids = {attack.id for attack in attacks if attack.family == family}
        if ids:
            yield f"| {family} | {len(ids)} | {' | '.join(str(len(ids & won)) for won in columns)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradescope", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--word", default="", help="only attacks whose family/name holds this word")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    parser.add_argument("ids", nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        inside(Peer(arguments.inside, arguments.gradescope), arguments.ids)
        return
    attacks = undeserved(arguments.word)
    peers = [Peer("pytest", sys.executable)]
    asked = [arguments.gradescope, "-c", "import gradescope_utils"]
    if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
        peers.append(Peer("gradescope-utils", arguments.gradescope))
    else:
        sys.stderr.write("gradescope-utils: not run, name an interpreter that has it with --gradescope\n")
    with jail.built() as held:
        sys.stderr.write(f"{held.says}\n")
        if not held.holds:
            raise SystemExit("not run")
        columns = [our_losses(attacks, held), *(winners(peer, attacks, held) for peer in peers)]
    sys.stdout.write(f"| family | attacks | grade | {' | '.join(peer.name for peer in peers)} |\n")
    sys.stdout.write("|---|---|---" + "|---" * len(peers) + "|\n")
    for row in rows(attacks, columns):
        sys.stdout.write(f"{row}\n")
    for name, won in zip(("grade", *(peer.name for peer in peers)), columns, strict=True):
        sys.stderr.write(f"won against {name}: {', '.join(sorted(won)) or 'none'}\n")


if __name__ == "__main__":
    main()
