"""The page of a class as a real browser shows it, opened from a file: clicked, sorted, filtered, printed."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from chromium import DESK, PHONE, Opened, Windows, in_a_browser
from example_classes import CLASSES, drawn_class, hostile_class
from playwright.sync_api import Locator, Page, expect

from grader.reporting.class_data import ClassSnapshot
from grader.reporting.class_page import render_class
from grader.reporting.html import template_environment
from grader.similarity.compare import compare
from grader.similarity.page import render_likeness

pytestmark = in_a_browser

ROLL = drawn_class(60)
SMALL = drawn_class(14, seed=64)  # with every outcome and status that the larger one has
GRADED = [member for member in ROLL.students if member.score is not None]
STUDENT, SCORE, LAST = 0, 1, -1


class Opener:
    """Writes a class as a page and opens the file in a browser."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.windows = windows
        self.file = folder / "class.html"
        self.environment = template_environment()

    def __call__(
        self, snapshot: ClassSnapshot = ROLL, *, width: int = DESK, scheme: str = "light", has_script: bool = True
    ) -> Opened:
        self.file.write_text(render_class(snapshot, self.environment), encoding="utf-8")
        return self.windows.open(self.file, width=width, scheme=scheme, has_script=has_script)


@pytest.fixture
def opener(windows: Windows, tmp_path: Path) -> Opener:
    return Opener(windows, tmp_path)


def header(page: Page, column: int) -> Locator:
    return page.locator("#roll thead th").nth(column)


def column(page: Page, number: int) -> list[str]:
    """Read a column of the rows that are shown, from the top."""
    cells = "(rows, number) => rows.filter(row => !row.hidden).map(row => [...row.cells].at(number).textContent.trim())"
    read: list[str] = page.locator("#roll tbody tr").evaluate_all(cells, number)
    return read


def shown(page: Page) -> int:
    return page.locator("#roll tbody tr:not([hidden])").count()


def numbers(cells: list[str]) -> list[float]:
    return [float(cell) for cell in cells if cell]


@pytest.mark.parametrize("snapshot", CLASSES.values(), ids=CLASSES.keys())
def test_a_page_asks_for_nothing_and_the_browser_complains_of_nothing(opener: Opener, snapshot: ClassSnapshot) -> None:
    found = opener(snapshot)
    found.page.wait_for_load_state("networkidle")
    header(found.page, SCORE).get_by_role("button").click()
    assert found.complaints == []
    assert len(found.requests) == 1


def test_no_name_that_students_chose_runs_or_becomes_an_element(opener: Opener) -> None:
    found = opener(hostile_class())
    found.page.locator("#find").fill("broken")
    header(found.page, STUDENT).get_by_role("button").click()
    assert found.has_run_nothing()
    assert found.page.locator("script").count() == 1
    assert found.page.locator("img, iframe").count() == 0
    assert found.page.get_by_role("rowheader").get_by_text("</script><script>").first.is_visible()


def test_the_policy_stops_another_script_that_gets_into_the_page(opener: Opener) -> None:
    found = opener()
    html = opener.file.read_text(encoding="utf-8")
    planted = "<script>window.broken = true</script><img src=x onerror='window.broken = true'></main>"
    opener.file.write_text(html.replace("</main>", planted), encoding="utf-8")
    found.page.reload()
    assert found.has_run_nothing()
    assert len([complaint for complaint in found.complaints if "Content Security Policy" in complaint]) >= 2


def test_a_click_sorts_by_number_and_another_turns_it_round(opener: Opener) -> None:
    page = opener().page
    button = header(page, SCORE).get_by_role("button")
    button.click()
    scores = column(page, SCORE)
    assert numbers(scores) == sorted(numbers(scores))
    assert header(page, SCORE).get_attribute("aria-sort") == "ascending"
    button.click()
    assert numbers(column(page, SCORE)) == sorted(numbers(scores), reverse=True)
    assert header(page, SCORE).get_attribute("aria-sort") == "descending"


def test_who_has_no_score_stays_at_the_end_either_way(opener: Opener) -> None:
    page = opener().page
    missing = len(ROLL.students) - len(GRADED)
    assert missing > 0
    for _ in range(2):
        header(page, SCORE).get_by_role("button").click()
        assert column(page, SCORE)[-missing:] == [""] * missing
        assert "" not in column(page, SCORE)[:-missing]


def test_names_sort_as_people_sort_them_and_only_one_column_says_that_it_is_sorted(opener: Opener) -> None:
    page = opener().page
    header(page, SCORE).get_by_role("button").click()
    header(page, STUDENT).get_by_role("button").click()
    names = column(page, STUDENT)
    collated = "names => names.toSorted(new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'}).compare)"
    assert names == page.evaluate(collated, names)
    assert page.locator("#roll th[aria-sort]").count() == 1


def test_sorting_needs_no_mouse(opener: Opener) -> None:
    page = opener().page
    header(page, SCORE).get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(header(page, SCORE)).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_name_is_found_without_its_accents_and_capitals(opener: Opener) -> None:
    page = opener().page
    wanted = [member.name for member in ROLL.students if "Țurcanu" in member.name]
    page.get_by_label("Name").fill("turcanu")
    assert shown(page) == len(wanted) > 0
    assert page.get_by_role("status").inner_text() == f"{len(wanted)} of 60 students"


