"""The browser and its windows, which the tests of this folder share: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import Windows, chromium
from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Give a browser, which ends with the folder: its event loop would be in the way of tests elsewhere."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def windows(browser: Browser) -> Iterator[Windows]:
    """Give windows to open files in."""
    yield Windows(browser)
    for context in browser.contexts:
        context.close()
