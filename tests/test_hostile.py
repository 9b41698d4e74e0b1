"""The hostile corpus: every attack ends as it states, in a jail, and what would show a hole is seen to show it.

Quick attacks are graded here; `make hostile` grades all of them, as does GRADE_HOSTILE=all for this file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hostile import jail, table, watch
from hostile.corpus import CONTROL, FAMILIES, HERE, REAL, REAL_AND_QUICK, Attack, CorpusError, chosen, corpus, read
from hostile.course import CANARY_MARK, hidden_inputs, published_inputs
from hostile.outside import Fate, Tally, fates

from grader.model.assignment import Runtime
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes

ALL = os.environ.get("GRADE_HOSTILE") == "all"
ATTACKS = [attack for attack in corpus() if attack.quick or ALL]
pytestmark = pytest.mark.timeout(1800 if ALL else 300)  # the first test that asks for an outcome waits for all of them

CONTROLS = {path.stem: f"{CONTROL}/{path.stem}" for path in sorted((HERE / CONTROL).glob("*.py"))}


@pytest.fixture(scope="module")
def held() -> Iterator[jail.Jail]:
    with jail.built() as found:
        if not found.holds:
            pytest.skip(found.says)
        yield found


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, held: jail.Jail) -> Mapping[str, Fate]:
    """Grade the attacks that this run asks for, all in one go."""
    ours = (item for item in request.session.items if item.path == request.path)
    asked = [item.callspec.params for item in ours if hasattr(item, "callspec")]
    attacks = [params["attack"] for params in asked if "attack" in params]
    controls = chosen([CONTROLS[params["control"]] for params in asked if "control" in params] or ["none"])
    return {fate.id: fate for fate in fates([*attacks, *controls], held)}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_ends_as_it_states_and_costs_nobody_else(attack: Attack, outcomes: Mapping[str, Fate]) -> None:
    problems = outcomes[attack.id].problems
    if attack.open and problems:  # where none is seen, timing may have hindered it
        pytest.xfail(attack.open)
    assert not problems, "; ".join(problems)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ("right-answer", "6 points were forged"),
        ("right-answer", "ended as passed, expected failed"),
        ("hidden-inputs-in-a-note", "hidden inputs are told to the student"),
        ("honest-module-fails", "first, an honest module, earned 0 points"),
        ("says-that-it-got-through", "it says got through"),
        ("takes-too-long", "expected at most"),
    ],
)
def test_what_is_stated_falsely_is_noticed(control: str, words: str, outcomes: Mapping[str, Fate]) -> None:
    assert any(words in problem for problem in outcomes[CONTROLS[control]].problems), outcomes[CONTROLS[control]]


def test_the_attacks_get_through_where_nothing_confines_them(held: jail.Jail) -> None:
    if held.kind != "overlay" or os.geteuid() != 0:
        pytest.skip("an attack may harm what is outside: it needs a jail whose files are an overlay")
    real = REAL if ALL else REAL_AND_QUICK
    through = {fate.id for fate in fates(chosen(real), held, unconfined=True)}
    assert through == set(real)


def test_a_process_that_has_seen_hidden_inputs_is_not_asked_for_what_the_student_sees(server: ForkServer) -> None:
    drivers = "def call(impl):\n    return impl.load('a:f')()\n"
    session = Session(server, {"a.py": "import os\ndef f():\n    return os.getpid()\n"}, drivers, Runtime())
    public, hidden, again, more = (
        session.observe(call_bytes("call", {}), 2.0, 1, public=public).value for public in (True, False, True, True)
    )
    session.close()
    assert public == hidden  # what is public may be known where hidden inputs come later
    assert again == more != hidden


def test_the_corpus_has_every_family_and_at_least_eighty_attacks() -> None:
    counts = Counter(attack.family for attack in corpus())
    assert set(counts) == set(FAMILIES)
    assert sum(counts.values()) >= 80
    assert min(counts.values()) >= 10


def test_the_table_of_attacks_in_the_documentation_is_current() -> None:
    assert not table.outdated(), "write it again: python -m tests.hostile table"


@pytest.mark.parametrize(
    ("docstring", "why"),
    [
        ("Try something.", "status is missing; outcome is missing"),
        ('Try something.\n\noutcome = "x"\nstatus = ["won"]', "won is no ending"),
        ('Try something\n\noutcome = "x"\nstatus = ["failed"]', "does not say what it tries"),
        ('Try something.\n\noutcome = "x"\nstatus = ["failed"]\npoints = 5', "points are earned without passed"),
        ('Try something.\n\noutcome = "x"\nstatus = ["failed"]\nbound = 5', "bound is no key"),
        ("Try something.\n\nstatus =", "forge/x.py: "),
    ],
)
def test_an_attack_that_does_not_state_what_must_happen_is_refused(tmp_path: Path, docstring: str, why: str) -> None:
    path = tmp_path / "forge" / "x.py"
    path.parent.mkdir()
    path.write_text(f'"""{docstring}\n"""\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=re.escape(why)):
        read(path)


def test_a_file_that_is_made_changed_or_taken_away_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "WRITTEN", tmp_path / "no-jail")
    monkeypatch.setattr(watch, "CANARY_FOLDER", tmp_path)
    monkeypatch.setattr(watch, "_usual_places", list)
    (tmp_path / "kept").write_text("a", encoding="utf-8")
    (tmp_path / "gone").touch()
    before = watch.files()
    assert watch.changed(before, watch.files()) == []
    (tmp_path / "kept").write_text("ab", encoding="utf-8")
    (tmp_path / "gone").unlink()
    (tmp_path / "made").touch()
    assert [Path(name).name for name in watch.changed(before, watch.files())] == ["gone", "kept", "made"]


def test_a_process_that_is_left_is_seen() -> None:
    known = watch.processes([])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        left = watch.left_processes(known)
        process.communicate(b"\n")
    assert any(name.endswith(f"({process.pid})") for name in left)


@pytest.mark.parametrize(
    "value",
    [
        f"x {CANARY_MARK}1",
        [{"y": [f"{CANARY_MARK}1"]}],
        {f"{CANARY_MARK}1": 1},
        f"{CANARY_MARK}1"[::-1],
        np.frombuffer(f"{CANARY_MARK}1".encode(), np.uint8),
        np.array([float(ord(letter)) for letter in CANARY_MARK]),
    ],
)
def test_a_secret_is_seen_in_whatever_form_it_comes_back(value: object) -> None:
    assert watch.canaries(value)


def test_a_value_without_a_secret_is_not_taken_for_one() -> None:
    assert not watch.canaries({"y": [1.0, "secret", np.zeros(9), None]})


@pytest.mark.parametrize("form", ["{:#.6g}", "{:.9f}", "{}", "[{:.7f}]", "x{:.9f}y"])
def test_a_hidden_input_is_seen_in_a_text(form: str) -> None:
    missed = [number for number in hidden_inputs() if abs(number) > 1e-3 and not watch.told_inputs(form.format(number))]
    assert missed == []


def test_a_hidden_input_is_seen_when_letters_stand_for_its_digits() -> None:
    number = f"{abs(next(iter(hidden_inputs()))):.9f}".replace(".", "")
    assert watch.told_inputs(f"x_{number.translate(str.maketrans('0123456789', 'abcdefghij'))} is missing")


def test_published_inputs_are_no_secret() -> None:
    assert watch.told_inputs(" ".join(map(str, published_inputs()))) == []


@pytest.mark.parametrize(
    "html", ["<script>1</script>", "<p onclick=x>", "<IMG SRC=x>", "<a href=javascript:x>", "<a href=//example.com>"]
)
def test_what_a_page_could_do_to_its_reader_is_seen(html: str) -> None:
    assert watch.page_dangers(f"<p>{html}</p>")


@pytest.mark.parametrize(
    "text",
    ["<img src=x>", "a <b onclick=x>b</b>", "[a](https://x.example)", "![a](x.png)", "<https://x.example>", "to @ada"],
)
def test_what_a_summary_in_markdown_could_do_to_its_reader_is_seen(text: str) -> None:
    assert watch.markdown_dangers(f"# A\n\n| a |\n|---|\n| {text} |\n")
    assert watch.markdown_dangers(f"<details><summary>Hint</summary>\n\n{text}\n\n</details>")
    assert watch.markdown_dangers(f"`{text}`\n\n```text\n{text}\n```\n") == []


def test_a_report_for_a_build_server_that_is_broken_or_has_other_elements_is_seen() -> None:
    assert watch.markup_dangers("<testsuites><testsuite>")[0].startswith("what is no XML: ")
    assert watch.markup_dangers("<testsuites><script /></testsuites>") == ["script"]
    assert watch.markup_dangers("<testsuites><testsuite><testcase /></testsuite></testsuites>") == []


def test_every_promise_names_attacks_or_tests_that_are_there() -> None:
    page = (HERE.parents[1] / "docs" / "security.md").read_text(encoding="utf-8")
    promised = page.partition("## What is promised")[2].partition("## What is not promised")[0]
    known = {attack.id for attack in corpus(every_machine=True)}
    for promise in re.split(r"\n(?=- \*\*)", promised)[1:]:
        named = re.findall(r"`((?:[a-z]+/[a-z0-9-]+)|(?:tests/\w+\.py))`", promise)
        assert named, promise
        for name in named:
            assert name in known or (HERE.parents[1] / name).is_file(), name


def test_a_page_that_points_within_itself_is_harmless() -> None:
    assert watch.page_dangers('<p id="x">&lt;script&gt;<a href="#x">x</a></p>') == []


@pytest.mark.parametrize("text", ["a\x1b[2J", "a\rb", "a\u202eb", "ok\n  ::error::x", "##vso[task]", "a\u200bb"])
def test_what_a_terminal_or_a_build_server_would_obey_is_seen(text: str) -> None:
    assert watch.screen_dangers(text)


def test_plain_lines_are_harmless_on_a_screen() -> None:
    assert watch.screen_dangers("ok  a: b\nFAIL  c::d · — ×\n") == []


def test_the_tally_says_what_was_found() -> None:
    tally = Tally()
    attack = ATTACKS[0]
    tally.add(attack, Fate(attack.id, "passed", "", 5.0, 1.0, 0.25, honest_changed=True, files=("/x",)))
    tally.add(attack, Fate(attack.id, "failed", "", 0.0, 1.0, 0.5, honest_changed=False, leaks=("x",)))
    assert str(tally) == (
        "2 attacks: 5 points forged, 1 honest scores changed, 1 files outside the scratch, 0 processes left, "
        "1 leaks, longest overrun past a deadline 0.50 s"
    )


def test_a_jailed_command_sees_no_network_and_no_processes_and_writes_nothing(held: jail.Jail, tmp_path: Path) -> None:
    if not held.prefix or held.kind == "container":
        pytest.skip(held.says)
    script = (
        "import os, socket; print(os.getpid()); print(len(socket.if_nameindex()));"
        f"\ntry: open({str(tmp_path / 'x')!r}, 'w')\nexcept OSError: pass"
    )
    lines = list(jail.lines([sys.executable, "-c", script], held, seconds=30))
    assert [int(line) for line in lines] == [1, 1]  # itself, and the loopback
    assert list(tmp_path.iterdir()) == []


def test_a_jailed_command_that_fails_or_takes_too_long_is_told(held: jail.Jail) -> None:
    with pytest.raises(jail.JailError, match="ended with 3"):
        list(jail.lines(["/bin/sh", "-c", "exit 3"], held, seconds=30))
    with pytest.raises(jail.JailError, match="ended with -9"):
        list(jail.lines(["/bin/sh", "-c", "sleep 60"], held, seconds=0.5))


def test_every_promise_names_what_tries_it() -> None:
    page = table.PAGE.read_text(encoding="utf-8")
    promises = page.partition("## What is promised")[2].partition("\n## ")[0].split("\n- ")[1:]
    known = {attack.id for attack in corpus(every_machine=True)}
    for promise in promises:
        named = re.findall(r"`([a-z]+/[\w./-]+)`", promise)
        assert named, promise
        unknown = [name for name in named if name not in known and not (table.ROOT / name).is_file()]
        assert not unknown, unknown
