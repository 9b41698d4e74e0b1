"""A course is found, read whole or refused with everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_course import CHECKS, DRIVERS, MISTAKES, RUBRIC, SCALE, build

from grader.course.assignment import CourseAssignment, digest
from grader.course.discovery import Course, find_course, read_assignment
from grader.course.tables import exact
from grader.course.validation import path_in_course
from grader.errors import CourseError, NoCourseError, Problem, UnknownAssignmentError
from grader.model.assignment import OutputRule, Part, Penalty, Profile, Runtime, Visibility
from grader.sandbox.guest.workspace import Workspace

FILE = "reference/tiny/assignment.toml"
CHECK_FILE = "reference/tiny/checks/test_tiny.py"


def problems(folder: Path, **changes: str | None) -> list[str]:
    """Build the course with changes and list what reading it finds, in sentences."""
    with pytest.raises(CourseError) as caught:
        read_assignment(build(folder, **changes))
    return [str(problem) for problem in caught.value.problems]


def changed(*replacements: tuple[str, str]) -> str:
    """Give the rubric with texts replaced, each of which must stand there exactly once."""
    text = RUBRIC
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def course(tmp_path: Path) -> CourseAssignment:
    return read_assignment(build(tmp_path))


# A course that is as it should be.


def test_the_rubric_is_read_as_written(course: CourseAssignment) -> None:
    assignment = course.assignment
    assert (assignment.name, assignment.title, assignment.seed) == ("tiny", "Numbers in columns", 20261121)
    assert assignment.files == ("scale.py", "stats.py")
    assert assignment.parts == (Part("scale", "Scaling"), Part("stats", "Statistics"))
    assert assignment.runtime == Runtime(modules=("numpy",), memory_mb=512, submission_seconds=30.0)
    assert assignment.output_rule == OutputRule(True, Penalty.DEDUCT, Fraction(1))
    assert assignment.max_score == 10


def test_checks_stand_in_the_order_of_the_rubric(course: CourseAssignment) -> None:
    names = [check.name for check in course.assignment.checks]
    assert names == ["standardized", "unit_rows", "variance", "covariance"]


def test_a_check_is_read_as_written(course: CourseAssignment) -> None:
    check = course.assignment.checks[3]
    assert (check.points, check.needs, check.seconds, check.part) == (3, ("variance",), 2.0, "stats")
    assert check.description == "the covariance matrix has the variances on its diagonal"


def test_what_a_check_does_not_say_has_its_default(course: CourseAssignment) -> None:
    check = course.assignment.checks[2]
    assert (check.needs, check.seconds, check.public, check.partial) == ((), 5.0, False, False)
    assert check.visibility is Visibility.VISIBLE


@pytest.mark.parametrize("visibility", [*Visibility])
def test_every_visibility_can_be_asked_for(tmp_path: Path, visibility: Visibility) -> None:
    rubric = changed(("public = true", f'visibility = "{visibility}"'))
    assert read_assignment(build(tmp_path, rubric=rubric)).assignment.checks[0].visibility is visibility


def test_a_check_may_need_one_that_is_shown_sooner(tmp_path: Path) -> None:
    rubric = changed(("seconds = 2", 'seconds = 2\nvisibility = "hidden"'))
    assert read_assignment(build(tmp_path, rubric=rubric)).assignment.checks[3].needs == ("variance",)


def test_points_are_the_decimal_number_that_was_written(tmp_path: Path) -> None:
    rubric = changed(('points = 3\nsays = "every', 'points = 0.1\nsays = "every'))
    assert read_assignment(build(tmp_path, rubric=rubric)).assignment.checks[0].points == Fraction(1, 10)


@pytest.mark.parametrize(("number", "fraction"), [(0.1, Fraction(1, 10)), (6.0, 6), (1e-7, Fraction(1, 10**7))])
def test_a_number_is_read_exactly(number: float, fraction: Fraction) -> None:
    assert exact(number) == fraction


def test_a_rubric_without_rules_and_runtime_has_their_defaults(tmp_path: Path) -> None:
    rubric = re.sub(r"\[(runtime|rules)\]\n(\w+ = .*\n)+", "", RUBRIC)
    assignment = read_assignment(build(tmp_path, rubric=rubric)).assignment
    assert (assignment.runtime, assignment.output_rule) == (Runtime(), OutputRule())


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_can_be_asked_for(tmp_path: Path, profile: Profile) -> None:
    rubric = changed(("memory_mb = 512", f'profile = "{profile}"\nscratch_mb = 8'))
    runtime = read_assignment(build(tmp_path, rubric=rubric)).assignment.runtime
    assert (runtime.profile, runtime.scratch_mb) == (profile, 8)


def test_a_minimum_of_isolation_can_be_asked_for(tmp_path: Path) -> None:
    rubric = RUBRIC + '\n[isolation]\nrequire = ["landlock", "uid"]\n'
    assert read_assignment(build(tmp_path, rubric=rubric)).assignment.isolation == ("landlock", "uid")


@pytest.mark.parametrize("profile", Profile)
def test_texts_and_data_are_read_where_workers_have_files(tmp_path: Path, profile: Profile) -> None:
    folder = build(tmp_path, rubric=changed(("memory_mb = 512", f'profile = "{profile}"')))
    for name in ("solution/configs/x.yaml", "data/points.csv", "hidden/labels.csv"):
        (folder / name).parent.mkdir()
        (folder / name).write_text("1")
    course = read_assignment(folder)
    has_files = profile is not Profile.MEMORY
    assert ("configs/x.yaml" in course.provided) == has_files
    workspace = Workspace(folder / "data", folder / "hidden")
    assert (course.data == folder / "data", course.workspace == workspace) == (has_files, has_files)
    assert list(course.data_digests) == (["data/points.csv", "hidden/labels.csv"] if has_files else [])


def test_the_files_of_the_assignment_are_read(course: CourseAssignment) -> None:
    assert (course.solution["scale.py"], course.drivers) == (SCALE, DRIVERS)
    assert course.checks == {"checks/test_tiny.py": CHECKS}


def test_what_students_do_not_write_is_provided(tmp_path: Path) -> None:
    rubric = changed(('files = ["scale.py", "stats.py"]', 'files = ["stats.py"]'))
    assert [*read_assignment(build(tmp_path, rubric=rubric)).provided] == ["scale.py"]


def test_caches_are_no_files_of_the_course(tmp_path: Path) -> None:
    cache = build(tmp_path) / "solution" / "__pycache__"
    cache.mkdir()
    (cache / "scale.py").write_text("")
    assert [*read_assignment(tmp_path / "reference/tiny").solution] == ["scale.py", "stats.py"]


def test_a_hand_out_without_the_reference_can_be_read(tmp_path: Path) -> None:
    folder = build(tmp_path, scale=None, stats=None)
    (folder / "reference.digest").write_text("0\n", encoding="utf-8")
    course = read_assignment(folder)
    assert (course.solution, course.provided) == ({}, {})


@pytest.mark.parametrize("key", ["rubric", "drivers", "checks"])
def test_the_digest_of_the_tests_changes_with_what_decides_verdicts(tmp_path: Path, key: str) -> None:
    texts = {"rubric": RUBRIC, "drivers": DRIVERS, "checks": CHECKS}
    plain = read_assignment(build(tmp_path / "a"))
    other = read_assignment(build(tmp_path / "b", **{key: texts[key] + "\n# changed\n"}))
    assert plain.tests_digest != other.tests_digest
    assert plain.reference_digest == other.reference_digest


def test_the_digest_of_the_reference_changes_with_the_reference_alone(tmp_path: Path) -> None:
    plain = read_assignment(build(tmp_path / "a"))
    other = read_assignment(build(tmp_path / "b", scale=SCALE + "\n# changed\n"))
    assert plain.reference_digest != other.reference_digest
    assert plain.tests_digest == other.tests_digest


@pytest.mark.parametrize(
    "other", [{"a": "y"}, {"ax": ""}, {"a": "x", "b": ""}, {"a": "x\n"}], ids=["content", "path", "file", "line"]
)
def test_trees_that_differ_have_different_digests(other: dict[str, str]) -> None:
    assert digest(other) != digest({"a": "x"})


def test_a_digest_does_not_depend_on_the_order_of_files() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})


# Finding it.


def test_assignments_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        build(tmp_path / name).rename(tmp_path / f"{name}-tiny")
    (tmp_path / "reference").mkdir()
    for name in ("b", "a"):
        (tmp_path / f"{name}-tiny").rename(tmp_path / "reference" / name)
    (tmp_path / "reference" / "notes").mkdir()
    assert Course(tmp_path).names() == ("a", "b")


def test_an_unknown_assignment_is_told_with_the_nearest_names(tmp_path: Path) -> None:
    build(tmp_path)
    with pytest.raises(UnknownAssignmentError, match=r"there is no assignment 'tyny' in .*; the nearest: tiny$"):
        Course(tmp_path).load("tyny")


def test_an_unknown_assignment_of_an_empty_course_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownAssignmentError, match="the course has no assignments"):
        Course(tmp_path).load("tiny")


@pytest.mark.parametrize("name", ["../tiny", "/etc", "", "tiny/", "."])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    build(tmp_path)
    with pytest.raises(UnknownAssignmentError):
        Course(tmp_path).load(name)


@pytest.fixture
def no_variable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("GRADE_COURSE", raising=False)
    return monkeypatch


def test_the_course_is_the_nearest_folder_above(tmp_path: Path, no_variable: pytest.MonkeyPatch) -> None:
    build(tmp_path)
    assert find_course(tmp_path / "student" / "tiny") == Course(tmp_path)


def test_the_course_is_found_from_a_relative_place(tmp_path: Path, no_variable: pytest.MonkeyPatch) -> None:
    """`Path(".")` has no parents: inside student/tiny no course was found."""
    build(tmp_path)
    no_variable.chdir(tmp_path / "student" / "tiny")
    assert find_course(Path()) == Course(tmp_path)


def test_the_variable_names_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "a")
    build(tmp_path / "b")
    monkeypatch.setenv("GRADE_COURSE", str(tmp_path / "b"))
    assert find_course(tmp_path / "a") == Course(tmp_path / "b", is_named_by_environment=True)


def test_a_variable_that_names_no_course_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "a")
    monkeypatch.setenv("GRADE_COURSE", "/nowhere")
    with pytest.raises(NoCourseError, match="no course in GRADE_COURSE=/nowhere"):
        find_course(tmp_path / "a")


def test_no_course_is_told_with_what_one_is(tmp_path: Path, no_variable: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoCourseError, match=r"a course is a folder with reference/<assignment>/assignment\.toml"):
        find_course(tmp_path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/x/course/reference/tiny/drivers.py", "reference/tiny/drivers.py"),
        ("/home/reference/course/reference/tiny/drivers.py", "reference/tiny/drivers.py"),
        ("/home/x/drivers.py", "drivers.py"),
    ],
)
def test_a_file_is_named_from_the_folder_that_people_know(path: str, name: str) -> None:
    assert path_in_course(Path(path)) == name


# What is wrong with it.

WRONG: dict[str, tuple[tuple[str, str], str]] = {
    "a missing hint": (('hint = "by how many do you divide?"\n', ""), "checks.variance.hint: is missing"),
    "a blank hint": (("by how many do you divide?", " "), "checks.variance.hint: is empty"),
    "a hint that is no text": (
        ('"by how many do you divide?"', "3"),
        "checks.variance.hint: is 3, expected a text in quotes",
    ),
    "a blank sentence": (
        ("every row has length 1, and a row of zeros stays as it is", ""),
        "checks.unit_rows.says: is empty",
    ),
    "negative points": (
        ('points = 2\nsays = "every row', 'points = -2\nsays = "every row'),
        "checks.unit_rows.points: is -2, expected greater than or equal to 0",
    ),
    "infinite points": (
        ('points = 2\nsays = "every row', 'points = inf\nsays = "every row'),
        "checks.unit_rows.points: is inf, expected a finite number",
    ),
    "points that are no number": (
        ('points = 2\nsays = "every row', 'points = nan\nsays = "every row'),
        "checks.unit_rows.points: is nan, expected a finite number",
    ),
    "points in quotes": (
        ('points = 2\nsays = "every row', 'points = "2"\nsays = "every row'),
        "checks.unit_rows.points: is '2', expected a number",
    ),
    "no seconds": (("seconds = 2", "seconds = 0"), "checks.covariance.seconds: is 0, expected greater than 0"),
    "endless seconds": (("seconds = 2", "seconds = inf"), "checks.covariance.seconds: is inf, expected "),
    "an unknown need": (('needs = ["variance"]', 'needs = ["varianc"]'),
                        "checks.covariance.needs: 'varianc' is no check; the nearest is variance"),
    "a need of itself": (('needs = ["variance"]', 'needs = ["covariance"]'),
                         "checks.covariance.needs: 'covariance' is the check itself, expected one before it"),
    "a need that stands later": (("public = true", 'needs = ["variance"]'),
                                 "checks.standardized.needs: 'variance' does not stand before standardized"),
    "a need that is no list": (('needs = ["variance"]', 'needs = "variance"'),
                               "checks.covariance.needs: is 'variance', expected a list such as [\"a\", \"b\"]"),
    "an unknown part": (('part = "scale"\npoints = 3', 'part = "scales"\npoints = 3'),
                        "checks.standardized.part: is 'scales', expected one of scale, stats"),
    "an unknown key": (("public = true", "secret = true"), "checks.standardized.secret: is no known key"),
    "an unknown key at the top": (('title = "Num', 'author = "me"\ntitle = "Num'), "author: is no known key"),
    "an unknown visibility": (
        ("public = true", 'visibility = "secret"'),
        "checks.standardized.visibility: is 'secret', expected visible, after_due_date, after_published, hidden",
    ),
    "an unknown profile": (("memory_mb = 512", 'profile = "network"'),
                           "runtime.profile: is 'network', expected memory, files, processes"),
    "an unknown layer": (("[hidden]", '[isolation]\nrequire = ["selinux"]\n[hidden]'),
                         "isolation.require entry 1: is 'selinux', expected capabilities, cgroup, landlock"),
    "an unknown output rule": (('output = "forbid"', 'output = "never"'),
                               "rules.output: is 'never', expected allow, forbid"),
    "an unknown consequence": (('"deduct"', '"beheading"'),
                               "rules.output_consequence: is 'beheading', expected warn, deduct, zero"),
    "a truth value in words": (("public = true", 'public = "yes"'),
                               "checks.standardized.public: is 'yes', expected true or false"),
    "no title": (('title = "Numbers in columns"\n', ""), "title: is missing"),
    "no files": (('files = ["scale.py", "stats.py"]', "files = []"),
                 "files: is [], expected at least 1 entry where there are no attachments"),
    "a file without a solution": (('"stats.py"]', '"mean.py"]'), "files: mean.py is not in solution/"),
    "a definition chosen by nothing": (("[hidden]", '[[definition]]\nname = "train"\n[hidden]'),
                                       "definition entry 1: expected before (a heading) or parameters (a list of"),
    "a definition of no name": (("[hidden]", '[[definition]]\nname = "net.train"\nbefore = "B"\n[hidden]'),
                                "definition entry 1, name: is 'net.train', expected letters, digits and underscores"),
    "a file named twice": (('"stats.py"]', '"scale.py"]'), "files: scale.py stands there twice"),
    "a part named twice": (('name = "stats"', 'name = "scale"'), "parts: 'scale' stands there twice"),
    "no seed": (("seed = 20261121", ""), "hidden.seed: is missing"),
    "a negative seed": (("seed = 20261121", "seed = -1"), "hidden.seed: is -1, expected greater than or equal to 0"),
    "too little memory": (("memory_mb = 512", "memory_mb = 1"), "runtime.memory_mb: is 1, expected greater than"),
    "memory beyond any machine": (("memory_mb = 512", f"memory_mb = 0x{'f' * 10_000}"),
                                  "runtime.memory_mb: is a number of thousands of digits, expected less than"),
    "a row without a test": (
        ("[checks.variance]", "[checks.varianz]"),
        "checks.varianz: no hidden test is named test_varianz; the nearest is test_variance",
    ),
    "a test without a row": (
        ("[checks.variance]", "[checks.varianz]"),
        "checks: test_variance in checks/test_tiny.py has no row [checks.variance], nor @check(points=",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_each_problem_of_a_rubric_is_told_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    found = problems(tmp_path, rubric=changed(change))
    assert any(problem.startswith(f"{FILE}: {sentence}") for problem in found), found


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """The names that do not meet were told only once every single key had been right."""
    names = ("a missing hint", "an unknown need", "an unknown part", "an unknown consequence", "endless seconds")
    rubric = changed(*(WRONG[name][0] for name in names)) + "\n[checks.mode]\npoints = -1\n"
    found = problems(tmp_path, rubric=rubric, drivers=None, checks=CHECKS + "\ndef test_median(): pass\n")
    for name in names:
        assert any(problem.startswith(f"{FILE}: {WRONG[name][1]}") for problem in found), name
    assert f"{FILE}: checks.mode.points: is -1, expected greater than or equal to 0" in found
    assert f"{FILE}: checks.mode.part: is missing, expected a text in quotes" in found
    assert any(problem.startswith(f"{FILE}: checks.mode: no hidden test is named test_mode") for problem in found)
    assert any(one.startswith(f"{FILE}: checks: test_median in checks/test_tiny.py has no row") for one in found)
    assert any(problem.startswith("reference/tiny/drivers.py: is missing or empty") for problem in found)


def test_a_check_is_shown_no_sooner_than_what_it_needs(tmp_path: Path) -> None:
    """That it waited told how the other had ended."""
    shown_later = ("[checks.variance]", '[checks.variance]\nvisibility = "after_due_date"')
    checks = read_assignment(build(tmp_path, rubric=changed(shown_later))).assignment.checks
    later = {check.name for check in checks if check.visibility is Visibility.AFTER_DUE_DATE}
    assert later == {"variance", "covariance"}


def test_each_problem_is_told_once(tmp_path: Path) -> None:
    found = problems(tmp_path, rubric=changed(("public = true", 'visibility = "secret"')))
    assert len(found) == 1


def test_a_test_defined_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "reference/tiny/checks").mkdir(parents=True)
    (tmp_path / "reference/tiny/checks/test_more.py").write_text("def test_variance(): pass\n")
    assert problems(tmp_path) == [f"{CHECK_FILE}: test_variance: is also defined in checks/test_more.py"]


@pytest.mark.parametrize("name", ["relu.py", "conftest.py", "check_tiny.py", "Test_tiny.py", "tests_tiny.py"])
def test_a_test_in_a_file_that_pytest_does_not_collect_is_told(tmp_path: Path, name: str) -> None:
    folder = build(tmp_path)
    (folder / "checks/test_tiny.py").rename(folder / "checks" / name)
    with pytest.raises(CourseError) as caught:
        read_assignment(folder)
    assert (
        f"reference/tiny/checks/{name}: holds test_standardized, which is never run: expected a name test_*.py"
        in str(caught.value)
    )


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("class TestMedian:\n    def test_odd(self, student):\n        pass\n", "the class TestMedian holds test_odd"),
        ("class TestMedian:\n    async def test_odd(self):\n        pass\n", "the class TestMedian holds test_odd"),
        ("async def test_median(student):\n    pass\n", "test_median is async"),
        ("if True:\n    def test_median(student):\n        pass\n", "test_median stands under a condition"),
        (
            "try:\n    pass\nexcept OSError:\n    def test_median(student):\n        pass\n",
            "test_median stands under a condition",
        ),
    ],
)
def test_a_test_that_no_row_can_be_joined_with_is_told(tmp_path: Path, test: str, found: str) -> None:
    (problem,) = problems(tmp_path, checks=f"{CHECKS}\n\n{test}")
    assert found in problem
    assert "expected a plain function at the top of the file" in problem


def test_a_test_file_that_does_not_parse_is_told_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, checks=CHECKS + "\ndef test_broken(:\n")
    assert found[0].startswith(f"{CHECK_FILE}: line {CHECKS.count(chr(10)) + 2} does not parse: ")


@pytest.mark.parametrize("drivers", [None, "", " \n"], ids=["absent", "empty", "blank"])
def test_missing_drivers_are_told(tmp_path: Path, drivers: str | None) -> None:
    (problem,) = problems(tmp_path, drivers=drivers)
    assert problem.startswith("reference/tiny/drivers.py: is missing or empty, expected a function")


def test_drivers_that_do_not_parse_are_the_courses_problem(tmp_path: Path) -> None:
    """They were compiled in the worker only, and every student was told that their code raises."""
    (found,) = problems(tmp_path, drivers="def standardized(impl, x:\n")
    assert found.startswith("reference/tiny/drivers.py: line 1 does not parse: ")


@pytest.mark.parametrize(
    "text", ["x = 1\0", "x = " + "(" * 5000, "x = " + "-" * 200_000 + "1"], ids=["a null byte", "brackets", "signs"]
)
def test_drivers_that_upset_the_parser_are_the_courses_problem(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, drivers=text)
    assert "does not parse" in found


@pytest.mark.parametrize("name", ["drivers.py", "solution/scale.py", "checks/test_tiny.py"])
def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path, name: str) -> None:
    (build(tmp_path) / name).write_bytes(b"# caf\xe9\n")
    with pytest.raises(CourseError) as caught:
        read_assignment(tmp_path / "reference" / "tiny")
    assert any(str(p).startswith(f"reference/tiny/{name}: is not UTF-8: ") for p in caught.value.problems)


def test_a_folder_without_a_rubric_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, rubric=None) == [f"{FILE}: is missing"]


@pytest.mark.parametrize(
    "text",
    ["title = ", "title = 'a'\ntitle = 'b'", "x = " + "1" * 5000, "x = " + "[" * 5000],
    ids=["half a line", "a key twice", "a long number", "brackets"],
)
def test_a_rubric_that_is_not_toml_is_told(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, rubric=text)
    assert found.startswith(f"{FILE}: is not TOML: ")


def test_a_rubric_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (build(tmp_path) / "assignment.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(CourseError, match="is not UTF-8: byte 0xff in line 1"):
        read_assignment(tmp_path / "reference" / "tiny")


def test_a_problem_without_a_key_names_the_file_alone() -> None:
    assert str(Problem("a.toml", "", "is missing")) == "a.toml: is missing"


def test_a_course_error_says_a_line_for_each_problem() -> None:
    assert str(CourseError((Problem("a", "b", "c"), Problem("d", "", "e")))) == "a: b: c\nd: e"


# Whatever a rubric holds.

PLAIN = tomllib.loads(RUBRIC)


def keys_of(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*map(keys_of, node.values()))
    return set().union(*map(keys_of, node)) if isinstance(node, list) else set()


KEYS = st.sampled_from(sorted(keys_of(PLAIN) | {"visibility", "submission_seconds", "late", "due", "x"}))
scalars = st.one_of(
    st.booleans(), st.integers(-(10**30), 10**30), st.floats(), st.text(max_size=8),
    st.sampled_from(["scale", "stats", "variance", "visible", "forbid", "warn", "scale.py", ""]), st.datetimes(),
)  # fmt: skip
flat = scalars | st.lists(scalars, max_size=3) | st.dictionaries(KEYS, scalars, max_size=4)
values = flat | st.lists(flat, max_size=3) | st.dictionaries(KEYS, flat, max_size=4)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the rubric with values anywhere in it replaced, added or taken away."""

    def copied(node: object) -> object:
        if draw(st.integers(0, 15)) == 0:
            return draw(values)
        if isinstance(node, dict):
            rows = {key: copied(item) for key, item in node.items() if draw(st.integers(0, 15))}
            return rows | (draw(st.dictionaries(KEYS, values, max_size=1)) if draw(st.integers(0, 7)) == 0 else {})
        return [copied(item) for item in node] if isinstance(node, list) else node

    tree = copied(PLAIN)
    return tree if isinstance(tree, dict) else {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("course"))


