"""Files beside modules: found in what was handed in, carried to the worker, and alike on the reference's side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from archives import tgz_of, zip_of
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import DRIVERS, MISTAKES, RUBRIC, build

from grader.course.discovery import read_assignment
from grader.course.fingerprint import course_fingerprint
from grader.course.student_files import student_files
from grader.errors import CourseError, MissingError
from grader.gradebook.submission_archive import dump, load
from grader.judging.grading import Grader
from grader.model.assignment import Assignment, Profile, Runtime
from grader.model.result import Result
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.subjects.course import CourseSubject, ReferenceFailure
from grader.subjects.recordings import Recordings, call_bytes
from grader.subjects.student import quotable_of
from grader.submissions.layout import MAX_ATTACHMENTS, match_layout
from grader.submissions.members import MIB
from grader.submissions.read import Submission, read_submission
from grader.wording.failures import explain

PATTERNS = ("answers.toml", "configs/*.yaml", "checkpoints/*.pth", "review.pdf")
ASSIGNMENT = Assignment(
    name="cifar",
    title="Training",
    source="Handout 003",
    files=("main.py", "models/cnn.py"),
    parts=(),
    checks=(),
    seed=1,
    attachments=PATTERNS,
    attachment_mb=1,
)
MODULES: dict[str, str | bytes] = {"main.py": "x = 1\n", "models/cnn.py": "y = 2\n"}
ATTACHED = {
    "answers.toml": b"x = 1\n",
    "configs/two.yaml": b"rate: 0.1\n",
    "checkpoints/cnn.pth": b"PK\x03\x04\0\xff",
    "review.pdf": b"%PDF-1.7",
}


def handed_in(folder: Path, files: dict[str, str | bytes], assignment: Assignment = ASSIGNMENT) -> Submission:
    for name, content in files.items():
        path = folder / "alice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_submission(folder / "alice", assignment, {})


# ------------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("top", ["", "alice/homework 3/"])
@pytest.mark.parametrize("pack", [zip_of, tgz_of])
def test_attachments_are_read_beside_modules_from_any_archive(tmp_path: Path, pack: object, top: str) -> None:
    (tmp_path / "x").write_bytes(pack({**MODULES, **ATTACHED}, top))  # type: ignore[operator]  # either packer
    submission = read_submission(tmp_path / "x", ASSIGNMENT, {})
    assert (submission.attachments, submission.notes) == (ATTACHED, ())


def test_attachments_are_part_of_the_digest(tmp_path: Path) -> None:
    first = handed_in(tmp_path / "1", {**MODULES, **ATTACHED})
    again = handed_in(tmp_path / "2", {**MODULES, **ATTACHED})
    other = handed_in(tmp_path / "3", {**MODULES, **ATTACHED, "answers.toml": "x = 2\n"})
    assert first.digest == again.digest != other.digest


def test_attachments_that_are_missing_are_noted_once_by_pattern(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**MODULES, "review.pdf": b"%PDF"})
    assert submission.notes == ("not handed in: answers.toml, configs/*.yaml and checkpoints/*.pth",)
    assert submission.missing == ()


@pytest.mark.parametrize(
    ("handed", "missing"),
    [
        ("answers.toml", "configs/*.yaml and checkpoints/*.pth"),
        ("configs/a.yaml", "answers.toml and checkpoints/*.pth"),
        ("review.pdf", "checkpoints/*.pth"),
        ("checkpoints/a.pth", "answers.toml and configs/*.yaml"),
    ],
)
def test_of_alternatives_the_first_is_missing_where_none_is_there(tmp_path: Path, handed: str, missing: str) -> None:
    """A student who handed in what was asked for read that all other names for it were missing."""
    groups = (("answers.toml", "review.pdf"), ("configs/*.yaml", "review.pdf"))
    submission = handed_in(tmp_path, {**MODULES, handed: b"%PDF"}, replace(ASSIGNMENT, alternatives=groups))
    assert submission.notes == (f"not handed in: {missing}",)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("ANSWERS = {}\n", "configs/*.yaml"),
        ("x = 1\nANSWERS: dict[str, str] = {}\n", "configs/*.yaml"),
        ("if ANSWERS == 1:\n    MY_ANSWERS = 2\n", "answers.toml and configs/*.yaml"),
    ],
)
def test_a_name_in_a_module_may_stand_for_an_attachment(tmp_path: Path, text: str, missing: str) -> None:
    asked = replace(ASSIGNMENT, attachments=PATTERNS[:2], alternatives=(("answers.toml", "main.py:ANSWERS"),))
    assert handed_in(tmp_path, {**MODULES, "main.py": text}, asked).notes == (f"not handed in: {missing}",)


def test_an_attachment_that_is_too_large_costs_only_itself(tmp_path: Path) -> None:
    large = {f"checkpoints/{number}.pth": bytes(3 * MIB) for number in range(30)}  # together more than is ever read
    submission = handed_in(tmp_path, {**MODULES, **ATTACHED, **large})
    assert submission.attachments == ATTACHED
    assert submission.sources == MODULES
    sentence = "checkpoints/0.pth is too large, expected at most 1 MiB in all attachments together"
    assert submission.notes[0] == sentence


def test_all_attachments_together_are_bounded(tmp_path: Path) -> None:
    half = bytes(600 * 1024)
    submission = handed_in(tmp_path, {**MODULES, "checkpoints/a.pth": half, "checkpoints/b.pth": half})
    assert list(submission.attachments) == ["checkpoints/a.pth"]
    assert "in all attachments together" in submission.unreadable["checkpoints/b.pth"]


def test_a_pointer_in_place_of_a_checkpoint_is_named(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**MODULES, "checkpoints/a.pth": b"version https://git-lfs.github.com/spec/v1\n"})
    assert "git-lfs pointer" in submission.unreadable["checkpoints/a.pth"]
    assert submission.attachments == {}


def test_a_link_is_no_attachment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "answers.toml").symlink_to(tmp_path / "secret")
    submission = handed_in(tmp_path, {**MODULES})
    assert submission.unreadable == {"answers.toml": "is a symbolic link, expected a file or a folder"}


@pytest.mark.parametrize("name", ["answers.toml", "Answers.TOML"])
def test_an_attachment_alone_is_a_submission(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x = 1\n")
    submission = read_submission(tmp_path / name, ASSIGNMENT, {})
    assert submission.attachments == {"answers.toml": b"x = 1\n"}
    assert submission.missing == ASSIGNMENT.files


# -------------------------------------------------------------------------------------------------------- layout


def attached(*names: str, patterns: tuple[str, ...] = PATTERNS) -> dict[str, str]:
    layout = match_layout(names, ASSIGNMENT.files, (), (), patterns)
    assert layout is not None
    return layout.attached


def notes(*names: str) -> tuple[str, ...]:
    layout = match_layout(names, ASSIGNMENT.files, ("provided.txt",), (), PATTERNS)
    assert layout is not None
    return layout.notes


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/code/configs/two.yaml", "configs/two.yaml"),
        ("a/code/Configs/Two.YAML", "configs/Two.YAML"),
        ("a/code/two.yaml", "configs/two.yaml"),  # side by side with the modules
        ("a/cnn.pth", "checkpoints/cnn.pth"),  # above them
        ("review.pdf", "review.pdf"),
        ("a/text/review.pdf", "review.pdf"),  # anywhere, for there is one
    ],
)
def test_an_attachment_is_found_where_people_put_it(name: str, path: str) -> None:
    assert attached("a/code/main.py", "a/code/models/cnn.py", name) == {path: name}


@pytest.mark.parametrize("names", [("b/two.yaml",), ("x/review.pdf", "y/review.pdf"), ("a/configs/deep/two.yaml",)])
def test_what_could_be_meant_otherwise_is_no_attachment(names: tuple[str, ...]) -> None:
    assert attached("a/main.py", *names) == {}


def test_an_attachment_that_is_taken_from_elsewhere_is_noted() -> None:
    assert notes("a/main.py", "two.yaml") == ("two.yaml was taken as configs/two.yaml",)


def test_patterns_whose_names_agree_take_nothing_from_elsewhere() -> None:
    assert attached("main.py", "two.yaml", patterns=("a/*.yaml", "b/*.yaml")) == {}


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("configs/" + "x" * 300 + ".yaml",), "its name is longer than 200 bytes"),
        (("configs/\udcff.yaml",), "its name has characters that cannot be shown"),
        (("review.pdf", "review.pdf/answers.toml", "answers.toml"), ""),
        (("configs/a.yaml", "CONFIGS/a.yaml"), "was handed in under another name"),
    ],
)
def test_a_name_that_cannot_be_laid_out_is_left_out_and_said(names: tuple[str, ...], why: str) -> None:
    assert why in " ".join(notes("main.py", *names))


def test_a_file_and_a_folder_of_one_name_do_not_both_reach_the_worker() -> None:
    assert attached("main.py", "models/cnn.py", "models", patterns=("*",)) == {}


def test_there_is_a_bound_on_how_many_are_taken() -> None:
    assert len(attached("main.py", *(f"configs/{n}.yaml" for n in range(2 * MAX_ATTACHMENTS)))) == MAX_ATTACHMENTS


NAMES = st.lists(
    st.lists(st.sampled_from(["a", "configs", "main.py", "x.yaml", "checkpoints", "y.pth", "review.pdf"]), min_size=1)
    .map("/".join),
    unique=True,
)  # fmt: skip


@given(NAMES)
def test_attachments_and_modules_can_always_be_laid_out_in_one_folder(names: list[str]) -> None:
    layout = match_layout(names, ASSIGNMENT.files, (), (), ("*", "*/*", "a/*/*", "review.pdf"))
    if layout is not None:
        paths = {*layout.attached, *layout.written, *layout.helpers}
        folders = {path.rsplit("/", depth)[0] for path in layout.attached for depth in range(1, path.count("/") + 1)}
        assert not folders & paths
        assert len(paths) == len(layout.attached) + len(layout.written) + len(layout.helpers)


# ----------------------------------------------------------------------------------------------------- in drivers


def test_a_program_gives_attachments_and_lists_them_by_pattern() -> None:
    program = Program({}, attached=ATTACHED)
    assert program.attachment("configs/two.yaml") == b"rate: 0.1\n"
    assert program.attachments("c*/*") == ["checkpoints/cnn.pth", "configs/two.yaml"]
    with pytest.raises(MissingError, match=r"configs/one\.yaml was not handed in"):
        program.attachment("configs/one.yaml")


READING = """
def read(impl, path):
    return {"bytes": list(impl.attachment(path)), "all": impl.attachments("*/*")}

