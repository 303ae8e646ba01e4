"""The report of a simulated day, asked through its HTTP API: it agrees with what the day itself counted."""

import re
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from highwater.__main__ import main
from highwater.checkout import ROOT
from highwater.deploy.rules.cost import estimate
from highwater.deploy.rules.counts import Usage
from tests.highwater.hand import Hand, day_and_an_hour, hand_on
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options
from twin.day.serve import Server

PAGE = (ROOT / "docs" / "operate.md").read_text()
SHOWN = re.compile(r"```\n\$ \.venv/bin/highwater (report (?:[^\n]*\\\n)*[^\n]*)\n(.*?)```", re.S)
DAY = "2026-11-23"
PRICES = ("--instance-price", "0.0376", "--static-price", "0.3008", "--memory", "4")


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """The day of `make run`, of six hosts, and an hour of the next one, in which five of them leave."""
    with day_and_an_hour(Options()) as day:
        yield day


@pytest.fixture
def hand(day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Hand]:
    with hand_on(day, monkeypatch, capsys) as hand:
        yield hand


def hours_of(day: Day) -> float:
    """The hours of the first day that its hosts ran, as the day knows them."""
    begin, end = MIDNIGHT, MIDNIGHT + timedelta(days=1)
    spans = (
        min(end, rdb.terminated_at or end) - max(begin, rdb.launched_at)
        for rdb in day.tickerplant.rdbs.values()
    )
    return sum(spans, timedelta()) / timedelta(hours=1)


def test_hosts_hours_and_launches_are_those_of_the_day(hand: Hand, day: Day) -> None:
    told = hand("report", "trades", "--day", DAY, "--json").json["told"]
    assert (told["hosts_at_begin"], told["most_hosts"], told["hosts_at_end"]) == (1, 6, 6)
    assert (told["launches"], told["releases"], len(told["rolled"])) == (5, 0, 5)
    assert told["host_hours"] == pytest.approx(hours_of(day), rel=0.001)
    assert told["minutes_without_live"] == 0 == day.recording.seconds_without_live


def test_the_cushion_is_at_most_what_is_told_and_at_least_that_less_the_boot(hand: Hand, day: Day) -> None:
    told = hand("report", "trades", "--day", DAY, "--json").json["told"]
    least = min(roll.cushion_minutes for roll in day.tickerplant.rolls)
    assert least <= told["cushion_at_most"] <= least + day.options.lead / 60 + 0.5


def test_the_bill_is_that_of_the_estimate_for_these_hours(hand: Hand) -> None:
    report = hand("report", "trades", "--day", DAY, *PRICES, "--log-gb", "3", "--json").json
    hours, money = report["told"]["host_hours"], report["money"]
    items = estimate(Usage(rdbs=6, rdb_hours=hours, log_gb=3, instance_price=0.0376))
    assert money["hosts"] == pytest.approx(hours * 0.0376)
    assert money["whole"] == pytest.approx(sum(item.per_day for item in items))
    assert money["hosts"] + sum(money["parts"].values()) == pytest.approx(money["whole"])
    assert money["static_host"] == pytest.approx(24 * 0.3008)
    assert money["static_whole"] > money["static_host"]
    assert report["gib_hours"] == pytest.approx(4 * hours)


def test_one_host_for_the_day_is_as_large_as_the_updates_of_the_day_need(hand: Hand, day: Day) -> None:
    least, most = hand("report", "trades", "--day", DAY, "--json").json["static_gib"]
    size = day.options.cluster.size
    needed = (size.idle_kib + day.options.feed.total * size.kib_per_update) / 0.85 / 2**20
    assert least * 0.95 <= needed <= most


def test_the_page_shows_what_is_printed_and_the_costs_are_those_of_the_simulated_day(hand: Hand) -> None:
    (words, printed), *others = SHOWN.findall(PAGE)
    assert others == []
    ran = hand(*shlex.split(words.replace("\\\n", " ")))
    assert (ran.status, ran.out) == (0, printed)
    # As the README has them, of the day itself and of the estimate.
    assert "3.08 USD for RDB hosts; 7.14 USD with" in ran.said
    assert "7.22 USD; 10.71 USD with" in ran.said


def test_today_is_reported_up_to_now_without_its_whole_bill(hand: Hand) -> None:
    ran = hand("report", "trades", "--instance-price", "0.0376")
    assert "Tuesday 24 November 2026 by UTC, up to 01:00 UTC" in ran.said
    assert "6 at its begin, 6 at most, 1 at its end; launches asked for 0, released 5" in ran.said
    assert "0.04 USD for RDB hosts static" in ran.said
    assert "the rest of the day, and its whole bill" in ran.said
    assert "give --static-price" in ran.said


def test_a_day_of_which_no_decision_names_a_live_rdb_has_no_one_host_for_it(hand: Hand) -> None:
    said = hand("report", "trades", "--day", "2026-11-22").said
    assert "0.2 of RDB hosts" in said
    assert "what was before 22 Nov 23:50 UTC: no decision is kept" in said
    assert "which RDBs were live, and the one host for all of it: no decision names one" in said
    assert ("rolled" in said, "static one" in said) == (False, False)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["trades", "--day", "2026-11-25"], "--day 2026-11-25: has not begun; it is 2026-11-24T01:00:00Z."),
        (["trades", "--day", "2026-11-21"], "--day 2026-11-21: no decision up to then is kept; "),
        (["trade"], "Did you mean trades? There is trades."),
    ],
)
def test_a_day_or_a_cluster_that_is_not_there_is_refused_in_a_sentence(
    hand: Hand, words: list[str], sentence: str
) -> None:
    ran = hand("report", *words)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--day", "yesterday"), "'yesterday' is no date such as 2026-11-23"),
        (("--memory", "0"), "--memory: must be a number from 0.0001 to 1,000,000, not '0'"),
        (
            ("--instance-price", "nan"),
            "--instance-price: must be a number from 0.0001 to 1,000,000, not 'nan'",
        ),
    ],
)
def test_bad_input_is_refused_by_its_option(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "trades", *words])
    assert (ended.value.code, sentence in capsys.readouterr().err) == (2, True)


def test_it_asks_the_api_that_make_serve_serves(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(day, port=0) as server, ThreadPoolExecutor(1) as client:
        url = f"http://127.0.0.1:{server.server_port}"
        asked = client.submit(main, ["report", "trades", "--day", DAY, "--url", url])
        while not asked.done():
            server.handle_request()
    assert asked.result() == 0
    assert "1 at its begin, 6 at most, 6 at its end" in capsys.readouterr().out
