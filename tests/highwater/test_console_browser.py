"""The console in a real Chromium: quick, alone with its own host, by keyboard, and honest when it is old."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from highwater.checkout import ROOT
from tests.highwater.browser import opened
from tests.highwater.console_scene import FakeApi, crowd, decision, serving
from tests.highwater.views import LIVE, NEXT, rdb, standby, view

MOST_SECONDS, LOADS = 2.0, 3
YESTERDAY = "2026-11-22"


def look_again(page: Page) -> None:
    """Look at once, as a page does that comes to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def wider_than_the_window(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_sixty_rdbs_and_two_thousand_decisions_are_there_within_two_seconds(browser: Browser) -> None:
    took = []
    with serving(crowd()) as server:
        for _ in range(LOADS):
            began = time.perf_counter()
            with opened(browser, server.address) as watched:
                page = watched.page
                page.get_by_text("2,000 as recorded, the newest first.").wait_for()
                took.append(time.perf_counter() - began)
                expect(page.locator("#rdbs li")).to_have_count(60)
                expect(page.locator("#decisions tr")).to_have_count(200)
                page.get_by_role("button", name="Show all 2,000").click()
                expect(page.locator("#decisions tr")).to_have_count(2000)
                expect(page.locator("canvas")).to_have_count(3)
                assert watched.hosts == {f"127.0.0.1:{server.server_port}"}
                assert watched.complaints == []
                assert server.guard.token not in page.url
            # What another program takes from this machine meanwhile is no fault of the page.
            if took[-1] < MOST_SECONDS:
                return
    raise AssertionError(f"it took {took} seconds")


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_it_fits_a_phone_and_a_screen_light_and_dark(browser: Browser, scheme: Any, width: int) -> None:
    how = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    shown = view(rdb(), standby(), code="raise")
    with (
        serving(FakeApi(shown, [decision("2026-11-23T09:58:10Z")])) as server,
        opened(browser, server.address, **how) as watched,
    ):
        page = watched.page
        expect(page.locator("canvas")).to_have_count(3)
        assert wider_than_the_window(page) <= 0
        page.get_by_role("button", name="Raise").click()
        assert wider_than_the_window(page) <= 0
        page.keyboard.press("Escape")
        page.get_by_role("link", name="All clusters").click()
        expect(page.get_by_role("heading", name="Clusters")).to_be_visible()
        assert wider_than_the_window(page) <= 0
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", back))) < 200) == (scheme == "dark")
        assert watched.complaints == []


def test_the_day_before_is_that_of_the_apis_day_also_while_today_is_still_read(browser: Browser) -> None:
    made = [decision(f"{day}T09:00:00Z") for day in (YESTERDAY, "2026-11-23")]
    held: list[Route] = []
    with (
        serving(FakeApi(decisions=made)) as server,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.route("**/days/2026-11-23", lambda route: held.append(route))
        page.goto(server.address)
        expect(page.locator("#decisions time")).to_have_attribute("datetime", "2026-11-23T09:00:00Z")
        page.get_by_role("button", name="The day before").click()
        expect(page.locator("#decisions time")).to_have_attribute("datetime", f"{YESTERDAY}T09:00:00Z")
        assert held


def test_a_day_before_can_be_opened(browser: Browser) -> None:
    told = {"key": "raise", "text": "raises fail"}
    before = [
        decision(f"{YESTERDAY}T09:00:00Z", rooms={LIVE: {"has": True, "why": "live at 70.0 %"}}),
        decision(f"{YESTERDAY}T09:30:00Z", code="raise", target=3, told=[told], reason="why <b>so</b>"),
        decision(f"{YESTERDAY}T10:00:00Z", cleared=[told]),
    ]
    with (
        serving(FakeApi(decisions=[*before, decision("2026-11-23T09:00:00Z")])) as server,
        opened(browser, server.address) as watched,
    ):
        page = watched.page
        expect(page.locator("#decisions tr")).to_have_count(1)
        page.get_by_role("button", name="The day before").click()
        expect(page.locator("#decisions tr")).to_have_count(3)
        expect(page.locator("#day-title")).to_have_text("Sun 22 Nov 2026")
        page.get_by_label("Only those that acted or refused").check()
        expect(page.locator("#decisions tr")).to_have_count(2)
        page.get_by_label("Only those that acted or refused").uncheck()
        row = page.locator("#decisions tr").nth(1)
        expect(row).to_contain_text("why <b>so</b>writes DesiredCapacity 3alert told: raise")
        page.locator("#minute").fill("575")
        read = f"09:35: live {LIVE[:7]}; alerts: raise; desired 2, alive 2, with room 1"
        expect(page.locator("#reading")).to_have_text(read)
        expect(page.locator("#live")).to_be_hidden()
        page.get_by_role("link", name="Now").click()
        expect(page.locator("#headline")).to_contain_text(f"{LIVE} is live")
        expect(page.locator("#decisions tr")).to_have_count(1)
        assert watched.complaints == []


@pytest.mark.parametrize("place", ["%", "../..", "trades/9999-12-31", "trades/x"])
def test_a_place_that_is_none_is_said_and_the_page_goes_on(browser: Browser, place: str) -> None:
    with serving(FakeApi()) as server, opened(browser, server.address) as watched:
        page = watched.page
        expect(page.locator("#headline")).to_contain_text(f"{LIVE} is live")
        page.evaluate("(place) => { location.hash = place; }", place)
        expect(page.get_by_role("alert")).to_contain_text("NO ANSWER: ")
        page.get_by_role("link", name="trades").click()
        expect(page.locator("#headline")).to_contain_text(f"{LIVE} is live")
        expect(page.get_by_role("alert")).to_be_hidden()


def test_a_broken_api_is_shown_as_such_and_what_is_old_is_marked_as_old(browser: Browser) -> None:
    fake = FakeApi()
    with serving(fake) as server, opened(browser, server.address) as watched:
        page = watched.page
        expect(page.locator("#headline")).to_contain_text(f"{LIVE} is live")
        fake.broken = (503, {"error": "DescribeAutoScalingGroups failed: Rate exceeded"})
        look_again(page)
        said = (
            "NO ANSWER: The API answered HTTP 503: DescribeAutoScalingGroups failed: Rate exceeded. Run this "
            "again. What is below is of 10:00:00 UTC."
        )
        expect(page.get_by_role("alert")).to_have_text(said)
        expect(page.locator("body")).to_have_class("old")
        expect(page.locator("#headline")).to_contain_text(f"{LIVE} is live")
        page.get_by_role("button", name="Raise").click()
        page.get_by_role("button", name="Show what it would do").click()
        expect(page.locator("#plan")).to_contain_text("DescribeAutoScalingGroups failed: Rate exceeded")
        expect(page.get_by_role("button", name="Do it")).to_be_disabled()
        fake.broken = None
        page.keyboard.press("Escape")
        look_again(page)
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator("body")).not_to_have_class("old")
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("open the address that the command printed last")


def test_what_cannot_be_taken_back_needs_a_tick_of_its_own(browser: Browser) -> None:
    fake = FakeApi(view(rdb(), standby()))
    fake.plan = {"tag": [NEXT]}
    with serving(fake) as server, opened(browser, server.address) as watched:
        page = watched.page
        page.get_by_role("button", name="Lower").click()
        page.get_by_role("button", name="Show what it would do").click()
        do = page.get_by_role("button", name="Do it")
        tick = page.get_by_label(f"{NEXT} is asked to drain, and terminated then. This can't be taken back.")
        expect(tick).to_be_focused()
        expect(do).to_be_disabled()
        tick.check()
        expect(do).to_be_enabled()
        page.get_by_label("How many").fill("2")
        expect(do).to_be_disabled()
        expect(tick).to_be_hidden()
        assert all(method == "GET" or body["dry_run"] for method, _, body in fake.asked)


def test_on_another_cluster_each_action_is_about_that_one(browser: Browser) -> None:
    fake = FakeApi()
    fake.others["quotes"] = {**view(rdb("i-0ddddddddddddddd4")), "cluster": "quotes"}
    with serving(fake, "trades") as server, opened(browser, server.address) as watched:
        page = watched.page
        expect(page.locator("#when")).to_contain_text("trades")
        page.get_by_role("link", name="quotes").click()
        expect(page.locator("#when")).to_contain_text("quotes")
        for name, path in (("Raise", "/clusters/quotes/capacity"), ("Lower", "/clusters/quotes/capacity")):
            page.get_by_role("button", name=name).click()
            expect(page.get_by_role("heading", name=f"{name}: quotes")).to_be_visible()
            page.get_by_role("button", name="Show what it would do").click()
            expect(page.locator("#plan")).to_contain_text("nothing at once")
            assert [sent for method, sent, _ in fake.asked if method == "POST"][-1] == path
            page.keyboard.press("Escape")


def test_a_cluster_that_does_not_answer_is_not_shown_by_what_another_one_was(browser: Browser) -> None:
    fake = FakeApi()
    fake.others["quotes"] = {**view(), "cluster": "quotes"}
    with serving(fake, "trades") as server, opened(browser, server.address) as watched:
        page = watched.page
        expect(page.locator("#when")).to_contain_text("trades")
        page.get_by_role("link", name="quotes").wait_for()
        fake.broken = (503, {"error": "DescribeAutoScalingGroups failed: Rate exceeded"})
        page.get_by_role("link", name="quotes").click()
        expect(page.get_by_role("alert")).to_contain_text("NO ANSWER")
        expect(page.locator("#live")).to_be_hidden()
        fake.broken = None
        look_again(page)
        expect(page.locator("#when")).to_contain_text("quotes")


@contextmanager
def command(*words: str, ready: str) -> Iterator[str]:
    """Run a command until it prints an address, and end it afterwards."""
    line = [sys.executable, "-m", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout
        try:
            yield next(found[0] for line in running.stdout if (found := re.search(ready, line)))
        finally:
            running.terminate()


def test_an_action_on_the_packaged_api_is_done_by_keyboard_and_seen(browser: Browser, tmp_path: Any) -> None:
    serve = ("twin", "serve", "--port", "0", "--start", "00:00", "--log", str(tmp_path / "log"))
    with (
        command(*serve, ready=r"http://[\d.:]+") as url,
        command("highwater", "console", "trades", "--url", url, ready="http://.*") as address,
        opened(browser, address) as watched,
    ):
        page = watched.page
        hosts = page.locator("#cards div", has_text="Hosts").locator("dd span")
        expect(hosts).to_have_text("1 of 1", timeout=20_000)
        page.get_by_role("button", name="Raise").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Raise: trades")).to_be_visible()
        page.get_by_label("How many").press("Enter")
        expect(page.locator("#plan")).to_contain_text("writes DesiredCapacity 2")
        expect(hosts).to_have_text("1 of 1")
        do = page.get_by_role("button", name="Do it")
        expect(do).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#plan")).to_contain_text("Done: carried-out.", timeout=20_000)
        page.keyboard.press("Escape")
        expect(hosts).to_have_text("2 of 2", timeout=20_000)
        expect(page.locator("#decisions")).to_contain_text("local asked at")
        assert watched.complaints == []
