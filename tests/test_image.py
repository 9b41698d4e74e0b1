"""What makes and tries the container image, as far as that can be tried without a container engine."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from grader.course.installation import DISTRIBUTION
from grader.integrations.bundle import pins
from grader.sandbox.guest.preload import LAZY_PARTS

ROOT = Path(__file__).resolve().parents[1]
IMAGE = ROOT / "image"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SHELL_SCRIPTS = sorted(IMAGE.glob("*.sh"))
SCRIPTS = sorted(file for file in IMAGE.iterdir() if file.is_file())
USAGE, BROKEN = 2, 3


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"image_{name}", IMAGE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ran(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# --- the texts ---


def test_shellcheck_finds_nothing_in_the_scripts() -> None:
    program = Path(sys.executable).parent / "shellcheck"
    checked = ran(program, "--external-sources", "--source-path=SCRIPTDIR", *SHELL_SCRIPTS, cwd=ROOT)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("file", [ROOT / "Dockerfile", *SCRIPTS], ids=lambda file: file.name)
def test_every_module_that_is_named_is_there(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:from|import|-m)\s+((?:grader|tests)(?:\.\w+)*)", text))
    assert [name for name in sorted(named) if not _stands(name)] == []


def _stands(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def test_what_the_image_is_made_of_is_just_what_is_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    rows = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for row in rows for name in row.split()} == let_through


def test_every_script_is_used_by_another_or_by_make() -> None:
    texts = {
        file: file.read_text(encoding="utf-8") for file in (ROOT / "Makefile", ROOT / "Dockerfile", *SHELL_SCRIPTS)
    }
    unused = [file.name for file in SCRIPTS if not any(file.name in texts[user] for user in texts if user != file)]
    assert unused == []


def test_every_extra_of_the_image_is_one_of_the_project() -> None:
    (extras,) = re.findall(r'^ARG EXTRAS="(.*)"$', DOCKERFILE, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras.split()) <= set(project["optional-dependencies"])


def test_every_package_that_the_course_allows_is_there() -> None:
    """The image lacked pypdf once: an assignment allowed it, and only the tests' own packages brought it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brought = {line.split("==", maxsplit=1)[0] for line in pins(project["dependencies"])}
    rubrics = [tomllib.loads(file.read_text(encoding="utf-8")) for file in ROOT.glob("reference/*/assignment.toml")]
    allowed = {module.split(".")[0] for rubric in rubrics for module in rubric["runtime"]["modules"]}
    distributions = metadata.packages_distributions()
    missing = [name for name in allowed if not {each.lower() for each in distributions.get(name, ())} & brought]
    assert missing == []


# --- requirements.py ---

PROJECT = """
[project]
dependencies = ["numpy>=2.0", "torch"]
[project.optional-dependencies]
review = ["starlette>=0.40", "numpy>=2.0"]
"""


def test_requirements_are_those_of_the_project_and_of_the_extras_once_each(tmp_path: Path) -> None:
    written(tmp_path, {"pyproject.toml": PROJECT})
    told = ran(sys.executable, IMAGE / "requirements.py", "pyproject.toml", "review", cwd=tmp_path)
    assert told.stdout.splitlines() == ["numpy>=2.0", "torch", "starlette>=0.40"]
    bare = ran(sys.executable, IMAGE / "requirements.py", "pyproject.toml", cwd=tmp_path)
    assert bare.stdout.splitlines() == ["numpy>=2.0", "torch"]


def test_an_extra_that_is_none_is_told_in_one_sentence(tmp_path: Path) -> None:
    written(tmp_path, {"pyproject.toml": PROJECT})
    told = ran(sys.executable, IMAGE / "requirements.py", "pyproject.toml", "revue", cwd=tmp_path)
    sentence = "pyproject.toml has no extra revue, expected some of review\n"
    assert (told.returncode, told.stdout, told.stderr) == (USAGE, "", sentence)


