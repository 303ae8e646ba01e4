"""A day is compared with the smallest single host that could hold it, with all that both cost besides."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.facts.calendar import Overnight
from highwater.deploy.rules.cost import estimate
from highwater.deploy.rules.counts import Usage
from highwater.market.feed import paper
from highwater.market.sessions import Session
from twin.day.costs import R6A, T3A, baseline_of, costs_of
from twin.day.options import Options

PAPER = paper().total


@pytest.mark.parametrize(
    ("updates", "options", "host"),
    [
        (1_000, Options(), "t3a.micro"),
        (50_000, Options(), "t3a.medium"),
        (PAPER, Options(), "t3a.2xlarge"),
        (PAPER, Options(kib_per_update=1), "t3a.micro"),
        (PAPER, Options(roll=50, scale=30), "r6a.2xlarge"),
        (5 * PAPER, Options(), "r6a.4xlarge"),
        (12 * PAPER, Options(), "r6a.8xlarge"),
        (100 * PAPER, Options(), None),
    ],
)
def test_the_baseline_is_the_smallest_host_that_holds_the_day_below_the_roll_threshold(
    updates: int, options: Options, host: str | None
) -> None:
    found = baseline_of(options, updates)
    assert (found and found.name) == host


@given(st.integers(0, 10**8))
def test_no_smaller_host_holds_the_day(updates: int) -> None:
    sizes = list((T3A | R6A).items())
    assert all(one.total_kib < next_.total_kib for (_, one), (_, next_) in pairwise(sizes))
    found = baseline_of(Options(), updates)
    for name, size in sizes:
        fits = size.idle_kib + updates * size.kib_per_update < 0.85 * size.total_kib
        assert fits == (found is not None and size.total_kib >= found.size.total_kib), name


def test_the_papers_day_saves_what_the_paper_says_and_a_small_day_saves_nothing() -> None:
    day = costs_of(Options(), PAPER, 6, 83.58, 24)
    assert (day["baseline_usd"], day["paper_baseline_usd"]) == (7.2192, 7.2192)
    assert (day["saving_percent"], day["paper_saving_percent"]) == (56.5, 56.5)
    small = costs_of(Options(), 1_000, 1, 24, 24)
    assert (small["saving_percent"], small["paper_saving_percent"]) == (-300, 87.5)


def test_the_papers_host_is_compared_with_only_where_it_holds_the_day() -> None:
    day = costs_of(Options(), 5 * PAPER, 28, 400, 24)
    assert (day["baseline_host"], day["paper_baseline_usd"], day["paper_saving_percent"]) == (
        "r6a.4xlarge",
        None,
        None,
    )


@pytest.mark.parametrize(("overnight", "hours"), [("one", 24), ("none", 6.5 + 1 + 700 / 3600)])
def test_a_single_host_rests_where_the_cluster_keeps_none_overnight(
    overnight: Overnight, hours: float
) -> None:
    trades = Options(sessions=(Session(34_200, 57_600),), grace=60, overnight=overnight)
    day = costs_of(trades, PAPER, 6, 40, 24)
    assert day["baseline_hours"] == round(hours, 2)
    assert day["baseline_usd"] == round(hours * 0.3008, 4)
    assert day["all_costs_usd"]["baseline"]["RDB hosts"] == day["baseline_usd"]
    assert day["paper_baseline_usd"] == 7.2192


@pytest.mark.parametrize(
    ("sessions", "hours"),
    [
        (((32_400, 43_200), (45_000, 57_600)), 8 + 700 / 3600),
        (((32_400, 43_200), (54_000, 57_600)), 4 + 2 * (1 + 700 / 3600)),
    ],
)
def test_a_single_host_that_does_not_rest_between_two_sessions_runs_through_once(
    sessions: tuple[tuple[int, int], ...], hours: float
) -> None:
    trades = Options(sessions=tuple(Session(*one) for one in sessions), grace=60, overnight="none")
    assert costs_of(trades, PAPER, 6, 40, 24)["baseline_hours"] == round(hours, 2)
    late = replace(trades, opens=43_200, until=43_200 + 7_200)
    rest = sum(sessions[1][0] - 700 > second > 46_800 for second in range(43_200, 50_400)) / 3600
    assert costs_of(late, PAPER, 6, 4, 2)["baseline_hours"] == pytest.approx(2 - rest, abs=0.01)


def test_all_costs_are_those_that_the_estimate_has_for_such_a_day() -> None:
    sides = costs_of(Options(), PAPER, 6, 83.58, 24)["all_costs_usd"]
    price = Options().cluster.size.usd_per_hour
    estimated = sum(i.per_day for i in estimate(Usage(rdbs=6, rdb_hours=83.58, instance_price=price)))
    assert sides["cluster"]["together"] == pytest.approx(estimated, abs=0.001)
    for side in sides.values():
        assert sum(usd for part, usd in side.items() if part != "together") == pytest.approx(side["together"])
    assert (sides["baseline"]["log"], sides["baseline"]["control plane"]) == (sides["cluster"]["log"], 0)


@pytest.mark.parametrize(("updates", "hours"), [(PAPER, 3.5), (100 * PAPER, 24)])
def test_a_run_that_is_no_whole_day_or_that_no_host_holds_has_no_costs_of_all(
    updates: int, hours: float
) -> None:
    costs = costs_of(Options(), updates, 6, 12, hours)
    assert (costs["all_costs_usd"], costs["saving_of_all_percent"]) == (None, None)
    assert costs["cost_usd"] == 0.4512
    assert (costs["saving_percent"], costs["paper_saving_percent"]) == (None, None)


def test_a_tickerplant_logs_as_much_as_is_published_of_what_an_update_takes() -> None:
    whole = costs_of(Options(), PAPER, 6, 83.58, 24)["log_gb"]
    assert whole == Usage().log_gb
    assert costs_of(Options(), 2 * PAPER, 12, 160, 24)["log_gb"] == 2 * whole
    size = Options().cluster.size.kib_per_update
    assert costs_of(Options(kib_per_update=size / 2), PAPER, 3, 80, 24)["log_gb"] == whole / 2
