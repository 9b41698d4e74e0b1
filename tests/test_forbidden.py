"""`grader.rules.forbidden`, `allowed_places` and `intent`: what a forbidden operation costs, where it is allowed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from textwrap import dedent, indent

import pytest
from example_results import rich_result
from tiny_course import RUBRIC, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.errors import CourseError
from grader.lint.rubric_faults import rubric_faults
from grader.model.assignment import Assignment, Charge, Check, OperationsRule, Part, Visibility
from grader.model.observation import Frame, Operation
from grader.model.result import RuleOutcome, Verdict
from grader.model.status import Status
from grader.results.visibility import View, visible_to
from grader.rules import forbidden, intent, registry
from grader.rules.allowed_places import MOST_BLOCKS, allowed_lines
from grader.rules.rule import Facts
from grader.rules.scoring import check_results, earned, total
from grader.wording.failures import Quotable

SOURCE = dedent("""\
    class Layer:
        def forward(self, x):
            y = x @ self.w
            if self._verify:
                reference = F.conv2d(x, self.w)
                torch.testing.assert_close(y, reference)
            return y

        def compare(self, x):
            return F.conv2d(x, self.w)
    """)


def check(name: str, part: str = "conv", **fields: object) -> Check:
    return Check(name=name, part=part, points=Fraction(6), description=f"{name} is right", hint="how?", **fields)  # type: ignore[arg-type]  # fields of a check


ASSIGNMENT = Assignment(
    name="tiny", title="Tiny", source="", files=("a.py",), parts=(Part("conv", "Convolution"), Part("own", "Own")),
    checks=(check("forward"), check("backward"), check("sizes", "own")), seed=1,
    operations_rule=OperationsRule(forbid=("convolution",)),
)  # fmt: skip


def passed(assignment: Assignment = ASSIGNMENT) -> list[Verdict]:
    return [Verdict(check=row.name, status=Status.PASSED, share=Fraction(1)) for row in assignment.checks]


def call(line: int = 3, entry: str = "convolution", name: str = "aten.convolution", count: int = 1) -> Operation:
    return Operation(entry=entry, name=name, count=count, frames=(Frame("a.py", line, "forward"),))


def facts(source: str = SOURCE, **calls: Operation) -> Facts:
    operations = {name: (one,) for name, one in calls.items()}
    return Facts(operations=operations, submitted=Quotable(sources={"a.py": source}))


def costing(costs: Charge, *allow: str, share: Fraction = Fraction(1, 2)) -> Assignment:
    rule = OperationsRule(forbid=("convolution",), allow=allow, costs=costs, share=share)
    return replace(ASSIGNMENT, operations_rule=rule)


def points(assignment: Assignment, seen: Facts, verdicts: list[Verdict] | None = None) -> list[Fraction]:
    judged = forbidden.judged(assignment, verdicts or passed(assignment), seen)
    return [row.points for row in check_results(assignment, judged)]


@pytest.mark.parametrize(
    ("costs", "left"),
    [(Charge.WARN, [6, 6, 6]), (Charge.SHARE, [3, 6, 6]), (Charge.CHECK, [0, 6, 6]), (Charge.PART, [0, 0, 6])],
)
def test_a_forbidden_call_costs_what_the_rubric_says(costs: Charge, left: list[int]) -> None:
    assert points(costing(costs), facts(forward=call())) == left


def test_a_check_that_failed_anyway_keeps_no_share() -> None:
    verdicts = [Verdict(check="forward", status=Status.FAILED), *passed()[1:]]
    assert points(costing(Charge.SHARE), facts(forward=call()), verdicts) == [0, 6, 6]


def test_a_void_check_stays_void_and_costs_nobody_a_point() -> None:
    verdicts = [Verdict(check="forward", status=Status.VOID), *passed()[1:]]
    judged = forbidden.judged(costing(Charge.CHECK), verdicts, facts(forward=call()))
    assert judged[0].status is Status.VOID


def test_the_line_and_the_operation_are_told_with_the_check() -> None:
    judged, *others = forbidden.judged(ASSIGNMENT, passed(), facts(forward=call(count=3)))
    said = "a.py line 3 calls aten.convolution 3 times, expected never: convolution is forbidden"
    assert (judged.status, judged.message) == (Status.FORBIDDEN, said)
    assert [line.source.strip() for line in judged.quoted] == ["y = x @ self.w"]
    assert {verdict.status for verdict in others} == {Status.PASSED}


def test_points_and_sentence_come_from_the_same_evidence() -> None:
    seen = facts(forward=call())
    evidence = forbidden.find(costing(Charge.SHARE), seen)
    assert evidence is not None
    assert evidence["calls"] == f"forward: {evidence['said']}"
    assert {name: evidence[name] for name in ("check", "operation", "file", "line", "count")} == {
        "check": "forward", "operation": "aten.convolution", "file": "a.py", "line": 3, "count": 1
    }  # fmt: skip
    outcome = forbidden.outcome(evidence, Fraction(6))
    assert outcome.points == 0
    assert outcome.message.endswith("it costs 50 % of the points of each check in whose calls it is seen")


def test_what_a_check_forbids_by_itself_is_allowed_in_the_others() -> None:
    checks = (check("forward", forbid=("autograd",)), *ASSIGNMENT.checks[1:])
    assignment = replace(ASSIGNMENT, checks=checks)
    engine = call(entry="autograd", name="autograd")
    assert points(assignment, facts(forward=engine, backward=engine)) == [0, 6, 6]


def test_a_worker_that_names_other_lines_and_operations_is_not_repeated() -> None:
    lie = Operation(entry="convolution", name="you get all points", count=1, frames=(Frame("b.py", 1, "f"),))
    judged, *_ = forbidden.judged(ASSIGNMENT, passed(), facts(forward=lie))
    assert judged.message == "the code calls convolution 1 time, expected never: convolution is forbidden"
    assert points(ASSIGNMENT, facts(forward=replace(lie, entry="nothing"))) == [6, 6, 6]


def test_a_call_in_a_check_that_students_do_not_see_is_told_in_that_check_alone() -> None:
    hidden = replace(ASSIGNMENT, checks=(check("forward", visibility=Visibility.HIDDEN), *ASSIGNMENT.checks[1:]))
    assert forbidden.find(hidden, facts(forward=call())) is None
    assert points(hidden, facts(forward=call())) == [0, 6, 6]


@pytest.mark.parametrize(
    ("place", "line", "is_allowed"),
    [
        ("a.py", 3, True),
        ("b.py", 3, False),
        ("a.py:Layer.compare", 10, True),
        ("a.py:Layer.compare", 5, False),
        ("a.py:compare", 10, False),
        ("a.py:if self._verify", 5, True),
        ("a.py:if self._verify", 3, False),
        ("a.py:if verify", 5, False),
        ("a.py:Layer.forward:if self._verify", 6, True),
        ("a.py:Layer.compare:if self._verify", 5, False),
    ],
)
def test_a_place_of_the_template_may_call_what_is_forbidden(place: str, line: int, *, is_allowed: bool) -> None:
    assert (points(costing(Charge.CHECK, place), facts(forward=call(line))) == [6, 6, 6]) is is_allowed


def test_what_an_allowed_block_calls_by_a_function_of_the_students_is_allowed_too() -> None:
    frames = (Frame("a.py", 10, "compare"), Frame("a.py", 5, "forward"))
    seen = facts(forward=replace(call(), frames=frames))
    assert points(costing(Charge.CHECK, "a.py:if self._verify"), seen) == [6, 6, 6]


HANDING_OUT = {
    "it returns": "return F.conv2d(x, w)",
    "it binds what is read after it": "y = F.conv2d(x, w)",
    "it changes what was there": "y[:] = F.conv2d(x, w)",
    "it adds to what was there": "y += F.conv2d(x, w)",
    "it copies": "y.copy_(F.conv2d(x, w))",
    "it keeps it in the object": "self.y = F.conv2d(x, w)",
    "it appends": "found.append(F.conv2d(x, w))",
    "it changes a view of what was there": "v = y.view(-1)\nv.copy_(F.conv2d(x, w).view(-1))",
    "it writes into a view": "v = y[0]\nv[:] = F.conv2d(x, w)[0]",
    "it calls a function that may keep it": "keep(F.conv2d(x, w))",
    "it calls a method that may keep it": "self.forward(F.conv2d(x, w), w, y, found)",
    "it writes into an argument": "torch.add(F.conv2d(x, w), 0, out=y)",
    "it appends by another name": "other = found\nother.append(F.conv2d(x, w))",
    "it appends to what a list of its own holds": "held = [found]\nheld[0].append(F.conv2d(x, w))",
    "it appends to what it goes through": "for one in [found]:\n    one.append(F.conv2d(x, w))",
    "it appends to what is bound anew in a loop": "rows = []\nfor _ in 'ab':\n    rows.append(F.conv2d(x, w))\n"
    "    rows = found",
    "it appends to what a function of Python hands on": "one = max([found], key=len)\none.append(F.conv2d(x, w))",
    "it calls a method by another name": "me = self\nme.forward(F.conv2d(x, w), w, y, found)",
    "it calls a function of another file": "stored(F.conv2d(x, w))",
    "it calls a module of the submission": "shelf.stored(F.conv2d(x, w))",
}
KEEPING = {
    "it compares": "reference = F.conv2d(x, w)\nassert torch.allclose(y, reference)",
    "it prints": "print((F.conv2d(x, w) - y).abs().max())",
    "it asks for gradients": "x.requires_grad_(True)\nx.grad = None\nF.conv2d(x, w).sum().backward()",
    "it loops": "for name, a, b in zip('ab', [y], [F.conv2d(x, w)]):\n    print(name, (a - b).abs().max())",
    "its names are bound anew after it": "z = F.conv2d(x, w)",
    "it gathers in a list of its own": "rows = []\nrows.append(F.conv2d(x, w))",
    "it goes back through a product": "z = F.conv2d(x, w)\n(z * (y > 0)).forward(gradient=y)",
    "it binds a name anew in a loop": "z = F.conv2d(x, w)\nz.forward()\nfor z in [y]:\n    print(z)",
}


AROUND = {
    "it leaves gradients that are read": """
        if self._verify:
            F.conv2d(x, w).sum().backward()
        return x.grad
        """,
    "it goes round in a loop": """
        for i in range(2):
            z = 0 if i == 0 else late
            if self._verify:
                late = F.conv2d(x, w)
        return z
        """,
    "it raises what somebody catches": """
        try:
            if self._verify:
                raise Found(F.conv2d(x, w))
        except Found as found:
            return found.args[0]
        """,
}


def with_block(body: str) -> str:
    block = indent(body, "        ")
    head = "import torch.nn.functional as F, shelf\nfrom shelf import stored\ndef keep(x):\n    pass\n"
    head += "def forward(self, x, w, y, found):\n    if self._verify:\n"
    return f"{head}{block}\n    z = x\n    return y, z\n"


@pytest.mark.parametrize("way", HANDING_OUT)
def test_a_block_that_hands_something_out_is_not_the_templates(way: str) -> None:
    assert_nothing_is_allowed(with_block(HANDING_OUT[way]))


@pytest.mark.parametrize("way", AROUND)
def test_a_block_is_not_the_templates_where_what_stands_around_it_takes_something(way: str) -> None:
    assert_nothing_is_allowed("def forward(self, x, w):\n" + indent(dedent(AROUND[way]).strip(), "    ") + "\n")


def assert_nothing_is_allowed(source: str) -> None:
    allowed = allowed_lines(["a.py:if self._verify"], {"a.py": source, "shelf.py": ""})["a.py"]
    calling = {number for number, line in enumerate(source.split("\n"), 1) if "conv2d" in line}
    assert not allowed & calling


@pytest.mark.parametrize("way", KEEPING)
def test_a_block_that_keeps_what_it_computes_to_itself_is_the_templates(way: str) -> None:
    assert 7 in allowed_lines(["a.py:if self._verify"], {"a.py": with_block(KEEPING[way])})["a.py"]


def test_the_blocks_of_an_edition_of_the_course_are_the_templates() -> None:
    folder = Path(__file__).parents[1] / "reference" / "cnn_manual" / "samples" / "foreign_edition" / "hw5"
    source = (folder / "cnn_manual.py").read_text()
    lines = enumerate(source.split("\n"), start=1)
    calling = {number for number, line in lines if "conv2d" in line or "reference.backward" in line}
    assert len(calling) == 3
    assert calling <= allowed_lines(["cnn_manual.py:if self._verify"], {"cnn_manual.py": source})["cnn_manual.py"]


def test_of_blocks_without_end_none_is_looked_at() -> None:
    """For each of them the file was walked, and what lies in it: a file of 18 KB took the judge eight seconds."""
    block = "        if self._verify:\n            y = x\n"
    few, many = (f"class C:\n    def f(self, x):\n{block * count}" for count in (MOST_BLOCKS, MOST_BLOCKS + 1))
    assert len(allowed_lines(["a.py:if self._verify"], {"a.py": few})["a.py"]) == MOST_BLOCKS
    assert not allowed_lines(["a.py:if self._verify"], {"a.py": many})["a.py"]


def test_a_file_that_does_not_parse_has_no_allowed_lines_and_no_remarks() -> None:
    assert allowed_lines(["a.py"], {"a.py": "def f(:"}) == {}
    assert intent.remarks("def f(:", ["convolution"]) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("getattr(F, 'conv' + '2d')(x)", "looks up a name of F that it puts together"),
        ("getattr(torch.nn.functional, f'{a}2d')(x)", "looks up a name of torch that it puts together"),
        ("getattr(F, 'conv2d')(x)", "looks up conv2d by a text"),
        ("torch.ops.aten.convolution(x)", "uses torch.ops"),
        ("torch._C._nn.slow_conv3d(x)", "uses torch._C"),
        ("__import__('torch')", "calls __import__"),
        ("eval('F.conv2d')", "calls eval"),
        ("importlib.import_module('torch')", "calls import_module"),
        ("sys.modules['torch']", "uses sys.modules"),
        ("globals()['F']", "looks up a name in globals()"),
        ("F.__dict__['conv2d']", "looks into the names of F"),
        ("F.conv2d(x, w)", "calls something named conv2d"),
        ("from torch._C import _nn", "imports from torch._C"),
    ],
)
def test_what_looks_like_hiding_a_call_is_a_remark(line: str, said: str) -> None:
    assert intent.remarks(f"x = 1\n{line}\n", ["convolution"]) == [(2, said)]


@pytest.mark.parametrize(
    "line",
    [
        "# F.conv2d(x, w)", "'F.conv2d(x, w)'", "from torch.nn.functional import conv2d", "getattr(self, 'kernel')",
        "getattr(args, name)", "x @ w", "torch.einsum('ij->j', x)", "self.conv = x", "F.pad(x, (1, 1))",
        "x.as_strided((1,), (1,))",
    ],
)  # fmt: skip
def test_an_innocent_line_is_no_remark(line: str) -> None:
    assert intent.remarks(f"{line}\n", ["convolution"]) == []


def test_a_remark_costs_nothing_and_is_for_instructors_alone() -> None:
    evidence = intent.find(ASSIGNMENT, facts("y = getattr(F, 'conv' + '2d')(x)\n"))
    assert evidence is not None
    outcome = intent.outcome(evidence, Fraction(6))
    assert (outcome.rule, outcome.points) == ("intent", 0)
    said = "for a person to read, no verdict: a.py line 1 looks up a name of F that it puts together"
    assert outcome.message == said
    result = replace(rich_result(), rules=(outcome,))
    assert visible_to(result, View.INSTRUCTOR).rules == (outcome,)
    assert visible_to(result, View.STUDENT).rules == ()


def test_nothing_is_remarked_on_where_nothing_is_forbidden_or_the_course_wrote_it() -> None:
    seen = facts("eval('1')\n")
    assert intent.find(replace(ASSIGNMENT, operations_rule=OperationsRule()), seen) is None
    assert intent.find(ASSIGNMENT, replace(seen, submitted=replace(seen.submitted, provided=("a.py",)))) is None


def test_an_outcome_is_dropped_once_its_operation_is_allowed() -> None:
    outcomes = registry.broken(ASSIGNMENT, facts(forward=call()), Fraction(12))
    assert [outcome.rule for outcome in outcomes] == ["forbidden", "intent"]
    free = replace(ASSIGNMENT, operations_rule=OperationsRule())
    assert registry.renewed(free, outcomes, Fraction(12)) == ()
    assert registry.renewed(ASSIGNMENT, outcomes, Fraction(12)) == outcomes


def test_processor_time_is_a_remark_that_costs_nothing_and_students_are_not_shown() -> None:
    seen = replace(facts("y = 1\n"), seconds={"conv": 0.25, "loops": 1.5})
    (remark,) = registry.broken(ASSIGNMENT, seen, Fraction(6))
    assert (remark.rule, remark.points) == ("processor_time", 0)
    assert remark.message == (
        "for a person to read, no verdict: the calls of all checks took 1.75 s of processor time, the most those of "
        "loops, 1.50 s"
    )
    assert remark.rule in registry.FOR_INSTRUCTORS
    assert registry.recounted([remark], Fraction(6)) == (remark,)
    free = replace(ASSIGNMENT, operations_rule=OperationsRule())
    assert registry.broken(free, seen, Fraction(6)) == registry.renewed(free, [remark], Fraction(6)) == ()


def test_what_a_forbidden_call_costs_is_said_before_the_deadline() -> None:
    said = registry.terms(costing(Charge.PART))["forbidden"]
    assert said.endswith("(convolution) costs the points of each part in whose checks it is seen")
    assert "forbidden" not in registry.terms(replace(ASSIGNMENT, operations_rule=OperationsRule()))


def test_the_rubric_is_read(tmp_path: Path) -> None:
    rules = (
        'forbid = ["convolution", "numpy.convolve"]\nforbid_costs = "share"\n'
        'forbid_share = 0.25\nallow = ["scale.py"]\n'
    )
    text = RUBRIC.replace("[rules]\n", f"[rules]\n{rules}").replace("partial = true", 'forbid = ["autograd"]')
    assignment = read_assignment(build(tmp_path, rubric=text)).assignment
    rule = OperationsRule(
        forbid=("convolution", "numpy.convolve"), allow=("scale.py",), costs=Charge.SHARE, share=Fraction(1, 4)
    )
    assert assignment.operations_rule == rule
    assert assignment.forbidden == ("convolution", "numpy.convolve", "autograd")
    assert assignment.output_rule.forbidden


@pytest.mark.parametrize(
    ("line", "key", "expectation"),
    [
        (
            'forbid = ["convolutions"]',
            "rules.forbid entry 1",
            "expected one of convolution, unfolding, pooling, autograd",
        ),
        ('allow = ["scale"]', "rules.allow entry 1", "expected a file, a function or a block of one"),
        ('allow = ["scale.py:if x x"]', "rules.allow entry 1", "expected a file, a function or a block of one"),
        ('forbid_costs = "all"', "rules.forbid_costs", "expected warn, share, check, part"),
        ("forbid_share = 2", "rules.forbid_share", "less than or equal to 1"),
    ],
)
def test_what_the_rubric_cannot_mean_is_told(tmp_path: Path, line: str, key: str, expectation: str) -> None:
    with pytest.raises(CourseError) as raised:
        read_assignment(build(tmp_path, rubric=RUBRIC.replace("[rules]\n", f"[rules]\n{line}\n")))
    (problem,) = raised.value.problems
    assert problem.key == key
    assert expectation in problem.message


def test_lint_finds_a_forbidden_name_that_nothing_has(tiny: CourseAssignment) -> None:
    rule = OperationsRule(forbid=("convolution", "numpy.convolve", "numpy.convolved"))
    course = replace(tiny, assignment=replace(tiny.assignment, operations_rule=rule))
    assert [*rubric_faults(course)] == [
        "reference/tiny/assignment.toml: rules.forbid: numpy.convolved is forbidden, and nothing has that name"
    ]


def test_the_points_of_a_check_that_broke_a_rule_are_the_share_that_is_left() -> None:
    verdict = Verdict(check="forward", status=Status.FORBIDDEN, share=Fraction(1, 3))
    assert earned(ASSIGNMENT.checks[0], verdict) == 2
    assert total((), (RuleOutcome("forbidden", ""),)) == 0
