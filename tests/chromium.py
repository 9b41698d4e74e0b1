"""A real Chromium for tests that look at pages, each opened from a file and watched while it is open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE, DESK = 360, 1000

expect.set_options(timeout=60_000)  # ms: a slow machine is no failure, and what comes does not wait for it

in_a_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser."""
    # Chromium's own sandbox needs privileges that a container or root does not have; the pages are ours.
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


def barriers(page: Page) -> list[tuple[str, str, list[object]]]:
    """List what axe-core finds."""
    found = Axe().run(page).response["violations"]
    return [(barrier["id"], barrier["impact"], [node["target"] for node in barrier["nodes"]]) for barrier in found]


@dataclass
class Opened:
    """A page and what happened while it was open."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def has_run_nothing(self) -> bool:
        """Tell whether nothing planted in the page has run."""
        return bool(self.page.evaluate("window.broken === undefined"))

    def background(self) -> str:
        """Give the colour of the page."""
        return str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    def barriers(self) -> list[tuple[str, str, list[object]]]:
        """List what axe-core finds."""
        return barriers(self.page)


@dataclass
class Windows:
    """A window with scripts and one without, in which files are opened in turn: a fresh one takes a second."""

    browser: Browser
    _kept: dict[bool, Opened] = field(default_factory=dict)

    def open(self, file: Path, *, width: int = DESK, scheme: str = "light", has_script: bool = True) -> Opened:
        """Open a file in place of the one before."""
        found = self._kept.get(has_script) or self._window(has_script)
        found.page.goto("about:blank")  # what the page before still asks for or complains of comes before this ends
        found.requests.clear()
        found.complaints.clear()
        found.page.set_viewport_size({"width": width, "height": 800})
        found.page.emulate_media(media="null", color_scheme=scheme)  # type: ignore[arg-type]  # a literal
        found.page.goto(file.as_uri())
        return found

    def _window(self, has_script: bool) -> Opened:
        page = self.browser.new_page(java_script_enabled=has_script)
        found = self._kept[has_script] = Opened(page)

        def note_request(request: Request) -> None:
            found.requests.append(request.url)

        page.on("request", note_request)
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("dialog", lambda dialog: found.complaints.append(dialog.message))
        return found
