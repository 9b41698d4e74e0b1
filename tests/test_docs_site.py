"""The documentation as a site: it builds without a warning, and its generated pages say what the code says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from grader.cli import COMMANDS
from grader.model.assignment import Assignment

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    program = Path(sys.executable).parent / "mkdocs"
    configuration = ROOT / "docs" / "site" / "mkdocs.yml"
    built = subprocess.run(
        [program, "build", "--quiet", "--strict", "--config-file", configuration, "--site-dir", folder],
        capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert (built.returncode, built.stderr) == (0, "")
    return folder


def test_every_command_has_a_page_with_its_options(site: Path) -> None:
    names = [name for panel in COMMANDS.values() for name in panel]
    assert [name for name in names if not (site / f"commands/{name}.html").is_file()] == []
    page = (site / "commands/run.html").read_text(encoding="utf-8")
    assert '<code><span class="option">--submission</span></code>' in page  # which no browser breaks behind a hyphen
    assert "One of <code>function</code>, <code>layer</code>" in (site / "commands/new.html").read_text(
        encoding="utf-8"
    )
    assert "One of <code>gradescope</code>" in (site / "commands/import.html").read_text(encoding="utf-8")


def test_every_table_of_a_rubric_is_listed(site: Path) -> None:
    """[variants] was missing."""
    page = (site / "rubric.html").read_text(encoding="utf-8")
    tables = {hint for field in fields(Assignment) for hint in inside(get_type_hints(Assignment)[field.name])}
    assert sorted(one.__name__ for one in tables if f"<code>{fields(one)[-1].name}</code>" not in page) == []


def inside(hint: Any) -> Iterator[type]:  # noqa: ANN401  # any annotation
    if is_dataclass(hint):
        yield hint
    for one in get_args(hint):
        yield from inside(one)


def test_every_key_that_a_bundled_rubric_uses_is_listed(site: Path) -> None:
    page = (site / "rubric.html").read_text(encoding="utf-8")
    listed = {key for cell in re.findall(r"<td>(.*?)</td>", page) for key in re.findall(r"<code>([\w.]+)</code>", cell)}
    rubrics = [tomllib.loads(file.read_text(encoding="utf-8")) for file in ROOT.glob("reference/*/assignment.toml")]
    used = {key for rubric in rubrics for key in keys_of(rubric)}
    assert sorted(used - listed - {"measure"}) == []  # a table of its own, which authors.md tells of


def keys_of(rubric: Mapping[str, Any]) -> Iterator[str]:
    for key, value in rubric.items():
        rows = value.values() if key == "checks" else value if isinstance(value, list) else [value]
        for row in rows:
            if key in {"hidden", "isolation"}:
                yield from (f"{key}.{inner}" for inner in row)
            elif isinstance(row, dict):
                yield from row
            else:
                yield key


def test_a_formula_is_drawn_without_a_script(site: Path) -> None:
    assert "<mfrac>" in (site / "authors.html").read_text(encoding="utf-8")


def test_each_link_leads_to_a_page_or_file_of_the_site(site: Path) -> None:
    """README's link to a folder of the repository, and the documentation's to README, led to nothing."""
    links = {
        (page.parent / link.partition("#")[0]).resolve(): page.name
        for page in site.rglob("*.html")
        if page.name != "404.html"  # its links are absolute
        for link in re.findall(r"(?:href|src)=\"?([^\"\s>]+)", page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#", link)
    }
    assert {str(target): page for target, page in links.items() if not target.is_file()} == {}


def test_there_is_search_in_pages_that_come_from_a_disk(site: Path) -> None:
    """Without a stand-in for workers, which browsers refuse there, the field for it was not even shown."""
    page = (site / "commands/run.html").read_text(encoding="utf-8")
    assert (shim := re.search(r'<script src="([^"]*iframe-worker[^"]*)"', page)) is not None
    assert "IFrameWorker" in (site / "commands" / shim[1]).read_text(encoding="utf-8")
    assert "survivors.toml" in (site / "search/search_index.js").read_text(encoding="utf-8")


def test_a_page_fetches_nothing(site: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]
    fetched = {
        url for page in pages for url in re.findall(r"<(?:script|link|img)[^>]*?(?:src|href)=\"(https?:[^\"]+)", page)
    }
    assert fetched == set()
