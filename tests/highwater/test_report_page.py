"""The page of a day's report: the ledger of money, a picture of the day, and nothing from anywhere else."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from highwater.deploy.rules.cost import estimate, of_static_host
from highwater.deploy.rules.counts import Usage
from highwater.operate.commands import report
from highwater.terminal import Failed
from tests.highwater.browser import Watched
from tests.highwater.console_scene import FakeApi, decision
from tests.highwater.views import LIVE, NEXT, alert

DAY = "2026-11-22"
PRICES = ("--instance-price", "0.0376", "--static-price", "0.3008", "--memory", "4", "--log-gb", "3")
HOSTILE = "</script><img src=//evil.example onerror=alert(1)>"
SHORT = alert("short", f"raises fail: {HOSTILE}", since=f"{DAY}T09:41:00Z")
NO_LIVE = alert("no-live", f"no RDB is live since {DAY}T11:58:00Z", since=f"{DAY}T12:00:00Z")
CARD = re.compile(r"<dt>([^<]+)</dt><dd>([^<]+)<small>([^<]*)</small></dd>")


def rooms(**whys: str) -> dict[str, Any]:
    return {{"live": LIVE, "next": NEXT}[name]: {"has": True, "why": why} for name, why in whys.items()}


def recorded() -> FakeApi:
    """The API after a day with a roll, an alert that ended and one that stands."""
    lone = {"desired": 1, "counted": 1}
    boots = rooms(live="live at 80.0 %", next=f"pending, until {DAY}T09:50:00Z")
    return FakeApi(
        decisions=[
            decision("2026-11-21T20:00:00Z", **lone, rooms=rooms(live="live at 5.0 %")),
            decision(f"{DAY}T09:40:00Z", code="raise", target=2, **lone, rooms=rooms(live="live at 79.0 %")),
            decision(f"{DAY}T09:41:00Z", alerts=[SHORT], told=[SHORT], reason=HOSTILE, rooms=boots),
            decision(f"{DAY}T09:44:30Z", cleared=[SHORT], rooms=rooms(next="live at 4.0 %")),
            decision(f"{DAY}T12:00:00Z", alerts=[NO_LIVE], told=[NO_LIVE], refused=[
                {"what": HOSTILE, "reasons": [HOSTILE]}
            ]),
        ]
    )  # fmt: skip


def page_of(tmp_path: Path, fake: FakeApi, *words: str) -> Path:
    """Write the page as the command does."""
    path = tmp_path / "report.html"
    args = report.COMMAND.parser().parse_args(["trades", "--day", DAY, "--html", str(path), *words])
    day = report.recorded(fake.api(), args)
    report.write_page(day, report.report_of(day, args), args)
    return path


def cards(page: str) -> dict[str, tuple[str, str]]:
    """Value and small print of each card by its name."""
    return {name: (value, more) for name, value, more in CARD.findall(page)}


def test_the_page_has_the_ledger_of_the_day(tmp_path: Path) -> None:
    page = page_of(tmp_path, recorded(), *PRICES).read_text()
    hours = (9 + 40 / 60 + 1 / 60) + 2 * (14 + 19 / 60)
    usage = Usage(rdbs=2, rdb_hours=hours, log_gb=3, instance_price=0.0376)
    whole, static = (
        sum(item.per_day for item in items) for items in (estimate(usage), of_static_host(usage, 0.3008))
    )
    assert cards(page) == {
        "Hosts": ("2 at most", "1 at its begin, 2 at its end"),
        "GiB-hours": (f"{4 * hours:.0f}", f"{hours:.1f} hours of RDB hosts, at 4.0 GiB each"),
        "Cost": (f"${hours * 0.0376:.2f}", f"of RDB hosts; ${whole:.2f} with all that it needs"),
        "One static host": ("$7.22", f"${static:.2f} with what it needs; of 4.0 to 7.8 GiB"),
        "Launches": ("1", "asked for; 0 released"),
        "Least cushion": ("at most 4 minutes", "1 of 2 RDBs that were live rolled"),
        "Without a live RDB": ("12 h 02 min", "as far as alerts tell"),
        "Alerts": ("2", "1 of them now"),
    }
    saved = f"{100 * (1 - whole / static):.0f} % saved."
    assert f"${whole:.2f} with all that it needs, ${static:.2f} on one static host: {saved}" in page
    assert "<td>09:41 UTC to 09:44 UTC</td>" in page
    assert "<td>12:00 UTC stands</td>" in page


def test_the_bill_of_the_page_adds_up_on_both_sides(tmp_path: Path) -> None:
    page = page_of(tmp_path, recorded(), *PRICES).read_text()
    rows = re.findall(r'<th scope="row">[^<]+</th><td>([\d.-]+)</td><td>([\d.-]+)</td>', page)
    for side in zip(*rows, strict=True):
        *parts, whole = (float(usd) for usd in side if usd != "-")
        assert sum(parts) == pytest.approx(whole, abs=0.05)


def test_what_is_not_given_is_said_to_be_not_known(tmp_path: Path) -> None:
    page = page_of(tmp_path, recorded()).read_text()
    found = cards(page)
    assert (found["Cost"][0], found["One static host"][0]) == ("not known", "not known")
    assert "give --instance-price" in page
    assert "Costs in USD" not in page


def test_a_text_of_others_stays_a_text(tmp_path: Path) -> None:
    page = page_of(tmp_path, recorded(), *PRICES).read_text()
    assert HOSTILE not in page
    assert "&lt;/script&gt;&lt;img src=//evil.example" in page
    assert page.count("</script>") == 2
    assert not re.search(r"\b(?:src|href)=\"|@import", page)


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    args = report.COMMAND.parser().parse_args(["trades", "--day", DAY])
    args.html = tmp_path / "report.html"
    day = report.recorded(recorded().api(), args)
    told = report.report_of(day, args)
    with pytest.raises(Failed, match=r"^--html .*report\.html: cannot be written: Is a directory\.$"):
        report.write_page(day, told, args)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_it_opens_offline_on_a_phone_and_a_screen_light_and_dark(
    browser: Browser, tmp_path: Path, scheme: Any, width: int
) -> None:
    path = page_of(tmp_path, recorded(), *PRICES)
    how: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with browser.new_context(offline=True, **how) as context:
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(path.as_uri())
        expect(page.locator("canvas")).to_have_count(4)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.locator("#minute").fill(str(9 * 60 + 41))
        expect(page.locator("#reading")).to_contain_text("alerts: short; desired 2, alive 2, with room 1")
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", back))) < 200) == (scheme == "dark")
        assert (watched.complaints, watched.hosts) == ([], {""})
