"""The day in a second: what it gives is what the whole twin gives, and demand keeps its promises on it."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.facts.learned import Learned
from highwater.market.feed import Feed, paper
from highwater.market.rdb import SIZES, Cluster
from highwater.whatif.simulation import Answer, Question, Simulation

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
MEDIUM = SIZES["medium"]
VOLUME = 319_948
HOST = Learned(host_bytes=MEDIUM.total_kib * 1024)


def simulated(feed: Feed, lead: int = 60, rule: str = "demand", hard: float | None = 92.0) -> Answer:
    cluster = Cluster("trades", MEDIUM, 60, 85, hard)
    before = feed.total * MEDIUM.kib_per_update * 1024
    learned = Learned(host_bytes=HOST.host_bytes, before=before)
    tags = {"highwater:rule": rule}
    return Simulation(Question(cluster, feed, MIDNIGHT, lead, tags=tags, learned=learned)).run()


def test_under_the_fixed_rule_the_papers_day_is_that_of_the_whole_twin() -> None:
    """Launches and cost as `python -m twin day --rule fixed` has them (docs/figures.md)."""
    found = simulated(paper(), rule="fixed", hard=None)
    launches = [f"{at:%T}" for at in found.launches]
    assert launches == ["09:34:10", "10:53:30", "12:06:20", "13:19:10", "14:32:00"]
    assert found.hours == pytest.approx(83.58, rel=0.001)
    assert (found.minutes_without_live, found.unheld) == (0, 0)


def test_by_demand_the_papers_day_costs_less_than_under_the_fixed_rule() -> None:
    found = simulated(paper())
    assert found.hours < 82.5
    assert (found.minutes_without_live, found.minutes_in_overdraft, found.unheld) == (0, 0, 0)


def burst() -> Feed:
    """Hours of calm, then as much in an hour as before in ten."""
    calm = dict.fromkeys(range(600), 1.0)
    return Feed({**calm, **{600 + minute: 10.0 for minute in range(60)}}).scaled(2 * VOLUME)


def test_a_burst_that_the_fixed_rule_does_not_survive_is_held_and_its_standbys_are_handed_back() -> None:
    """Launches take five minutes."""
    fixed, found = simulated(burst(), 300, rule="fixed", hard=None), simulated(burst(), 300)
    assert fixed.minutes_without_live > 1
    assert (found.minutes_without_live, found.unheld) == (0, 0)
    handed_back = [decision for decision in found.decisions if decision.tag]
    assert handed_back
    assert all(decision.at > MIDNIGHT + timedelta(hours=11) for decision in handed_back)


def test_what_is_overdrawn_is_handed_over_as_soon_as_somebody_stands_by() -> None:
    """With no scale threshold to speak of and no demand, every standby comes too late."""
    cluster = Cluster("trades", MEDIUM, 84.9, 85, 98.0)
    tags = {"highwater:rule": "fixed", "highwater:scale-threshold": "84.9"}
    slow = paper().scaled(3 * VOLUME)
    found = Simulation(Question(cluster, slow, MIDNIGHT, 60, tags=tags)).run()
    assert found.minutes_in_overdraft > 5
    assert (found.minutes_without_live, found.unheld) == (0, 0)
