"""A real Chromium, for pages; where none is installed the tests that need one are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium as root has no sandbox, and asks its maker for nothing.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-component-update"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run it without a window."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium is installed: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page of which each request and each complaint is kept."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))


@contextmanager
def opened(browser: Browser, address: str, **how: Any) -> Iterator[Watched]:
    """Open a page as a person does, by its address."""
    with browser.new_context(**how) as context:
        watched = Watched(context.new_page())
        watched.page.goto(address)
        yield watched