def opened(impl, path):
    from pathlib import Path
    return Path(path).read_text()

def unspoken(impl):
    return len(impl.attachment("checkpoints/%s.pth" % ("a" * 3)))
"""
SHOWN = {"configs/two.yaml": b"rate: 0.1\n", "empty/nothing": b"", "large/zeros.pth": bytes(8 * MIB)}


@pytest.fixture
def session(server: ForkServer) -> Iterator[Session]:
    begun = Session(server, {"a.py": "x = 1\n"}, READING, Runtime(), SHOWN)
    yield begun
    begun.close()


def test_attachments_of_the_largest_size_reach_the_worker(session: Session) -> None:
    answer = session.observe(call_bytes("read", {"path": "configs/two.yaml"}), 5.0, 1)
    assert answer.value == {
        "bytes": list(b"rate: 0.1\n"),
        "all": ["configs/two.yaml", "empty/nothing", "large/zeros.pth"],
    }


@pytest.mark.parametrize(
    ("driver", "inputs", "message"),
    [
        ("read", {"path": "configs/one.yaml"}, "configs/one.yaml was not handed in"),
        ("unspoken", {}, "a file or a name that the assignment asks for is missing"),
    ],
)
def test_a_missing_attachment_is_unwritten_and_named_where_it_is_known(
    session: Session, driver: str, inputs: dict[str, str], message: str
) -> None:
    call = call_bytes(driver, dict(inputs))
    report = session.observe(call, 5.0, 1).failure
    assert report is not None
    failure = explain(report, quotable_of(session, call))
    assert (failure.status, failure.message) == (Status.UNWRITTEN, message)


def test_where_a_worker_has_files_attachments_lie_among_them() -> None:
    with_files = ForkServer(Runtime(profile=Profile.FILES))
    session = Session(with_files, {"a.py": ""}, READING, with_files.runtime, SHOWN)
    try:
        answer = session.observe(call_bytes("opened", {"path": "configs/two.yaml"}), 5.0, 1)
        assert answer.value == "rate: 0.1\n", answer
    finally:
        session.close()
        with_files.stop()


# ------------------------------------------------------------------------------------------------------- a course

COURSE = {
    "rubric": RUBRIC.replace(
        'files = ["scale.py", "stats.py"]\n', 'files = ["scale.py", "stats.py"]\nattachments = ["answers.toml"]\n'
    ),
    "drivers": DRIVERS.replace(
        '    return {"v": impl.load("stats:variance")(x)}',
        "    import tomllib\n"
        '    answers = tomllib.loads(impl.attachment("answers.toml").decode())\n'
        '    return {"v": impl.load("stats:variance")(x) * answers["factor"]}',
    ),
    "mistakes": MISTAKES.replace(
        'patch=(replace("stats.py", "** 2).mean(axis=0)", "** 2).sum(axis=0) / (len(x) - 1)"),)',
        'patch=(replace("answers.toml", "2.0", "3.0"),)',
    ),
}
ANSWERS = dedent("""\
    # solution(3): How many are two?
    factor = 2.0
    # end solution
    """)


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    folder = build(tmp_path_factory.mktemp("course"), **COURSE)
    (folder / "solution" / "answers.toml").write_text(ANSWERS)
    with Grader(read_assignment(folder), recordings=Recordings()) as ready:
        yield ready


def graded(grader: Grader, folder: Path, answers: str | None) -> Result:
    files: dict[str, str | bytes] = {**grader.course.solution, **({} if answers is None else {"answers.toml": answers})}
    handed_in(folder, files, grader.course.assignment)
    return grader.grade(folder / "alice")


def test_reference_and_submission_are_judged_with_their_own_attachments(grader: Grader, tmp_path: Path) -> None:
    assert graded(grader, tmp_path / "1", "factor = 2.0").score == 10
    wrong = next(row for row in graded(grader, tmp_path / "2", "factor = 5.0").checks if row.name == "variance")
    assert wrong.status is Status.FAILED
    missing = next(row for row in graded(grader, tmp_path / "3", None).checks if row.name == "variance")
    assert (missing.status, missing.message) == (Status.UNWRITTEN, "answers.toml was not handed in")


def test_a_check_says_why_what_it_asks_for_could_not_be_read(grader: Grader, tmp_path: Path) -> None:
    """What was handed in and is too large was told as "was not handed in"."""
    row = next(row for row in graded(grader, tmp_path, "#" * (9 * MIB)).checks if row.name == "variance")
    assert (row.status, row.points) == (Status.UNWRITTEN, 0)
    assert row.message == "answers.toml is too large, expected at most 8 MiB in all attachments together"


def test_a_mistake_may_lie_in_an_attachment_and_is_named(grader: Grader, tmp_path: Path) -> None:
    row = next(row for row in graded(grader, tmp_path, "factor = 3.0").checks if row.name == "variance")
    assert [mistake.name for mistake in row.mistakes] == ["divided-by-one-less"]


def test_the_references_attachments_are_no_files_of_the_course(grader: Grader) -> None:
    assert grader.course.attached == {"answers.toml": ANSWERS.encode()}
    assert grader.course.provided == {}


def test_students_get_an_attachment_with_gaps_and_no_other(grader: Grader) -> None:
    assert student_files(grader.course)["answers.toml"] == '# TODO(3): How many are two?\nfactor = ""\n'
    whole = replace(grader.course, attached={"answers.toml": b"factor = 2.0\n", "x.pth": b"\xff"})
    assert {"answers.toml", "x.pth"}.isdisjoint(student_files(whole))


def test_what_is_recorded_for_a_reference_is_so_for_its_attachments(grader: Grader) -> None:
    course = grader.course
    digests = {course.tree_digest(course.solution, {"answers.toml": data}) for data in (b"x 2", b"x 3")}
    assert course.reference_digest not in digests
    assert len(digests) == 2


def read(impl: object, path: str) -> None:
    raise NotImplementedError


def test_a_reference_without_an_attachment_voids() -> None:
    subject = CourseSubject({"a.py": ""}, "tree", READING, ("numpy",), Recordings())
    with pytest.raises(ReferenceFailure, match=r"a\.yaml was not handed in"):
        subject(read, path="a.yaml")


def test_a_gradebook_keeps_attachments(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**MODULES, **ATTACHED})
    back = load(dump(submission, {}), "alice", submission.notes, submission.digest, ASSIGNMENT.files, {})
    assert back.attachments == ATTACHED


def test_what_may_be_attached_is_part_of_what_a_result_depends_on(grader: Grader) -> None:
    course = grader.course
    fewer = replace(course, assignment=replace(course.assignment, attachments=()))
    assert course_fingerprint(course, None).rest != course_fingerprint(fewer, None).rest


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'attachments = ["../x"]',
            "attachments entry 1: is '../x', expected a path below the submission, with slashes",
        ),
        ('attachments = ["a/*.py"]', "expected no Python"),
        ('attachments = ["a.txt", "a.txt"]', "attachments: a.txt stands there twice"),
        (
            'attachments = ["a.txt"]\nalternatives = [["a.txt", "b.txt"]]',
            "alternatives: b.txt is not among the attachments",
        ),
        (
            'attachments = ["a.txt"]\nalternatives = [["a.txt", "other.py:X"]]',
            "alternatives: other.py is not among the files",
        ),
        (
            'attachments = ["w/*.pth"]\n[checks.weights]\nreads = [["w/a.pth", "v/a.pth"]]',
            "checks.weights.reads: v/a.pth is not among the attachments",
        ),
        ('attachments = ["scale.*"]', "attachments: scale.* stands for scale.py, which is among the files"),
        ("attachment_mb = 0", "attachment_mb: is 0, expected"),
        ('image_layout = "nhwc"', "image_layout: is 'nhwc', expected"),
        ("attachment_mb = 500", "attachment_mb: is 500, expected"),
    ],
)
def test_a_rubric_with_other_patterns_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(CourseError) as caught:
        read_assignment(build(tmp_path, rubric=f"{line}\n{RUBRIC}"))
    assert problem in str(caught.value)
