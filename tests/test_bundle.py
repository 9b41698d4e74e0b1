from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest
from export_formats import validator
from packaging.requirements import Requirement
from tiny_course import RUBRIC, SCALE, STATS, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.course.installation import DISTRIBUTION
from grader.integrations.bundle import Terms, bundle, pins, requirements, wheel
from grader.reporting.html import template_environment

ROOT = Path(__file__).parents[1]


def packed(course: CourseAssignment, terms: Terms) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(bundle(course, terms, template_environment())))


@pytest.fixture(scope="module")
def made(tiny: CourseAssignment) -> bytes:
    return bundle(tiny, Terms(), template_environment())


@pytest.fixture
def archive(made: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(made))


@pytest.fixture(scope="module")
def own_wheel() -> tuple[str, bytes]:
    return wheel()


def text_of(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8")


def laid_out(archive: zipfile.ZipFile, root: Path) -> None:
    """Unpack as Gradescope does: the zip into source/, and a copy of run_autograder beside it."""
    for entry in archive.infolist():
        path = Path(archive.extract(entry, root / "source"))
        path.chmod(entry.external_attr >> 16 & 0o777)
    run = root / "run_autograder"
    run.write_bytes((root / "source" / "run_autograder").read_bytes())
    run.chmod(0o755)
    (root / "submission").mkdir()
    (root / "results").mkdir()


def commands(folder: Path, script: str) -> dict[str, str]:
    """Give an environment whose `grade` is this Python program."""
    folder.mkdir()
    program = folder / "grade"
    program.write_text(f"#!{sys.executable}\n{dedent(script)}", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


GRADE = """
    from grader.cli import main
    main()
"""


def test_setup_and_run_stand_at_the_top_and_can_be_executed(archive: zipfile.ZipFile) -> None:
    modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755


def test_the_same_course_gives_the_same_bytes(tiny: CourseAssignment, made: bytes) -> None:
    assert bundle(tiny, Terms(), template_environment()) == made


def test_the_bundle_holds_the_assignment_and_not_its_samples(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    assert "course/reference/tiny/checks/test_tiny.py" in names
    assert [name for name in names if "samples" in name or "student" in name] == []


def test_what_is_hidden_is_readable_to_its_owner_alone(archive: zipfile.ZipFile) -> None:
    hidden = [entry for entry in archive.infolist() if entry.filename.startswith("course/")]
    assert {entry.external_attr >> 16 for entry in hidden} == {0o100600}


def test_the_bundled_course_is_the_course(tiny: CourseAssignment, archive: zipfile.ZipFile, tmp_path: Path) -> None:
    archive.extractall(tmp_path)
    again = read_assignment(tmp_path / "course/reference/tiny")
    assert (again.tests_digest, again.reference_digest) == (tiny.tests_digest, tiny.reference_digest)


def test_an_assignment_without_torch_is_not_made_to_install_it(archive: zipfile.ZipFile) -> None:
    assert "torch" not in text_of(archive, "requirements.txt") + text_of(archive, "constraints.txt")
    assert any(line.startswith("torch>=") for line in requirements(("numpy", "torch.nn")))


def test_everything_else_that_the_harness_needs_is_required() -> None:
    needed = {Requirement(line).name for line in metadata.requires(DISTRIBUTION) or () if "extra" not in line}
    assert {Requirement(line).name for line in requirements(("numpy",))} == needed - {"torch"}


def test_what_an_assignment_may_import_is_required() -> None:
    assert "jsonschema" in requirements(("numpy", "jsonschema"))


def test_every_requirement_and_what_it_needs_is_pinned() -> None:
    pinned = pins(requirements(("numpy",)))
    assert {line.split("==")[0] for line in pinned} >= {"numpy", "jinja2", "markupsafe", "pydantic-core", "pytest"}
    assert all(Requirement(line).specifier for line in pinned)


def test_a_pin_names_no_build_that_only_one_index_has() -> None:
    assert [line for line in pins(("torch",)) if "+" in line] == []


def test_the_wheel_holds_what_its_record_says(own_wheel: tuple[str, bytes]) -> None:
    name, data = own_wheel
    archive = zipfile.ZipFile(io.BytesIO(data))
    (record,) = [entry for entry in archive.namelist() if entry.endswith(".dist-info/RECORD")]
    rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
    assert {row[0] for row in rows} == set(archive.namelist())
    for path, digest, size in rows:
        if path != record:
            content = archive.read(path)
            own = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (f"sha256={own}", str(len(content))) == (digest, size)
    assert name.endswith("-py3-none-any.whl")


def test_the_wheel_brings_every_module_template_and_the_command(own_wheel: tuple[str, bytes]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(own_wheel[1]))
    names = set(archive.namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "grader").rglob("*.py")}
    templates = {f"grader/templates/{path.name}" for path in (ROOT / "templates").iterdir() if path.is_file()}
    assert names >= sources | templates | {"grader/py.typed"}
    (commands_file,) = [name for name in names if name.endswith("entry_points.txt")]
    assert "grade = grader.cli:main" in archive.read(commands_file).decode()


def test_the_harness_runs_from_its_wheel(tmp_path: Path, own_wheel: tuple[str, bytes]) -> None:
    name, data = own_wheel
    (tmp_path / name).write_bytes(data)
    program = "import grader.reporting.html as report; print(report.__file__); report.template_environment()"
    environment = {"PYTHONPATH": str(tmp_path / name)}
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith(str(tmp_path / name))


def test_shellcheck_finds_nothing_in_the_scripts(
    tiny: CourseAssignment, archive: zipfile.ZipFile, tmp_path: Path
) -> None:
    other = packed(tiny, Terms(40, ("--limit", "3", "--hours", "24"), "https://host.example/cpu's"))
    for name in ("setup.sh", "run_autograder"):
        for number, of in enumerate((archive, other)):
            (tmp_path / f"{name}{number}").write_text(text_of(of, name), encoding="utf-8")
    checked = subprocess.run(
        [Path(sys.executable).parent / "shellcheck", *sorted(path.name for path in tmp_path.iterdir())],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_terms_stand_in_the_scripts(tiny: CourseAssignment) -> None:
    archive = packed(tiny, Terms(40, ("--limit", "3"), "https://host.example/cpu"))
    assert "timeout --kill-after=10 2370 " in text_of(archive, "run_autograder")
    assert '--course "$root/source/course" --limit 3\n' in text_of(archive, "run_autograder")
    assert "--extra-index-url https://host.example/cpu " in text_of(archive, "setup.sh")


@pytest.mark.timeout(300)
def test_a_bundle_is_set_up_and_grades_in_an_image_that_brings_grade(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    root = tmp_path / "autograder"
    laid_out(archive, root)
    environment = commands(tmp_path / "bin", GRADE) | {"AUTOGRADER_ROOT": str(root)}
    setup = subprocess.run(
        [root / "source/setup.sh"], env=environment, capture_output=True, text=True, check=True, cwd=root
    )
    assert "rehearsed" in setup.stdout
    assert (root / "source/course/reference").stat().st_mode & 0o077 == 0
    (root / "submission/scale.py").write_text(SCALE, encoding="utf-8")
    (root / "submission/stats.py").write_text(STATS, encoding="utf-8")
    subprocess.run([root / "run_autograder"], env=environment, capture_output=True, check=True, cwd=root)
    written = json.loads((root / "results/results.json").read_text(encoding="utf-8"))
    validator("gradescope.schema.json").validate(written)
    assert written["score"] == 10


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "print('{')"],
    ids=["ends with an error", "is killed", "writes nothing"],
)
def test_a_harness_that_writes_nothing_still_leaves_a_file(
    archive: zipfile.ZipFile, tmp_path: Path, program: str
) -> None:
    root = tmp_path / "autograder"
    laid_out(archive, root)
    stale = root / "results/results.json"
    stale.write_text('{"score": 10}', encoding="utf-8")
    environment = commands(tmp_path / "bin", program) | {"AUTOGRADER_ROOT": str(root)}
    subprocess.run([root / "run_autograder"], env=environment, capture_output=True, check=True, cwd=root)
    written = json.loads(stale.read_text(encoding="utf-8"))
    validator("gradescope.schema.json").validate(written)
    assert written["score"] == 0
    assert "not because of your submission" in written["output"]


def test_a_name_cannot_smuggle_a_command_into_the_scripts(tmp_path: Path) -> None:
    folder = build(tmp_path, rubric=RUBRIC)
    odd = folder.rename(folder.with_name("tiny $(touch owned)"))
    archive = packed(read_assignment(odd), Terms())
    assert "gradescope 'tiny $(touch owned)' --root" in text_of(archive, "run_autograder")
