"""`docs/formats.md`, `docs/ci.md` and the workflows are kept true: by the code they show, by the schemas they fit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from format_examples import EXAMPLE, PAGE, examples, with_examples
from ruamel.yaml import YAML
from tiny_course import build

from grader.exports import registry
from grader.model.status import Status

ROOT = Path(__file__).parents[1]
CI_PAGE = ROOT / "docs" / "ci.md"
ACTION = ROOT / ".github" / "actions" / "grade" / "action.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "grade.yml"
PORTABLE = ROOT / ".github" / "workflows" / "portable.yml"
DEVCONTAINER = ROOT / ".devcontainer"
PROGRAMS = Path(sys.executable).parent
PAGES = pytest.mark.parametrize("page", [PAGE, CI_PAGE], ids=lambda page: page.name)
BLOCKS = re.compile(r"<!-- (?P<kind>github|gitlab|shell) -->\n```[a-z]+\n(?P<text>.*?\n)```\n", re.DOTALL)

GRADE = """
    from grader.cli import main
    main()
"""


def blocks(kind: str) -> list[str]:
    return [found["text"] for found in BLOCKS.finditer(CI_PAGE.read_text(encoding="utf-8")) if found["kind"] == kind]


def complaints(schema: str, text: str, folder: Path) -> str:
    """Check a file against a schema that the tool of the platform's users brings along."""
    file = folder / "checked.yml"
    file.write_text(text, encoding="utf-8")
    checked = subprocess.run(
        [PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr


def read_yaml(file: Path) -> Any:  # noqa: ANN401  # YAML of any depth
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def headings(page: Path) -> set[str]:
    titles = [line.lstrip("# ") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_example_is_what_the_code_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_examples(page), "the page is behind the code: `python tests/format_examples.py` writes it anew"


def test_every_format_has_an_example_and_a_row() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {found["name"] for found in EXAMPLE.finditer(page)} == set(examples())
    assert [name for name in registry.single_names() if f"`{name}`" not in page] == []
    assert [name for name in registry.class_names() if f"| `{name}` |" not in page] == []


def test_every_status_has_its_place_in_the_table() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [status for status in Status if f"`{status.value}`" not in "\n".join(rows)] == []


@PAGES
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        other = page.parent / file if file else page
        assert other.exists(), target
        assert not anchor or anchor in headings(other), target


@pytest.mark.parametrize("text", [file.read_text(encoding="utf-8") for file in (WORKFLOW, PORTABLE)] + blocks("github"))
def test_a_workflow_has_the_form_that_github_wants(text: str, tmp_path: Path) -> None:
    assert complaints("github-workflows", text, tmp_path) == ""


@pytest.mark.parametrize(
    "text", [file.read_text(encoding="utf-8") for file in (WORKFLOW, PORTABLE, ACTION)] + blocks("github")
)
def test_what_others_publish_is_named_by_the_hash_of_a_commit(text: str) -> None:
    """A tag can be moved to other code."""
    used = re.findall(r"uses: (actions/\S+)", text)
    assert [name for name in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []


FIRST_ON_NODE_24 = {"checkout": 5, "setup-python": 6, "upload-artifact": 6}  # runners have no older Node


@pytest.mark.parametrize(
    "text", [file.read_text(encoding="utf-8") for file in (WORKFLOW, PORTABLE, ACTION)] + blocks("github")
)
def test_no_action_is_older_than_the_node_that_runners_have(text: str) -> None:
    used = re.findall(r"uses: actions/([\w-]+)@\w+ # v(\d+)", text)
    assert len(used) == text.count("uses: actions/")
    assert [name for name, major in used if int(major) < FIRST_ON_NODE_24[name]] == []


@pytest.mark.parametrize("text", [file.read_text(encoding="utf-8") for file in (WORKFLOW, PORTABLE)] + blocks("github"))
def test_every_job_that_grades_ends_in_time(text: str) -> None:
    jobs = YAML(typ="safe").load(text)["jobs"].values()
    assert [job for job in jobs if "runs-on" in job and not 0 < job.get("timeout-minutes", 0) <= 30] == []


def test_the_action_installs_what_the_assignment_needs_and_keeps_what_pip_fetched() -> None:
    setup, install, _ = read_yaml(ACTION)["runs"]["steps"]
    assert setup["with"]["cache"] == "pip"
    assert '--for "$COURSE/reference/$ASSIGNMENT_NAME/assignment.toml"' in install["run"]


def test_the_action_has_the_form_that_github_wants(tmp_path: Path) -> None:
    assert complaints("github-actions", ACTION.read_text(encoding="utf-8"), tmp_path) == ""


@pytest.mark.parametrize("text", blocks("gitlab"))
def test_a_pipeline_has_the_form_that_gitlab_wants(text: str, tmp_path: Path) -> None:
    assert complaints("gitlab-ci", text, tmp_path) == ""


def test_the_compose_file_has_the_form_that_docker_wants(tmp_path: Path) -> None:
    assert complaints("compose-spec", (DEVCONTAINER / "compose.yaml").read_text(encoding="utf-8"), tmp_path) == ""


def test_the_compose_file_seals_the_container_as_the_documentation_does() -> None:
    (service,) = read_yaml(DEVCONTAINER / "compose.yaml")["services"].values()
    sealed = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    assert (service["network_mode"], service["read_only"], service["cap_drop"]) == ("none", True, ["ALL"])
    assert f"--pids-limit {service['pids_limit']} --memory {service['mem_limit']}" in sealed
    assert [mount for mount in service["tmpfs"] if f"--tmpfs {mount}" not in sealed] == []


def test_every_container_that_writes_to_a_mount_runs_as_its_owner() -> None:
    """The recipe for a class ran as the image's user, who may not write to a folder of anybody else."""
    recipes = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/operators.md", "docs/ci.md")
    )
    runs = re.findall(r"docker run (?:[^\n]*\\\n)*[^\n]*", recipes)
    writing = [run for run in runs if re.search(r"--volume \"[^\"]+(?<!:ro)\"", run)]
    assert len(writing) >= 4
    assert [run for run in writing if '--user "$(id -u):0"' not in run] == []


def test_the_development_container_works_in_the_checkout() -> None:
    """It graded the whole checkout as a submission to the image's own course."""
    container = json.loads((DEVCONTAINER / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["containerEnv"] == {"GRADE_COURSE": "${containerWorkspaceFolder}"}


def test_the_development_container_builds_the_image_with_what_it_takes() -> None:
    build_of = json.loads((DEVCONTAINER / "devcontainer.json").read_text(encoding="utf-8"))["build"]
    dockerfile = (DEVCONTAINER / build_of["dockerfile"]).resolve()
    declared = re.findall(r"^ARG (\w+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(build_of["args"]) <= set(declared)


def test_the_portable_part_of_the_suite_is_there() -> None:
    named = re.findall(r"tests/\S+\.py", PORTABLE.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_checker_does_complain(tmp_path: Path) -> None:
    assert "runs-on" in complaints("github-workflows", "on: push\njobs: {a: {steps: []}}", tmp_path)


def scripts() -> list[str]:
    return [step["run"] for step in read_yaml(ACTION)["runs"]["steps"] if "run" in step]


@pytest.mark.parametrize("script", [*scripts(), *blocks("shell")])
def test_shellcheck_finds_nothing_in_a_script(script: str, tmp_path: Path) -> None:
    variables = "COURSE=a SUBMISSION=a OUT=a; export COURSE SUBMISSION OUT\n"
    (tmp_path / "script.sh").write_text(f"#!/bin/bash\n{variables}{script}", encoding="utf-8")
    checked = subprocess.run(
        [PROGRAMS / "shellcheck", tmp_path / "script.sh"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_no_input_is_written_into_a_script() -> None:
    assert [script for script in scripts() if "${{" in script] == []


def test_the_action_hands_on_every_output_of_the_command() -> None:
    action = read_yaml(ACTION)
    assert set(action["outputs"]) == {"status", "summary", "score", "max-score"}
    assert {output["value"] for output in action["outputs"].values()} == {
        f"${{{{ steps.grade.outputs.{name} }}}}" for name in action["outputs"]
    }


def test_the_workflow_gives_the_action_only_inputs_that_it_has() -> None:
    (step,) = [step for step in read_yaml(WORKFLOW)["jobs"]["grade"]["steps"] if step.get("id") == "grade"]
    assert set(step["with"]) <= set(read_yaml(ACTION)["inputs"])


def test_two_assignments_of_a_workflow_keep_an_artifact_each() -> None:
    """A name may be taken once in a run: the second job failed over it."""
    (step,) = [
        step for step in read_yaml(WORKFLOW)["jobs"]["grade"]["steps"] if "upload-artifact" in step.get("uses", "")
    ]
    assert step["with"]["name"] == "grade-results-${{ inputs.assignment }}"


@pytest.fixture
def job(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """Lay out a job: a course, a submission in a folder with a space, and a `grade` where the action puts it."""
    build(tmp_path / "course")
    program = tmp_path / "runner/grade/bin/grade"
    program.parent.mkdir(parents=True)
    lines = "\n".join(line.strip() for line in GRADE.splitlines())
    program.write_text(f"#!{sys.executable}{lines}", encoding="utf-8")
    program.chmod(0o755)
    submission = (tmp_path / "course/reference/tiny/samples/short-rows").rename(tmp_path / "handed in")
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path / "runner"), "PREFIX": "",
        "ASSIGNMENT_NAME": "tiny", "COURSE": str(tmp_path / "course"), "SUBMISSION": str(submission),
        "OUT": "my results",
    }  # fmt: skip
    return environment, tmp_path


def test_the_script_of_the_action_grades(job: tuple[dict[str, str], Path]) -> None:
    environment, folder = job
    github = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(folder / "output"), "PLATFORM": ""}
    ran = subprocess.run(
        ["bash", "-e", "-c", scripts()[-1]], env=environment | github, cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "\nscore=9.2\n" in (folder / "output").read_text(encoding="utf-8")
    assert json.loads((folder / "my results/result.json").read_text(encoding="utf-8"))["score"] == 9.2


def test_the_shell_of_the_page_tells_whose_move_it_is(job: tuple[dict[str, str], Path]) -> None:
    environment, folder = job
    (script,) = blocks("shell")
    for assignment, told in (("tiny", "not all checks passed: my results/report.html"), ("other", "(exit code 3)")):
        ran = subprocess.run(
            ["bash", "-eu", "-c", script.replace("convnet", assignment)], env=environment, cwd=folder,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told in ran.stdout + ran.stderr
