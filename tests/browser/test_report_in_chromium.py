"""The report as a real browser shows it, opened from a file and with the network cut."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from chromium import DESK, PHONE, Opened, Windows, in_a_browser
from example_results import EXAMPLES, hostile_result, rich_result
from playwright.sync_api import expect

from grader.model.result import Result
from grader.reporting.html import render_html, template_environment
from grader.results.visibility import View, visible_to

pytestmark = in_a_browser


class Opener:
    """Writes a result as a report and opens the file in a browser."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.windows = windows
        self.folder = folder
        self.environment = template_environment()

    def __call__(
        self, result: Result, *, view: View = View.STUDENT, width: int = DESK, scheme: str = "light"
    ) -> Opened:
        file = self.folder / "report.html"
        file.write_text(render_html(visible_to(result, view), self.environment), encoding="utf-8")
        return self.windows.open(file, width=width, scheme=scheme)


@pytest.fixture
def opener(windows: Windows, tmp_path: Path) -> Opener:
    return Opener(windows, tmp_path)


@pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_report_asks_for_nothing_and_the_browser_complains_of_nothing(opener: Opener, result: Result) -> None:
    found = opener(result, view=View.INSTRUCTOR)
    found.page.wait_for_load_state("networkidle")
    assert found.complaints == []
    assert [url for url in found.requests if not url.startswith("file:")] == []
    assert len(found.requests) == 1


def test_nothing_from_a_submission_runs(opener: Opener) -> None:
    found = opener(hostile_result(), view=View.INSTRUCTOR)
    found.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert found.has_run_nothing()
    assert found.page.locator("script, img, iframe").count() == 0
    assert found.page.get_by_text("<script>window.broken = true</script>").count() > 0
    assert found.page.title() == "convnet: 22.17 of 74"


def test_the_policy_stops_even_a_script_that_gets_into_the_page(opener: Opener, tmp_path: Path) -> None:
    found = opener(rich_result())
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    planted = "<script>window.broken = true</script><img src=x onerror='window.broken = true'><style>p{}</style></main>"
    (tmp_path / "report.html").write_text(html.replace("</main>", planted), encoding="utf-8")
    found.page.reload()
    assert found.has_run_nothing()
    assert len([complaint for complaint in found.complaints if "Content Security Policy" in complaint]) >= 3


def test_the_style_of_the_page_is_allowed_by_its_policy(opener: Opener) -> None:
    assert opener(rich_result()).background() == "rgb(250, 249, 246)"


def test_a_hint_unfolds_and_folds_by_keyboard_alone(opener: Opener) -> None:
    page = opener(rich_result()).page
    hint = page.locator(".first details.hint p").first
    assert not hint.is_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.first .hint summary')"):
            break
    page.keyboard.press("Enter")
    expect(hint).to_be_visible()
    page.keyboard.press("Enter")
    expect(hint).to_be_hidden()


def test_the_first_stop_of_the_keyboard_leads_to_the_checks(opener: Opener) -> None:
    page = opener(rich_result()).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the checks")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/*#checks")  # the browser tells of it a moment later


def test_whoever_has_the_keyboard_sees_where_it_is(opener: Opener) -> None:
    page = opener(rich_result()).page
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_phone_scrolls_in_one_direction_only(opener: Opener, result: Result) -> None:
    page = opener(result, view=View.INSTRUCTOR, width=PHONE).page
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_a_dark_desk_gets_a_dark_page_with_light_text(opener: Opener) -> None:
    brightness = "(property) => getComputedStyle(document.body)[property].match(/\\d+/g).reduce((a, b) => a + +b, 0)"
    light = opener(rich_result()).page
    assert light.evaluate(brightness, "backgroundColor") > light.evaluate(brightness, "color")
    dark = opener(rich_result(), scheme="dark").page
    assert dark.evaluate(brightness, "backgroundColor") < dark.evaluate(brightness, "color")


def test_a_dark_desk_prints_on_white_paper(opener: Opener) -> None:
    found = opener(rich_result(), scheme="dark")
    found.page.emulate_media(media="print")
    assert found.background() == "rgb(255, 255, 255)"


def test_a_printed_report_fits_two_sheets_of_a4_and_keeps_its_hints(opener: Opener) -> None:
    reader = pypdf.PdfReader(
        io.BytesIO(opener(rich_result()).page.pdf(prefer_css_page_size=True, print_background=True))
    )
    width, height = (round(float(length) / 72 * 25.4) for length in reader.pages[0].mediabox[2:])
    first = " ".join(reader.pages[0].extract_text().split())
    assert (width, height) == (210, 297)
    assert len(reader.pages) <= 2
    assert "19.67 of 66 points 4 points open" in first
    assert "Hint" not in " ".join(page.extract_text() for page in reader.pages)


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        *(("rich", width, scheme) for width in (PHONE, DESK) for scheme in ("light", "dark")),
        *((name, DESK, "light") for name in EXAMPLES if name != "rich"),
    ],
)
def test_axe_finds_no_barrier(opener: Opener, name: str, width: int, scheme: str) -> None:
    page = opener(EXAMPLES[name], view=View.INSTRUCTOR, width=width, scheme=scheme)
    page.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert page.barriers() == []
