"""`grade review` in a real browser, with the keyboard alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest
import uvicorn
from chromium import PHONE, barriers, in_a_browser
from playwright.sync_api import Browser, Page, Route, expect
from review_cases import CODE, Classroom, Prepared, a_pdf, classroom, environment, form, prepared, rows_of

from grader.gradebook.records import NewMark
from grader.reporting.html import template_folder
from grader.review.access import Secrets, listening
from grader.review.app import review_app
from grader.review.marking_session import second_marking

DESK = 1280  # wide enough for two columns
NARROW_SCREEN, WIDE_SCREEN = {"width": PHONE, "height": 760}, {"width": DESK, "height": 800}
HOSTILE = "<img src=x onerror='window.broken = true'><script>window.broken = true</script>\n"
HANDED = {
    "ada": {**CODE, "review.txt": "Ada on residual learning"},
    "bob": {**CODE, "review.pdf": a_pdf("Bob on residual learning")},
    "cut": {**CODE, "review.pdf": a_pdf("Cut off")[:300]},
    "dan": {**CODE, "a.txt": HOSTILE + "a long line of text " * 400, "b.txt": "second"},
    "eve": {**CODE, "review.pdf": b"\0\1\2"},
}

pytestmark = in_a_browser


@dataclass
class Marker:
    """Somebody at their browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def type(self, *keys: str) -> None:
        """Press one key after the other, each by its name or as a sign, once the page listens."""
        self.page.locator("body[data-ready]").wait_for()
        for key in keys:
            self.page.keyboard.press(key)

    def expect_keyboard_in(self, place: str) -> None:
        """Expect that keys go to the element of that id, at the latest once the page listens."""
        self.page.locator("body[data-ready]").wait_for()
        expect(self.page.locator(f"#{place}")).to_be_focused()


@dataclass
class Office:
    """A class on its way to be marked, and the app of each marker, each with a session and a port of its own."""

    browser: Browser
    room: Classroom
    apps: dict[str, tuple[uvicorn.Server, threading.Thread, str]] = field(default_factory=dict)

    def address(self, who: str) -> str:
        """Start the app for somebody, or give where theirs is."""
        if who not in self.apps:
            listener = listening(0)
            port = listener.getsockname()[1]
            secrets = Secrets()
            app = review_app(self.room.session(who), environment(), template_folder(), port, secrets)
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            self.apps[who] = (server, thread, f"http://127.0.0.1:{port}/?token={secrets.token}")
        return self.apps[who][2]

    def close(self) -> None:
        """End every app."""
        for server, _, _ in self.apps.values():
            server.should_exit = True
        for _, thread, _ in self.apps.values():
            thread.join(30)

    def marker(self, who: str = "eve", path: str = "", *, width: int = DESK, scheme: str = "light") -> Marker:
        """Sit somebody down at a window of their own."""
        screen = WIDE_SCREEN if width == DESK else NARROW_SCREEN
        page = self.browser.new_page(viewport=screen, color_scheme=scheme)  # type: ignore[arg-type]  # literals
        marker = Marker(page)
        page.on("console", lambda message: marker.complaints.append(message.text))
        page.on("pageerror", lambda error: marker.complaints.append(str(error)))
        address = self.address(who)
        page.goto(address)
        if path:
            page.goto(address.split("/?")[0] + path)
        return marker


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(tmp_path_factory.mktemp("class"), HANDED)


def opened(browser: Browser, folder: Path, ready: Prepared) -> Iterator[Office]:
    with classroom(folder, ready) as room:
        office = Office(browser, room)
        yield office
        for context in browser.contexts:
            context.close()
        office.close()


@pytest.fixture
def office(browser: Browser, tmp_path: Path, ready: Prepared) -> Iterator[Office]:
    yield from opened(browser, tmp_path, ready)


@pytest.fixture(scope="module")
def quiet_office(browser: Browser, tmp_path_factory: pytest.TempPathFactory, ready: Prepared) -> Iterator[Office]:
    """Give an office where nobody saves anything, so that its process can be shared."""
    yield from opened(browser, tmp_path_factory.mktemp("office"), ready)