@pytest.mark.parametrize(("modules", "torch"), [('["numpy"]', []), ('["numpy", "torch.nn"]', ["torch"])])
def test_an_assignment_without_torch_is_spared_it(tmp_path: Path, modules: str, torch: list[str]) -> None:
    written(tmp_path, {"pyproject.toml": PROJECT, "assignment.toml": f"[runtime]\nmodules = {modules}\n"})
    command = (sys.executable, IMAGE / "requirements.py", "pyproject.toml", "--for", "assignment.toml")
    assert ran(*command, cwd=tmp_path).stdout.splitlines() == ["numpy>=2.0", *torch]


def test_a_package_is_left_out_where_that_is_asked(tmp_path: Path) -> None:
    written(tmp_path, {"pyproject.toml": PROJECT})
    told = ran(sys.executable, IMAGE / "requirements.py", "pyproject.toml", "--without", "torch", cwd=tmp_path)
    assert told.stdout.splitlines() == ["numpy>=2.0"]


def test_a_rubric_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    written(tmp_path, {"pyproject.toml": PROJECT})
    told = ran(sys.executable, IMAGE / "requirements.py", "pyproject.toml", "--for", "no.toml", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (USAGE, "no.toml cannot be read: No such file or directory\n")


def test_a_python_that_is_too_old_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Jobs of CI ended in a traceback: no module named tomllib."""
    old = f"import runpy, sys; sys.modules['tomllib'] = None; runpy.run_path({str(IMAGE / 'requirements.py')!r})"
    told = ran(sys.executable, "-c", old, cwd=tmp_path)
    version = sys.version.split(maxsplit=1)[0]
    assert (told.returncode, told.stderr) == (BROKEN, f"grade needs Python 3.11 or newer, and this is {version}\n")


# --- tree.py ---


def exported(*, data: bytes = b"1", mode: int = 0o644, uid: int = 0, moment: int = 0, link: str = "a") -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("opt/a")
        entry.size, entry.mode, entry.uid, entry.mtime = len(data), mode, uid, moment
        archive.addfile(entry, io.BytesIO(data))
        other = tarfile.TarInfo("opt/b")
        other.type, other.linkname = tarfile.SYMTYPE, link
        archive.addfile(other)
    buffer.seek(0)
    return buffer


def test_two_trees_of_other_dates_are_the_same() -> None:
    tree = script("tree")
    assert list(tree.rows(exported())) == list(tree.rows(exported(moment=1_000_000)))


@pytest.mark.parametrize("change", [{"data": b"2"}, {"mode": 0o600}, {"uid": 10001}, {"link": "c"}], ids=str)
def test_a_difference_of_two_trees_is_a_difference_of_one_row(change: dict[str, int]) -> None:
    tree = script("tree")
    assert len(set(tree.rows(exported())) ^ set(tree.rows(exported(**change)))) == 2


# --- stated.py ---


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    stated = '[correct]\nscore = 10\nsays = "all"\n[wrong]\nscore = 4\nsays = "some"\n'
    return written(tmp_path / "samples", {"samples.toml": stated})


def test_results_that_agree_with_the_samples_are_no_problem(samples: Path, tmp_path: Path) -> None:
    tests = {"tests": [{"score": 1.5}, {"score": 2.5}]}
    results = written(tmp_path / "r", {"correct.json": '{"score": 10.0}', "wrong.json": json.dumps(tests)})
    assert list(script("stated").differences(samples, results)) == []


def test_a_result_that_differs_from_its_sample_is_told(samples: Path, tmp_path: Path) -> None:
    results = written(tmp_path / "r", {"wrong.json": '{"score": 10.0, "output": "Not graded"}'})
    expected = ["wrong has 10.0 points, expected 4: Not graded"]
    assert list(script("stated").differences(samples, results)) == expected


def test_no_results_at_all_are_a_problem(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    assert len(list(script("stated").differences(samples, tmp_path / "r"))) == 1


# --- sbom.py, listed.py ---

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: a library
 of two lines

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1:2-3
"""


def distributions(folder: Path, **headers: str) -> list[metadata.Distribution]:
    text = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in headers.items())
    written(folder, {"a-1.dist-info/METADATA": f"Metadata-Version: 2.4\n{text}"})
    return list(metadata.distributions(path=[str(folder)]))