@given(raw=mutated() | st.dictionaries(KEYS, values))
@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
def test_whatever_a_rubric_holds_it_is_an_assignment_or_a_list_of_problems(folder: Path, raw: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.course.discovery.read_toml", lambda path: raw)
        try:
            found = read_assignment(folder)
        except CourseError as error:
            found = error
    if isinstance(found, CourseError):
        assert found.problems
        assert all(problem.file.startswith("reference/tiny/") and problem.message for problem in found.problems)


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
@settings(max_examples=50, deadline=None, suppress_health_check=[*HealthCheck])
def test_whatever_text_stands_for_a_rubric_it_is_refused_in_words(folder: Path, text: str) -> None:
    rubric = folder / "assignment.toml"
    rubric.write_text(text, encoding="utf-8", newline="")
    try:
        with pytest.raises(CourseError):
            read_assignment(folder)
    finally:
        rubric.write_text(RUBRIC, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SCALE.replace("return (x", "return ((x"), "line 9 does not parse: '(' was never closed"),
        (SCALE.replace("return (x", "return\x00 (x"), "does not parse"),
        (
            SCALE.replace("    # solution(1a)", "# solution(1a)").replace("    return (x", "   return (x"),
            "does not parse",
        ),
    ],
)
def test_a_solution_that_does_not_parse_is_the_courses_problem(tmp_path: Path, text: str, fault: str) -> None:
    """It was void for every student, or told as a gap that cuts a statement."""
    (problem,) = problems(tmp_path, scale=text)
    assert problem.startswith("reference/tiny/solution/scale.py: ")
    assert fault in problem


def test_a_byte_order_mark_is_no_fault_of_a_course(tmp_path: Path) -> None:
    texts = {"rubric": RUBRIC, "scale": SCALE, "drivers": DRIVERS, "checks": CHECKS, "mistakes": MISTAKES}
    plain = read_assignment(build(tmp_path / "plain"))
    marked = read_assignment(build(tmp_path / "marked", **{key: f"\ufeff{text}" for key, text in texts.items()}))
    assert (marked.solution, marked.drivers, marked.checks) == (plain.solution, plain.drivers, plain.checks)
    assert marked.mistakes == plain.mistakes