def test_two_who_mark_by_keyboard_alone_lose_nothing_where_they_meet(office: Office) -> None:
    eve, dan = office.marker("eve"), office.marker("dan")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Ada Name")
    dan.type("1", "1", "Tab", *"weak", "Enter")
    expect(dan.page.locator("#status")).to_have_text("Saved ada.")
    eve.type("1", "3", ".", "5", "ArrowDown", "f", "Enter")
    expect(eve.page.get_by_role("alert")).to_contain_text("dan saved this row while you were marking.")
    expect(eve.page.locator(".version").first).to_contain_text("1 of 4")
    expect(eve.page.locator(".version").last).to_contain_text("3.5 of 4")
    eve.type("m", "Enter")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Bob Name")
    expect(eve.page.locator("#status")).to_contain_text("Saved ada.")
    expect(eve.page.locator("#progress")).to_contain_text("1 of 5 marked")
    eve.type("1", "2", "c", *"axes?", "Enter")
    expect(eve.page.locator("#status")).to_have_text("Saved bob.")
    eve.type("2", "1", "Enter")
    expect(eve.page.locator("#progress")).to_contain_text("2 of 5 marked")
    assert rows_of(office.room.book.decisions.marks("tiny")) == [
        ("curve", 1, 1.5, "", "eve"), ("essay", 1, 1, "weak", "dan"), ("essay", 2, 3.5, "", "eve"),
        ("curve", 1, 1, "", "eve"), ("essay", 1, 2, "axes?", "eve"),
    ]  # fmt: skip


def test_a_comment_used_before_is_picked_by_its_number(office: Office) -> None:
    eve = office.marker("eve", "/student/1")
    eve.type("1", "c", *"own words?", "Enter")
    expect(eve.page.locator("#status")).to_have_text("Saved ada.")
    eve.type("j")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Bob Name")
    eve.type("1", "c", "1")
    eve.expect_keyboard_in("comment-essay")
    expect(eve.page.locator("#comment-essay")).to_have_value("own words?")
    eve.type("Enter")
    expect(eve.page.locator("#status")).to_have_text("Saved bob.")


def test_points_that_are_none_come_back_with_the_field_that_holds_them(office: Office) -> None:
    eve = office.marker("eve", "/student/1")
    eve.type("1", "9", "Enter")
    expect(eve.page.locator("#error-essay")).to_have_text("points are 9, expected 0 to 4")
    eve.expect_keyboard_in("points-essay")
    eve.type("j")
    expect(eve.page.locator("#status")).to_have_text("Not saved. Enter saves; j again leaves without saving.")
    assert office.room.book.decisions.marks("tiny") == []


def test_what_was_typed_stays_where_the_review_was_ended(office: Office) -> None:
    """The browser's own page that nobody answers came in its place, and a comment of many lines was gone."""
    eve = office.marker("eve", "/student/1")
    eve.page.route("**/icon.svg", lambda route: route.abort())
    eve.type("1", "3", "Tab", *"well said", "Enter")
    expect(eve.page.locator("#status")).to_contain_text("Nothing was saved: grade review does not answer")
    expect(eve.page.locator("#comment-essay")).to_have_value("well said")
    eve.page.unroute("**/icon.svg")
    eve.type("Enter")
    expect(eve.page.locator("#status")).to_have_text("Saved ada.")


def test_keys_while_a_mark_is_saved_do_not_change_it(office: Office) -> None:
    """What was typed until the server was known to answer went along with the mark."""
    eve = office.marker("eve", "/student/1")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.resource_type == "fetch":  # not the icon of the page, for which the browser asks when it likes
            held.append(route)
        else:
            route.continue_()

    eve.page.route("**/icon.svg", hold)
    eve.type("1", "3", "Enter")
    expect(eve.page.locator("#status")).to_have_text("Saving …")
    for key in ("4", "1", "4", "f", "j"):
        eve.page.keyboard.press(key)
    held[0].continue_()
    expect(eve.page.locator("#status")).to_have_text("Saved ada.")
    assert rows_of(office.room.book.decisions.marks("tiny")) == [("essay", 1, 3, "", "eve")]


def test_a_difference_is_settled_by_a_key(office: Office) -> None:
    book, ada = office.room.book, office.room.numbers["ada"]
    for about, points, who in (("tiny", 4, "eve"), (second_marking("tiny"), 1, "dan")):
        assert book.decisions.mark(ada, about, [NewMark("essay", "", Fraction(points), Fraction(4), "", 0)], who)
    eve = office.marker("eve", "/student/1")
    eve.type("s")
    expect(eve.page.get_by_label("The mark above stays")).to_be_checked()
    eve.type("j")
    expect(eve.page.locator("#status")).to_have_text("Not saved. Enter saves; j again leaves without saving.")
    eve.type("Enter")
    expect(eve.page.get_by_text("Settled: the mark above was saved after it.")).to_be_visible()


