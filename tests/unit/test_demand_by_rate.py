"""Demand by how fast data comes: runway, reserve, and a known open, each with its sentence (rule 1)."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.capacity.counted import capacity_of
from chalicelib.core.capacity.demand import Demand, demand_of
from chalicelib.core.decide import decide
from chalicelib.core.facts.calendar import Calendar, KeptCalendar, Session
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from tests.unit.arbitrary import facts
from tests.unit.builders import NOW, A, B, C, Facts, cluster, live, rdb, read, report, rolled, situation

# A host of the builders has 100 bytes, of which an idle one uses 5: a new one takes 80 until it rolls.
HOST = Learned(host_bytes=100.0)
MINUTE = timedelta(minutes=1)
BY_DEMAND = ClusterSettings(scale_threshold=85.0, lead=4 * MINUTE)


def filling(percent: int, by: float = 0.0) -> Rdb:
    """A live RDB that took so many points in each of the last minutes."""
    trail = tuple(read(percent - by * age, 1 + age) for age in range(17))[::-1]
    known = msgspec.structs.replace(live(percent), metric=trail[-1])
    return msgspec.structs.replace(known, trail=trail) if by else known


def standby() -> Rdb:
    return rdb(report(State.STANDBY, 5))


def demand(
    known: Facts,
    learned: Learned = HOST,
    configured: ClusterSettings = BY_DEMAND,
    opens_in: timedelta | None = None,
) -> Demand:
    ledger, group = known
    judged = situation((msgspec.structs.replace(ledger, learned=learned), group), configured)
    if opens_in is not None:
        hours = timedelta(hours=6)
        sessions = [
            Session(NOW + opens_in, NOW + opens_in + hours),
            Session(NOW + 5 * hours, NOW + 6 * hours),
        ]
        judged = msgspec.structs.replace(judged, kept=KeptCalendar(Calendar.of(sessions)))
    return demand_of(judged, capacity_of(judged))


@pytest.mark.parametrize(
    ("percent", "by", "count"),
    [
        (45, 4, 1),  # twice 4 points for 5 minutes are 40, and 40 are free
        (46, 4, 2),
        (45, 0.2, 1),
        (80, 2, 2),
        (60, 10, 2),  # 100, less 25
        (80, 10, 3),  # 100, less 5
    ],
)
def test_what_can_be_taken_must_last_for_the_lead_and_a_minute_at_twice_the_rate(
    percent: int, by: float, count: int
) -> None:
    assert demand(cluster({A: filling(percent, by)})).count == count


def test_the_sentence_says_it_with_the_numbers() -> None:
    learned = msgspec.structs.replace(HOST, host_bytes=100.0)
    found = demand(cluster({A: filling(80, 10), B: rolled()}), learned)
    assert (found.name, found.why) == (
        "runway",
        "3 wanted: runway, 1.2 hosts for 300 s at twice the 0 MiB a minute of the last minute; 1 with room, "
        "0.1 hosts free",
    )


def test_without_any_report_amounts_are_shares_of_a_host() -> None:
    measured = msgspec.structs.replace(filling(80, 10), report=None, received_at=None)
    found = demand(cluster({A: measured}), Learned())
    assert (found.count, found.known) == (3, True)
    assert "at twice the 10.0 % of a host a minute of the last minute" in found.why


def test_standbys_on_their_way_count_and_several_hosts_are_launched_in_one_write() -> None:
    known = cluster({A: filling(80, 25)})
    assert demand(known).count == 5  # 250, less 5, in hosts of 80
    ledger = msgspec.structs.replace(known[0], learned=HOST)
    assert decide(situation((ledger, known[1]), BY_DEMAND)).decision.target == 5
    owed = cluster({A: filling(80, 25), B: standby()}, desired=5)
    assert (
        decide(
            situation((msgspec.structs.replace(owed[0], learned=HOST), owed[1]), BY_DEMAND)
        ).decision.target
        is None
    )


def test_what_is_above_a_scale_threshold_takes_data_all_the_same() -> None:
    scaled = msgspec.structs.replace(BY_DEMAND, scale_threshold=60.0)
    assert demand(cluster({A: filling(65, 2), B: standby()}), configured=scaled).count == 1
    assert demand(cluster({A: filling(70, 2), B: standby()}), configured=scaled).count == 1
    assert demand(cluster({A: filling(70, 10), B: standby()}), configured=scaled).count == 2


def reserving(amount: float) -> Learned:
    """What is learned of a day of which eight times the mean is so much within 5 minutes."""
    return msgspec.structs.replace(HOST, before=amount / 8 / 300 * 86_400)


@pytest.mark.parametrize(("amount", "percent", "count"), [(40, 45, 1), (40, 46, 2), (400, 46, 6)])
def test_eight_times_the_mean_of_the_day_before_is_kept_in_reserve(
    amount: float, percent: int, count: int
) -> None:
    found = demand(cluster({A: live(percent)}), reserving(amount))
    assert found.count == count
    assert found.name == ("reserve" if count > 1 else "standby")


def test_a_lead_that_was_learned_counts_where_it_is_longer_than_the_tag() -> None:
    known = cluster({A: filling(45, 4)})
    assert demand(known, msgspec.structs.replace(HOST, leads=(60,))).count == 1
    assert demand(known, msgspec.structs.replace(HOST, leads=(300,))).count == 2


def test_on_a_first_day_there_is_no_reserve_and_without_readings_no_runway() -> None:
    assert demand(cluster({A: live(84)}), Learned()) == Demand(1, "1 with room, 1 wanted")
    unheard = demand(cluster({A: rdb(seen=1)}), Learned())
    assert (unheard.count, unheard.known) == (1, False)


@pytest.mark.parametrize(
    ("minutes", "count"), [(4 + 1.7, 1), (4 + 1.6, 2), (0.1, 2), (0, 2), (-9.9, 2), (-10, 1)]
)
def test_one_standby_more_is_there_by_a_known_open(minutes: float, count: int) -> None:
    now = datetime.fromisoformat("2026-11-23T12:00:00Z") - minutes * MINUTE
    assert now.tzinfo
    ledger, group = cluster({A: live(30)})
    judged = msgspec.structs.replace(situation((ledger, group), BY_DEMAND), now=now)
    opens = Calendar.of([Session(NOW, NOW + timedelta(hours=6))])
    judged = msgspec.structs.replace(judged, kept=KeptCalendar(opens))
    assert demand_of(judged, capacity_of(judged)).count == count


def test_the_open_wants_one_more_than_the_others_do() -> None:
    found = demand(cluster({A: filling(46, 4)}), opens_in=timedelta())
    assert (found.count, found.name) == (3, "open")
    assert found.why.startswith("3 wanted: runway, ")
    assert found.why.endswith(
        " of the last minute, and one more by the open at 2026-11-23T12:00:00Z; 1 with room"
    )


def test_the_open_that_adds_to_the_one_that_there_always_is_names_itself_alone() -> None:
    found = demand(cluster({A: live(46)}), Learned(), opens_in=timedelta())
    assert found.why == "2 wanted: one more by the open at 2026-11-23T12:00:00Z; 1 with room"


@pytest.mark.parametrize(("opens_in", "count"), [(60 * MINUTE, 1), (5 * MINUTE, 7), (-60 * MINUTE, 6)])
def test_between_sessions_that_are_known_nothing_is_kept_in_reserve(opens_in: timedelta, count: int) -> None:
    assert demand(cluster({A: live(46)}), reserving(400), opens_in=opens_in).count == count


@pytest.mark.parametrize("configured", [ClusterSettings(rule="fixed"), ClusterSettings(retiring=True)])
def test_neither_the_fixed_rule_nor_a_cluster_that_is_removed_has_such_demands(
    configured: ClusterSettings,
) -> None:
    learned = msgspec.structs.replace(HOST, before=1e6)
    found = demand(cluster({A: filling(50, 10), C: rolled()}), learned, configured, opens_in=timedelta())
    assert found.count == configured.standbys


@settings(deadline=None)
@given(facts, st.floats(0, 1e5), st.floats(0, 1e5))
def test_more_yesterday_never_means_less_today(known: Facts, more: float, less: float) -> None:
    less, more = sorted((less, more))
    counts = [demand(known, msgspec.structs.replace(HOST, before=before)).count for before in (less, more)]
    assert counts[0] <= counts[1]
