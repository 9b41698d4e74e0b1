"""What two submissions have in common: what makes no difference, what is left out, and what the page says."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from classes import CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, lay
from planted_copies import planted
from tiny_course import LOOPS_SCALE, LOOPS_STATS, SCALE, STATS, STUBS

from grader.reporting.html import template_environment
from grader.similarity import compare as compare_module
from grader.similarity.compare import Likeness, compare
from grader.similarity.groups import grouped
from grader.similarity.page import render_likeness, shared_in, shown_lines

POOL = """
class MaxPooling:
    def forward(self, x):
        n, c, h, w = x.shape
        out = np.zeros((n, c, (h - self.k) // self.stride + 1, (w - self.k) // self.stride + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                patch = x[:, :, i * self.stride:i * self.stride + self.k, j * self.stride:j * self.stride + self.k]
                out[:, :, i, j] = patch.max(axis=(2, 3))
        return out
"""
RENAMED = re.sub(r"\bpatch\b", "window_of_pixels", POOL).replace("for i", "# over rows\n        for i")
OTHER = """
def momentum_step(parameters, gradients, velocities, rate, decay):
    while parameters:
        name, value = parameters.popitem()
        velocities[name] = decay * velocities.get(name, 0) - rate * gradients[name]
        yield name, value + velocities[name]
    if not velocities or rate < 0 and decay > 1 or gradients is None:
        raise ValueError("nothing was updated by this step of the optimizer")
"""


def likeness(submissions: dict[str, str], handed_out: str = "", least: float = 0.3) -> Likeness:
    files = {who: {"pool.py": text} for who, text in submissions.items()}
    return compare(files, [{"pool.py": handed_out}], least=least, most_groups=10)


def test_other_names_and_comments_hide_no_copy() -> None:
    (pair,) = likeness({"ada": POOL, "bob": RENAMED, "eve": OTHER}).pairs
    assert {pair.left.who, pair.right.who} == {"ada", "bob"}
    assert pair.share > 0.8
    assert not pair.are_equal


def test_another_order_of_functions_and_other_docstrings_hide_no_copy() -> None:
    """A copy with its functions moved lost a tenth of what it had in common."""
    functions = [
        f'def f{n}(x, y):\n    """Do {n}."""\n    {numbers_of(n).replace(chr(10), chr(10) + "    ")}' for n in range(6)
    ]
    moved = [text.replace("Do", "Compute what is asked for in").replace("x", "first") for text in functions[::-1]]
    (pair,) = likeness({"ada": "\n\n".join(functions), "bob": "\n\n".join(moved)}).pairs
    assert pair.share > 0.97


def test_of_a_file_that_is_no_python_the_functions_that_are_count() -> None:
    """Who hands in a file with a slip in one line is compared by all others."""
    code = f"{POOL}\n    def broken(self:\n        return\n\n{OTHER}"
    (pair,) = likeness({"ada": code, "bob": f"{RENAMED}\n{OTHER}"}).pairs
    assert pair.share > 0.85
    side = pair.left if pair.left.who == "ada" else pair.right
    marked = [line.text.strip() for line in side.files["pool.py"] if line.is_shared]
    assert "out[:, :, i, j] = patch.max(axis=(2, 3))" in marked
    assert "def broken(self:" not in marked


@pytest.fixture(scope="module")
def own() -> list[dict[str, str]]:
    """Solutions of one assignment that were written apart."""
    samples = Path(__file__).parents[1] / "reference" / "convnet" / "samples"
    folders = [samples / name for name in ("correct", "foreign_functional", "foreign_typed", "correct_loops")]
    return [{path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")} for folder in folders]


def test_planted_copies_are_found_and_nobody_else(own: list[dict[str, str]]) -> None:
    drawn = planted(own, 1)
    found = compare(drawn.submissions, [], least=0.5, most_groups=100, earlier=drawn.earlier)
    of = {who: group.members for group in found.groups for who in group.members}
    whole = {"renamed", "reordered", "comments", "renamed, reordered, comments", "a clique of ten", "last year's"}
    copies = [sorted(pair) for pair, kind in drawn.kinds.items() if kind in whole]
    assert len(copies) == 65
    assert [pair for pair in copies if pair[1] not in of.get(pair[0], ())] == []
    apart = compare({f"own{n}": files for n, files in enumerate(own)}, [], least=0.5, most_groups=9)
    assert apart.groups == ()


def test_unlike_code_has_nothing_in_common() -> None:
    assert likeness({"ada": POOL, "eve": OTHER}, least=0.01).pairs == ()


def test_what_the_course_handed_out_is_nobodys() -> None:
    assert likeness({"ada": POOL, "bob": POOL + OTHER}, handed_out=POOL, least=0.01).pairs == ()


def test_code_that_takes_too_much_to_compare_is_named_and_the_others_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = compare_module.fingerprints

    def endless(who: str, files: dict[str, str]) -> object:
        while "endless" in files["pool.py"]:
            pass
        return honest(who, files)

    monkeypatch.setattr(compare_module, "fingerprints", endless)
    monkeypatch.setattr(compare_module, "COMPARING", replace(compare_module.COMPARING, cpu_seconds=1))
    large = "x = 1\n" * 200_000
    found = likeness({"ada": POOL, "bob": RENAMED, "eve": "endless = 1\n", "mallory": large})
    assert found.not_compared == {
        "eve": "took more than 1 seconds of processor time",
        "mallory": "holds 2 MiB of code, expected at most 1",
    }
    assert [group.members for group in found.groups] == [("ada", "bob")]
    page = render_likeness("Tiny", found, 0.3, template_environment())
    assert "<bdi>eve</bdi>, whose code took more than 1 seconds of processor time;" in page


def numbers_of(student: int) -> str:
    """Write code that no other student has."""
    draw = random.Random(student)  # noqa: S311  # code, not secrets

    def term(depth: int) -> str:
        if depth == 0:
            return draw.choice(["x", "y", str(draw.randrange(9973))])
        left, right = term(depth - 1), term(depth - 1)
        return f"({left} {draw.choice('+-*/%')} {draw.choice(['', 'abs'])}({right}))"

    return "".join(f"x = {term(3)}\n" for _ in range(3))


@pytest.mark.parametrize("copies", [3, 8, 60])
def test_a_copy_that_went_round_is_one_group_however_many_have_it(copies: int) -> None:
    own = {f"s{number:02}": f"{POOL}\n{numbers_of(number)}" for number in range(copies)}
    (group,) = likeness({**own, "eve": OTHER, "tom": numbers_of(99)}, least=0.3).groups
    assert sorted(group.members) == sorted(own)
    assert group.linked == group.possible == copies * (copies - 1) // 2
    assert not group.are_equal
    assert all(group.like[who][0] != who for who in group.members)


def test_equal_copies_of_a_whole_class_are_said_to_be_equal() -> None:
    (group,) = likeness({f"s{number}": POOL for number in range(8)}).groups
    assert (len(group.members), group.are_equal, group.closest.share) == (8, True, 1)


def test_two_groups_stay_apart() -> None:
    classes = {f"a{n}": f"{POOL}\n{numbers_of(n)}" for n in range(4)} | {f"b{n}": OTHER for n in range(3)}
    assert sorted(len(group.members) for group in likeness(classes).groups) == [3, 4]


@pytest.mark.parametrize(
    ("linked", "groups"),
    [
        ((range(8), range(8, 16), [*range(17)]), [[*range(8), 16], [*range(8, 17)]]),
        ((range(3), range(3, 12), [*range(13)]), [[*range(3), 12], [*range(3, 13)]]),
        ((range(8), range(8, 16), [*range(17)], [*range(18)]), [[*range(8), 16, 17], [*range(8, 18)]]),
        (((0, 1), (2, 3), [*range(5)]), [[0, 1, 4], [2, 3, 4]]),
        ((range(4), range(4, 8), (3, 4), (7, 8)), [[*range(4)], [*range(4, 9)]]),
        (([*range(9)],), [[*range(9)]]),
        (((0, 1), (1, 2), (2, 3), (3, 4)), [[*range(5)]]),
        ((range(4), (5, 6)), [[*range(4)], [5, 6]]),
    ],
)
def test_whoever_took_halves_of_two_groups_stands_in_both_and_makes_them_no_single_one(
    linked: Sequence[Sequence[int]], groups: list[list[int]]
) -> None:
    """Each range is a clique; in a list the last is linked with all others. Two of eight were one of 17."""
    size = 1 + max(place for places in linked for place in places)
    links = np.zeros((size, size), dtype=np.bool_)
    for places in linked:
        for one in places[-1:] if isinstance(places, list) else places:
            links[one, [other for other in places if other != one]] = True
    assert sorted(grouped(links | links.T)) == groups


def test_a_small_submission_that_many_contain_joins_nobody_but_the_one_most_like_it() -> None:
    """Everybody writes those three lines: they would tie a whole class together."""
    small = "\n".join(POOL.splitlines()[:5])
    others = {f"s{n}": small + "\n" + "".join(numbers_of(100 * n + part) for part in range(6)) for n in range(6)}
    groups = likeness({"ada": small, **others}, least=0.5).groups
    assert all(len(group.members) <= 2 for group in groups)


def test_groups_beyond_those_asked_for_are_counted() -> None:
    files = {who: {"a.py": POOL if who < "c" else OTHER} for who in "abcd"}
    found = compare(files, [], least=0.3, most_groups=1)
    assert (len(found.groups), found.more) == (1, 1)


def test_the_same_files_are_said_to_be_the_same() -> None:
    (pair,) = likeness({"ada": POOL, "bob": POOL}).pairs
    assert pair.are_equal
    assert pair.share == 1


def test_the_lines_in_common_are_marked_on_both_sides_and_no_others() -> None:
    (pair,) = likeness({"ada": POOL, "bob": f"{OTHER}\n{POOL}"}, least=0.2).pairs
    for side in (pair.left, pair.right):
        marked = {line.text.strip() for lines in side.files.values() for line in lines if line.is_shared}
        assert "out[:, :, i, j] = patch.max(axis=(2, 3))" in marked
        assert "name, value = parameters.popitem()" not in marked
    assert pair.left.share > pair.right.share


def test_lines_are_numbered_within_their_own_file() -> None:
    files = {"ada": {"a.py": OTHER, "b.py": POOL}, "bob": {"b.py": POOL}}
    (pair,) = compare(files, [], least=0.2, most_groups=5).pairs
    side = pair.left if pair.left.who == "ada" else pair.right
    shared = shared_in(side)
    assert set(shared) == {"b.py"}
    assert [line.text for line in shared["b.py"]] == POOL.splitlines()
    assert [line.number for line in shared["b.py"]] == list(range(1, len(POOL.splitlines()) + 1))


def test_one_submission_and_none_are_compared_with_nothing() -> None:
    assert likeness({"ada": POOL}) == Likeness(1, (), 0, 0.0)
    assert likeness({}) == Likeness(0, (), 0, 0.0)
    assert likeness({"ada": "", "bob": ""}).pairs == ()


@pytest.mark.parametrize("text", ["\x00", "'''", "def f(:", "\ud800", "x = " + "(" * 5000, "\f\x0b\x1c\u2028" + POOL])
def test_code_that_is_none_can_be_compared(text: str) -> None:
    found = likeness({"ada": text, "bob": POOL, "eve": f"{POOL}\n{text}"})
    assert {found.pairs[0].left.who, found.pairs[0].right.who} <= {"ada", "bob", "eve"}


def test_the_page_holds_nothing_that_acts() -> None:
    evil = "<script>alert(1)</script>"
    files = {f"{evil}\u202e": {f"{evil}.py": f"# {evil}\n{POOL}"}, "bob": {"b.py": POOL}}
    page = render_likeness(evil, compare(files, [], least=0.1, most_groups=5), 0.1, template_environment())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


def test_lines_far_from_what_is_shared_are_left_out() -> None:
    (pair,) = likeness({"ada": f"{OTHER * 3}{POOL}", "bob": POOL}, least=0.2).pairs
    side = pair.left if pair.left.who == "ada" else pair.right
    shown = shown_lines(side.files["pool.py"])
    assert shown[0] is None
    assert len(shown) < len(side.files["pool.py"])


@pytest.fixture
def graded(grade: Grade, course: Path) -> Grade:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", {"scale.py": SCALE.replace("columns", "rows"), "stats.py": f"# mine\n{STATS}"})
    lay(course / "handed/eve", {"scale.py": LOOPS_SCALE, "stats.py": LOOPS_STATS})
    lay(course / "handed/zoe", {**STUBS})
    lay(course / "handed/tom", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    return grade


def test_a_class_is_compared_from_its_gradebook(graded: Grade, course: Path) -> None:
    ran = graded("similar", "tiny", "--json", "--least", "0.6")
    assert ran.code == WHOLE
    pairs = [{pair["left"]["student"], pair["right"]["student"]} for pair in ran.document["pairs"]]
    assert {"ada", "bob"} in pairs
    assert not [pair for pair in pairs if "zoe" in pair]
    members = [{one["student"] for one in group["students"]} for group in ran.document["groups"]]
    assert any({"ada", "bob"} <= group for group in members)
    assert "Read both sides before you say anything" in (course / "results/tiny/similar.html").read_text(
        encoding="utf-8"
    )
    assert json.loads((course / "results/tiny/similar.json").read_text())["submissions"] == 5


def test_the_page_is_named_on_stdout_and_the_closest_on_stderr(graded: Grade, course: Path) -> None:
    ran = graded("similar", "tiny", "--least", "0.6")
    assert ran.out.strip() == str(course / "results/tiny/similar.html")
    assert "5 submissions, 10 pairs compared" in ran.err


def test_earlier_classes_are_compared_with_the_class_and_not_with_each_other() -> None:
    files = {who: {"pool.py": text} for who, text in (("ada", RENAMED), ("eve", OTHER))}
    earlier = {f"2025: {who}": {"pool.py": POOL} for who in ("zoe", "yan")}
    found = compare(files, [], least=0.3, most_groups=10, earlier=earlier)
    (group,) = found.groups
    assert set(group.members) == {"ada", "2025: zoe", "2025: yan"}
    assert (found.submissions, found.compared, group.linked) == (2, 5, 2)
    alone = compare({"eve": {"pool.py": OTHER}}, [], least=0.3, most_groups=10, earlier=earlier)
    assert (alone.groups, alone.compared) == ((), 2)


def test_last_years_folder_is_read_as_a_class(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", {"scale.py": LOOPS_SCALE, "stats.py": LOOPS_STATS})
    lay(course / "handed/eve", CORRECT)
    lay(course / "2025/zoe", {"scale.py": LOOPS_SCALE, "stats.py": LOOPS_STATS})
    lay(course / "2025/broken", {"other.txt": ""})
    lay(course / "empty/nobody", {"other.txt": ""})
    grade("batch", "tiny", "handed")
    ran = grade("similar", "tiny", "--before", "2025")
    assert ran.code == WHOLE
    assert "the same files: 100% of ada and 100% of 2025: zoe are in common" in ran.err
    refused = grade("similar", "tiny", "--before", "empty")
    assert (refused.code, "empty holds no submission of tiny" in refused.err) == (USAGE, True)