def test_a_student_is_not_left_unsaved_without_being_asked(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", "/student/1")
    eve.type("1", "3", "j")
    expect(eve.page.locator("#status")).to_have_text("Not saved. Enter saves; j again leaves without saving.")
    eve.type("j")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Bob Name")
    eve.type("k")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Ada Name")
    eve.type("k")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Eve Name")  # before the first stands the last


def test_the_keys_are_shown_and_put_away_by_a_key(quiet_office: Office) -> None:
    eve = quiet_office.marker()
    eve.type("?")
    expect(eve.page.get_by_role("dialog")).to_be_visible()
    eve.type("j", "Escape")
    expect(eve.page.get_by_role("dialog")).to_be_hidden()
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Ada Name")


def test_whoever_has_the_keyboard_sees_where_it_is(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", "/students")
    for _ in range(6):
        eve.type("Tab")
        assert eve.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    eve.page.goto(eve.page.url.replace("/students", "/student/1"))
    eve.type("2")
    assert eve.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def await_viewer(marker: Marker) -> None:
    """Wait until the browser's viewer of PDFs is there and done: what is typed while it takes the keyboard is lost."""
    for _ in range(200):
        if any(frame.url.startswith("chrome-extension://") for frame in marker.page.frames):
            marker.page.wait_for_timeout(3000)
            return
        marker.page.wait_for_timeout(100)
    raise AssertionError("no viewer opened")


def test_a_pdf_is_shown_by_the_browser_and_lets_go_of_the_keyboard(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", "/student/2")
    expect(eve.page.locator("iframe")).to_be_visible()
    await_viewer(eve)
    eve.type("w")
    expect(eve.page.locator("#sheet")).to_be_focused()
    expect(eve.page.get_by_text("The write-up has the keyboard.")).to_be_visible()
    eve.page.mouse.move(1200, 400)
    expect(eve.page.locator("#marks")).to_be_focused()
    expect(eve.page.get_by_text("The write-up has the keyboard.")).to_be_hidden()
    eve.type("1")
    eve.expect_keyboard_in("points-essay")


def test_a_broken_pdf_does_not_take_the_keyboard_away(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", "/student/3")
    expect(eve.page.get_by_text("review.pdf has no end and may be damaged")).to_be_visible()
    await_viewer(eve)  # it puts its own message up, and the keyboard on it
    eve.type("1", "2", ".", "5")
    expect(eve.page.locator("#points-essay")).to_have_value("2.5")
    eve.type("j", "j")
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Dan Name")


def test_nothing_from_a_submission_runs_and_its_files_are_a_key_apart(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", "/student/4")
    expect(eve.page.locator("pre#sheet")).to_contain_text("<img src=x onerror=")
    assert eve.page.evaluate("window.broken === undefined")
    assert eve.page.locator("main img, main script").count() == 0
    eve.type("]")
    expect(eve.page.locator("pre#sheet")).to_have_text("second")
    eve.type("[")
    expect(eve.page.locator("pre#sheet")).to_contain_text("a long line of text")
    assert eve.complaints == []


def test_a_phone_scrolls_in_one_direction_only(quiet_office: Office) -> None:
    eve = quiet_office.marker("eve", width=PHONE)
    root = eve.page.url.split("/student")[0]
    for path in ("/student/1", "/student/3", "/student/4", "/student/5", "/students", "/student/99"):
        eve.page.goto(root + path)
        assert eve.page.evaluate("document.documentElement.scrollWidth") <= PHONE, path


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_no_barrier(quiet_office: Office, width: int, scheme: str) -> None:
    eve = quiet_office.marker("eve", width=width, scheme=scheme)
    root = eve.page.url.split("/student")[0]
    for path in ("/student/2", "/students", "/student/4"):
        eve.page.goto(root + path)
        assert barriers(eve.page) == []
    eve.type("1", "9", "Enter")
    expect(eve.page.locator("#error-essay")).to_be_visible()
    assert barriers(eve.page) == []
    eve.type("Escape", "?")
    assert barriers(eve.page) == []


def test_axe_finds_no_barrier_where_two_versions_meet_and_where_all_is_done(office: Office) -> None:
    eve = office.marker("eve", "/student/5", scheme="dark")
    office.room.client("dan").post("/student/5", data=form(essay="1", comment_essay="x"))
    eve.type("1", "2", "Enter")
    expect(eve.page.get_by_role("alert")).to_be_visible()
    assert barriers(eve.page) == []
    for number in range(1, 6):
        fields = form(essay="1", curve="1", follows_essay="1" if number == 5 else "")
        office.room.client("dan").post(f"/student/{number}", data=fields)
    eve.page.goto(eve.page.url.split("/student")[0])
    expect(eve.page.get_by_role("heading", level=1)).to_have_text("Everything is marked")
    assert barriers(eve.page) == []