def test_filters_add_up_and_one_button_takes_them_all_away(opener: Opener) -> None:
    page = opener().page
    page.get_by_label("Show", exact=True).select_option("late")
    page.get_by_label("Score from").fill("50")
    page.get_by_label("to", exact=True).fill("70")
    wanted = [
        m for m in GRADED if m.late is not None and m.late.periods and m.score is not None and 50 <= m.score <= 70
    ]
    assert shown(page) == len(wanted) > 0
    page.get_by_role("button", name="Show everybody").click()
    assert shown(page) == 60
    assert page.get_by_role("status").inner_text() == "60 students"


def test_a_mistake_leads_to_those_who_made_it(opener: Opener) -> None:
    page = opener().page
    first = page.locator(".ranking li").first
    first.get_by_role("button").click()
    count = int(first.locator("strong").inner_text().split()[0])
    assert shown(page) == count > 0
    assert page.get_by_label("Show", exact=True).evaluate("select => select === document.activeElement")


def test_a_filter_stays_while_the_table_is_sorted(opener: Opener) -> None:
    page = opener().page
    page.get_by_label("Show", exact=True).select_option("flagged")
    before = shown(page)
    header(page, SCORE).get_by_role("button").click()
    assert 0 < before == shown(page) < 60


def test_every_row_leads_to_a_report(opener: Opener) -> None:
    page = opener().page
    (opener.file.parent / "reports").mkdir()
    member = GRADED[0]
    (opener.file.parent / member.report).write_text("<title>the report</title>", encoding="utf-8")
    page.get_by_role("rowheader").filter(has_text=member.identifier).get_by_role("link").click()
    expect(page).to_have_title("the report")


def test_without_a_script_all_is_there_and_nothing_is_offered_that_does_not_work(opener: Opener) -> None:
    page = opener(has_script=False).page
    assert page.get_by_role("rowheader").count() == 60 + 2  # and two rows of costs
    assert page.get_by_role("button").count() == 0
    assert not page.get_by_label("Name").is_visible()
    assert page.locator(".needs-script").first.is_hidden()


@pytest.mark.parametrize("snapshot", CLASSES.values(), ids=CLASSES.keys())
def test_only_the_table_scrolls_sideways_on_a_phone(opener: Opener, snapshot: ClassSnapshot) -> None:
    page = opener(snapshot, width=PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_group_of_many_names_fits_the_page_of_code_in_common(opener: Opener, width: int) -> None:
    """Its row was one line that ran out of the page."""
    code = "def scaled(x, y):\n    total = x * y + x\n    return [total for _ in range(x)], total / (y + 1)\n"
    alike = {f"student-with-a-long-name-{number}": {"own.py": f"{code}# {number}\n"} for number in range(8)}
    found = compare(alike, [], least=0.1, most_groups=5)
    opener.file.write_text(render_likeness("Code", found, 0.1, opener.environment), encoding="utf-8")
    page = opener.windows.open(opener.file, width=width, scheme="light", has_script=True).page
    expect(page.locator("table.pairs")).to_contain_text("3 others")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_head_stays_in_sight_while_the_table_scrolls(opener: Opener) -> None:
    page = opener().page
    scroller = page.locator(".scroller")
    scroller.scroll_into_view_if_needed()
    scroller.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    box, head = scroller.bounding_box(), page.locator("#roll thead").bounding_box()
    assert box is not None
    assert head is not None
    assert abs(head["y"] - box["y"]) < 1


def test_a_row_has_its_cells_under_their_headers(opener: Opener) -> None:
    page = opener().page
    left = "row => [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left))"
    assert page.locator("#roll thead tr").evaluate(left) == page.locator("#roll tbody tr").first.evaluate(left)


def test_a_printed_class_is_a4_with_every_student_and_a_head_on_every_sheet(opener: Opener) -> None:
    page = opener(scheme="dark").page
    header(page, SCORE).get_by_role("button").click()
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    size = tuple(round(float(length) / 72 * 25.4) for length in reader.pages[0].mediabox[2:])
    texts = [sheet.extract_text() for sheet in reader.pages]
    with_rows = [text for text in texts if sum(member.identifier in text for member in ROLL.students) > 15]
    assert size == (210, 297)
    assert [member.identifier for member in ROLL.students if member.identifier not in " ".join(texts)] == []
    assert len(with_rows) > 1
    assert all("Passed" in text for text in with_rows)
    assert "Show" not in " ".join(texts)


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        *(("drawn", width, scheme) for width in (PHONE, DESK) for scheme in ("light", "dark")),
        *((name, DESK, "light") for name in CLASSES if name != "drawn"),
    ],
)
def test_axe_finds_no_barrier(opener: Opener, name: str, width: int, scheme: str) -> None:
    found = opener(SMALL if name == "drawn" else CLASSES[name], width=width, scheme=scheme)
    found.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    header(found.page, LAST).get_by_role("button").click()
    assert found.barriers() == []