def test_a_python_package_is_listed_as_the_index_writes_it(tmp_path: Path) -> None:
    found = distributions(tmp_path, Name="Jupyter_Core", Version="2.1+cpu", License_Expression="BSD-3-Clause")
    (row,) = script("sbom").python_packages(found)
    assert (row["name"], row["purl"]) == ("Jupyter_Core", "pkg:pypi/jupyter-core@2.1%2Bcpu")
    assert row["licenses"] == [{"expression": "BSD-3-Clause"}]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"License": "MIT"}, [{"license": {"name": "MIT"}}]),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, [{"license": {"name": "MIT License"}}]),
        ({"License": "Permission is hereby granted" * 9}, None),
        ({}, None),
    ],
    ids=["named", "classified", "a whole text", "none"],
)
def test_a_license_is_listed_by_a_name(tmp_path: Path, headers: dict[str, str], expected: object) -> None:
    (row,) = script("sbom").python_packages(distributions(tmp_path, Name="a", Version="1", **headers))
    assert row.get("licenses") == expected


def test_of_debians_packages_those_are_listed_that_are_installed() -> None:
    (row,) = script("sbom").debian_packages(STATUS)
    assert row["purl"] == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=bookworm"


def test_the_same_packages_give_the_same_list(tmp_path: Path) -> None:
    written(tmp_path, {"status": STATUS})
    lists = [
        ran(sys.executable, IMAGE / "sbom.py", "grade", "status", cwd=tmp_path, TZ=zone) for zone in ("UTC", "CET")
    ]
    assert lists[0].stdout == lists[1].stdout
    assert json.loads(lists[0].stdout)["metadata"]["component"]["version"] == metadata.version(DISTRIBUTION)


def test_a_package_that_the_list_leaves_out_is_told() -> None:
    sbom, listed = script("sbom"), script("listed")
    found = listed.listed(sbom.document("grade", "1", sbom.debian_packages(STATUS)), "deb")
    there = listed.in_debian(STATUS.split("\n\n", maxsplit=1)[0])
    assert list(listed.differences(there, found)) == []
    assert list(listed.differences({**there, "rich": "15"}, found)) == ["rich is listed as missing, expected 15"]


# --- imported.py ---


def test_what_workers_import_of_torch_is_compiled_ahead() -> None:
    assert {*LAZY_PARTS["torch"]} <= {*script("imported").LATE}


def test_of_a_small_package_all_is_compiled_and_of_a_large_one_what_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = script("imported")
    package = {"small/__init__.py": "", "small/late.py": "", "large/__init__.py": "", "large/late.py": "", "one.py": ""}
    written(tmp_path, {**package, "notes.txt": ""})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(imported, "LARGE", frozenset({"large"}))
    importlib.import_module("large")
    found = {file for entry in tmp_path.iterdir() for file in imported.wanted(entry)}
    assert {file.relative_to(tmp_path).as_posix() for file in found} == {
        "small/__init__.py", "small/late.py", "large/__init__.py", "one.py"
    }  # fmt: skip


# --- slim.sh, base.sh ---


def test_what_goes_from_an_environment_is_no_module_but_a_test(tmp_path: Path) -> None:
    kept = {
        "torch/bin/torch_shm_manager",
        "torch/nn/__init__.py",
        "sympy/core/a.py",
        "rich/tests/a.py",
        "rich/a.pyi",
        "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
    }
    gone = {
        "numpy/_core/_simd.cpython-311-x86_64-linux-gnu.so",
        "numpy/_core/_multiarray_tests.cpython-311-x86_64-linux-gnu.so",
        "numpy/distutils/core.py",
        "sqlalchemy/testing/a.py",
        "torch/bin/protoc",
        "torch/include/a.h",
        "torch/test/a.py",
        "torch/nn/a.pyi",
        "sympy/core/tests/a.py",
        "a.a",
    }
    written(tmp_path, dict.fromkeys(kept | gone, ""))
    assert ran("bash", IMAGE / "slim.sh", tmp_path, cwd=tmp_path).returncode == 0
    assert files_below(tmp_path) == kept


