"""Whole days through the real handlers on the embedded AWS: what the product promises of a trading day."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import msgspec
import pytest

from highwater.deploy.rules.counts import Usage, counts_of
from highwater.market.feed import Feed
from highwater.market.memory import USUAL_COLUMNS
from highwater.market.sessions import Session
from highwater.size.choice import Choice, FeedOfDay, Market
from highwater.size.running import run_days
from highwater.whatif.host_types import HOST_TYPES
from twin.aws.delivery import Faults
from twin.day.figures import measure
from twin.day.options import Options, fixed


def quick(hours: int) -> Options:
    """The paper's updates six times as fast, so each host as full, for some hours."""
    updates = dict.fromkeys(range(60 * hours), 319_948 / 240)
    # A quarter of an hour after the last update no launch is on its way.
    end = hours * 3600 + 15 * 60
    return fixed(feed=Feed(updates), end_of_day=end, until=end + 45 * 60)


SHORT = quick(hours=2)
DAYS = {
    "60/85": fixed(),
    "short": SHORT,
    "short, on the wire": replace(SHORT, whole_wire=True),
    "only alarm": replace(SHORT, only="alarm"),
    "only report": replace(SHORT, only="report"),
    "only sweep": replace(SHORT, only="sweep"),
    "lossy": replace(quick(hours=4), faults=Faults(loss=0.3, duplicates=0.3, delay=90, seed=1)),
    "demand": Options(),
}
# Half an hour of calm, then two hosts full in ten minutes: by the fixed rule nobody stands by in time.
BURST = fixed(
    feed=Feed(dict.fromkeys(range(30), 100.0) | dict.fromkeys(range(30, 40), 13_000.0)),
    lead=600,
    sessions=(Session(0, 3600),),
    grace=60,
    end_of_day=7200,
    until=3 * 3600,
)
# Some six GiB in three hours. Each host's memory leaps from 30 to 56 %, and has no room for twice as much.
DOUBLING = Options(
    feed=Feed(dict.fromkeys(range(180), 600.0)),
    columns=USUAL_COLUMNS,
    sessions=(Session(0, 3 * 3600),),
    grace=60,
    end_of_day=4 * 3600,
    until=5 * 3600,
)
OTHERS = {"burst": BURST, "doubling": DOUBLING}
SIZED = ("60/85", "demand", *OTHERS)

Results = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="session")
def days() -> Results:
    """The results of all days, run two at a time."""
    # New processes: what other tests hold of moto in this one is not of these days.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        asked = DAYS | OTHERS
        measured = pool.map(measure, [(name, "", options) for name, options in asked.items()])
        return dict(zip(asked, measured, strict=True))


@pytest.mark.parametrize("name", DAYS)
def test_a_day_loses_nothing_ends_no_loaded_rdb_and_launches_once_for_each_need(
    days: Results, name: str
) -> None:
    result = days[name]
    whole = DAYS[name].feed.total > SHORT.feed.total
    promised = {
        "updates_total": 319_948 if whole else 159_974,
        "updates_unheld": 0,
        "unsafe_terminations": 0,
        "double_launches": 0,
        "final_desired": 1,
        "handler_failures": 0,
        "hosts": 6 if whole else 4,
    }
    assert {key: result[key] for key in promised} == promised


@pytest.mark.parametrize("name", [name for name in DAYS if name != "lossy"])
def test_an_rdb_is_live_at_every_minute_of_the_day(days: Results, name: str) -> None:
    assert days[name]["minutes_without_live"] == 0
    # Demand launches no earlier than it takes.
    assert days[name]["cushion_minutes"]["least"] > (2 if name == "demand" else 10)


def test_a_day_costs_what_the_paper_says(days: Results) -> None:
    assert days["60/85"]["cost_usd"] == pytest.approx(3.19, rel=0.04)


@pytest.mark.parametrize("trigger", ["alarm", "report", "sweep"])
def test_each_trigger_alone_brings_every_launch(days: Results, trigger: str) -> None:
    result = days[f"only {trigger}"]
    raises = [d for d in result["decisions"] if d.get("target") and d["at"] >= "2026-11-23"]
    assert [d["triggers"] for d in raises] == [[trigger]] * 3


def test_a_day_is_the_same_below_the_wire_as_wholly_on_it(days: Results) -> None:
    above, below = ({**days[name], "wall_seconds": 0} for name in ("short, on the wire", "short"))
    assert above == below


def test_the_estimate_of_the_days_cost_has_each_of_its_counts_within_a_tenth(days: Results) -> None:
    day = days["demand"]
    counted = day["counted"]
    usage = Usage(rdbs=day["hosts"], rdb_hours=day["instance_hours"], standby_hours=counted["standby_hours"])
    estimated = {
        name: count for name, count in msgspec.to_builtins(counts_of(usage)).items() if name in counted
    }
    assert len(estimated) == 8
    assert estimated == pytest.approx({name: counted[name] for name in estimated}, rel=0.1)


@pytest.mark.parametrize("name", SIZED)
def test_a_sizing_says_of_a_day_what_the_whole_control_plane_does(days: Results, name: str) -> None:
    options, result = (DAYS | OTHERS)[name], days[name]
    choice = Choice(
        HOST_TYPES["t3a.medium"],
        options.rule,
        options.scale,
        options.roll,
        options.hard,
        options.lead,
        "one" if options.sessions else "off",
    )
    feed = FeedOfDay(name, options.feed, options.feed.total, None, options.end_of_day)
    market = Market((feed,), options.sessions, options.grace, options.max_size, options.columns)
    (row,) = run_days([choice], market, 1, 1.0, lambda _share: None)
    # Until midnight one host stays.
    stays = (24 - (options.until or 86_400) / 3600) * choice.host.size.usd_per_hour
    assert row.usd == pytest.approx(result["cost_usd"] + stays, rel=0.01)
    assert row.minutes_without_live == pytest.approx(result["minutes_without_live"], abs=0.2)
    assert (row.minutes_without_live > 1) == (name in OTHERS)
    assert row.hosts == result["hosts"]
    assert row.least_cushion == pytest.approx(result["cushion_minutes"]["least"], abs=1)