def test_a_base_keeps_licences_and_forgets_the_machine_that_made_it(tmp_path: Path) -> None:
    kept = {"usr/share/doc/bash/copyright": "", "usr/share/locale/locale.alias": "", "etc/machine-id": "1234"}
    gone = {
        "usr/share/doc/bash/README": "", "usr/share/man/man1/bash.1": "", "usr/share/locale/de/bash.mo": "",
        "etc/resolv.conf": "", "etc/hostname": "", "etc/passwd-": "", "var/cache/apt/archives/a.deb": "",
        "usr/share/info/a": "", "var/log/dpkg.log": "",
    }  # fmt: skip
    written(tmp_path, kept | gone)
    (tmp_path / "usr/sbin").mkdir()
    made = ran("bash", IMAGE / "base.sh", tmp_path, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert files_below(tmp_path) & (kept.keys() | gone.keys()) == kept.keys()
    assert (tmp_path / "etc/machine-id").read_text() == ""


# --- round-trip.sh ---

SETUP = 'touch "$AUTOGRADER_ROOT/set-up"\n'
RUN = """
test -e "$AUTOGRADER_ROOT/set-up"
cat "$AUTOGRADER_ROOT"/submission/* >"$AUTOGRADER_ROOT/results/results.json"
"""


def test_each_submission_goes_round_without_what_the_one_before_left(tmp_path: Path) -> None:
    written(tmp_path / "bundle", {"setup.sh": SETUP, "run_autograder": RUN})
    written(tmp_path / "samples", {"first/a.py": "1", "second/b.py": "2"})
    (tmp_path / "results").mkdir()
    names = ("bundle", "samples", "results", "first", "second")
    told = ran("bash", IMAGE / "round-trip.sh", *names, cwd=tmp_path, AUTOGRADER_ROOT=str(tmp_path / "autograder"))
    assert (told.returncode, told.stderr) == (0, "")
    assert {file.name: file.read_text() for file in (tmp_path / "results").iterdir()} == {
        "first.json": "1", "second.json": "2"
    }  # fmt: skip


# --- engine.sh ---


def sourced(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return ran("bash", "-euo", "pipefail", "-c", f'source "{IMAGE}/engine.sh"\n{program}', cwd=cwd, TMPDIR=str(cwd))


def test_an_attempt_that_fails_is_told_with_its_output_and_what_follows_is_tried(tmp_path: Path) -> None:
    told = sourced('attempt "it holds" bash -c "echo because >&2; exit 7"; echo "ended $ended"', tmp_path)
    assert re.fullmatch(r"FAIL +\d+\.\d s  it holds: exit code 7\n    because\nended 7\n", told.stdout)


def test_a_command_that_fails_in_the_middle_of_an_attempt_ends_it(tmp_path: Path) -> None:
    told = sourced(
        'halves() { false; echo "went on"; }; attempt "it holds" halves; cat "$(log_of "it holds")"', tmp_path
    )
    assert "exit code 1" in told.stdout
    assert "went on" not in told.stdout


def test_a_step_that_fails_ends_all(tmp_path: Path) -> None:
    told = sourced("step ground false; echo on", tmp_path)
    assert (told.returncode, "\non\n" in told.stdout) == (BROKEN, False)


APT = """#!/bin/bash
[[ $* == *update* ]] || exec echo "apt-get $*" >told
echo try >>tries
[ "$(wc -l <tries)" = 2 ] || { echo 'E: Could not get lock /lists/lock. It is held by process 1' >&2; exit 100; }
"""


def test_another_package_manager_is_waited_for(tmp_path: Path) -> None:
    """`make image` failed where another `apt-get update` was running: its own option waits for dpkg's lock alone."""
    for name, text in {"apt-get": APT, "id": "#!/bin/sh\necho 0\n", "sleep": "#!/bin/sh\n"}.items():
        written(tmp_path, {name: text})
        (tmp_path / name).chmod(0o755)
    told = sourced('PATH="$PWD:$PATH" install_packages debootstrap', tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert (tmp_path / "tries").read_text().count("try") == 2
    assert "install --yes --no-install-recommends debootstrap" in (tmp_path / "told").read_text()


@pytest.mark.parametrize("program", ["true", "false", "stop sentence"])
def test_nothing_is_left_however_it_ends(tmp_path: Path, program: str) -> None:
    sourced(program, tmp_path)
    assert list(tmp_path.iterdir()) == []
