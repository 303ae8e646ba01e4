"""While the ledger cannot be read another stands in for it: it raises one host at a time, releases none."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given

from chalicelib.contract.report import State
from chalicelib.core.capacity.counted import released_since
from chalicelib.core.decide import decide
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.ledger import (
    Asked,
    Fails,
    Ledger,
    Standing,
)
from chalicelib.core.facts.rdb import DrainAsked, Hold, Rdb
from chalicelib.core.facts.situation import situation_of
from chalicelib.core.facts.stand_in import mended
from chalicelib.core.facts.voices import Contradiction, Unanswered
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.arbitrary import facts, floors, rdbs
from tests.unit.builders import (
    EMPTY,
    HOLD,
    NOW,
    A,
    B,
    C,
    D,
    Facts,
    ago,
    cluster,
    decision,
    drained,
    due,
    gone,
    leaving,
    live,
    rdb,
    read,
    report,
    rolled,
    situation,
)

WHY = "the ledger of trades cannot be decoded: Invalid value 2 - at `$.schema`"


def blind(known: Facts) -> Facts:
    ledger, group = known
    return msgspec.structs.replace(ledger, stands_in=WHY), group


def test_it_is_told_why_and_nobody_is_released() -> None:
    ledger, group = blind(cluster({A: live(20), B: drained()}))
    made = decide(situation_of(ledger, Choice(group), NOW)).decision
    (alert,) = made.told
    assert alert.key == "unreadable"
    assert alert.text.startswith(f"{WHY}; another stands in for it")
    assert made.release == ()
    assert alert.text in made.refused[0].reasons


def test_a_full_cluster_is_raised_by_one_host() -> None:
    found = due(blind(cluster({A: live(70)})))
    assert (found.code, found.target) == ("raise", 2)


def test_a_floor_is_raised_one_host_at_a_time() -> None:
    asks = [SetFloor("c1", "ann", NOW, 4)]
    assert due(blind(cluster({A: live(30)})), asks).target == 2
    ahead = blind(cluster({A: live(30)}, asked=Asked(2, ago(1))))
    found = due(ahead, asks)
    assert (found.code, found.target) == ("waiting", None)
    assert found.reason.endswith("one host at a time while the ledger cannot be read")


@given(facts, floors)
def test_no_raise_is_more_than_one_above_what_describe_shows(known: Facts, asks: list[SetFloor]) -> None:
    found = due(blind(known), asks)
    if found.target is not None:
        counted = len(decide(situation(known)).commanded.capacity.counted)
        assert found.target <= max(known[1].desired + 1, counted)
        assert found.target > known[1].desired


@given(facts)
def test_but_for_the_step_it_raises_as_the_ledger_would(known: Facts) -> None:
    plain, found = due(known), due(blind(known))
    if plain.target is not None and known[0].asked is None:
        assert found.target is not None
        assert found.target <= plain.target


def test_a_mended_ledger_takes_over_what_was_asked_told_and_held_meanwhile() -> None:
    ledger = msgspec.structs.replace(cluster({A: live(), B: live()})[0], version=7, commands={"c1": ago(60)})
    stand_in = Ledger(
        "trades",
        version=3,
        rdbs={A: msgspec.structs.replace(ledger.rdbs[A], hold=HOLD)},
        asked=Asked(3, ago(1), version=2),
        commands={"c2": ago(2)},
        hold=HOLD,
        alerts={"unreadable": Standing(ago(5))},
        stands_in=WHY,
        short_since=ago(4),
        owed_since=ago(3),
        raise_fails=Fails(ago(2), 1, "no"),
    )
    after = mended(ledger, stand_in)
    assert after.asked == Asked(3, ago(1), version=8)
    assert (after.short_since, after.owed_since, after.raise_fails) == (
        ago(4),
        ago(3),
        Fails(ago(2), 1, "no"),
    )
    assert (after.version, after.stands_in, after.hold) == (7, "", HOLD)
    assert after.commands.keys() == {"c1", "c2"}
    assert (after.rdbs[A].hold, after.rdbs[B].hold) == (HOLD, None)
    assert "unreadable" in after.alerts


def test_the_release_of_one_that_died_meanwhile_follows_what_was_asked_before_it() -> None:
    ledger, _ = cluster({A: live(), B: live()}, asked=Asked(3, ago(5), version=7))
    ledger = msgspec.structs.replace(ledger, version=7)
    gone = {A: msgspec.structs.replace(ledger.rdbs[A], released_at=ago(1), released_in=2)}
    after = mended(ledger, Ledger("trades", version=3, rdbs=gone))
    assert after.asked
    assert released_since(after, after.asked, NOW) == 1
    asked_since = mended(ledger, Ledger("trades", version=3, rdbs=gone, asked=Asked(4, ago(1), version=3)))
    assert asked_since.asked
    assert released_since(asked_since, asked_since.asked, NOW) == 0


def test_what_was_asked_before_is_no_news() -> None:
    newer = Asked(4, NOW, version=6)
    ledger = Ledger("trades", asked=newer)
    older = Ledger("trades", asked=Asked(3, NOW - timedelta(minutes=5), version=2))
    assert mended(ledger, older).asked == newer


def again(old: Facts, meanwhile: dict[str, Rdb]) -> Facts:
    """A cluster whose ledger can be read again, after another stood in for it that knew these RDBs."""
    return mended(old[0], Ledger("trades", rdbs=meanwhile, stands_in=WHY)), old[1]


def test_an_rdb_that_reported_data_meanwhile_is_not_released_on_what_it_said_before() -> None:
    old = cluster({A: live(30), B: drained(8), C: rdb(report(State.STANDBY, 4, instance_id=C))})
    assert leaving(decision(old)) == (B,)
    refilled = rdb(report(State.LIVE, 5, 1, instance_id=B, rows=5000), metric=read(5.5))
    after = again(old, {B: refilled})
    assert leaving(decision(after)) == ()
    found = after[0].rdbs[B]
    assert (found.report, found.received_at, found.metric) == (
        refilled.report,
        refilled.received_at,
        refilled.metric,
    )
    assert (found.first_drained_at, found.proven) == (None, False)
    assert found.contradiction == Contradiction(ago(1), State.DRAINED, State.LIVE)


def test_of_two_reports_that_with_the_higher_sequence_counts_with_its_proof() -> None:
    old, new = live(30, minutes=9), drained(2)
    assert again(cluster({A: old}), {A: new})[0].rdbs[A].proven_empty
    assert again(cluster({A: new}), {A: old})[0].rdbs[A].proven_empty
    silent = msgspec.structs.replace(new, report=None, received_at=None, first_drained_at=None)
    assert again(cluster({A: new}), {A: silent})[0].rdbs[A].proven_empty


@given(rdbs, rdbs)
def test_a_mended_ledger_never_forgets_a_newer_fact_of_an_rdb(old: Rdb, new: Rdb) -> None:
    found = again(cluster({A: old}), {A: new})[0].rdbs[A]
    sequences = [known.report.sequence for known in (old, new) if known.report]
    assert (found.report.sequence if found.report else None) == max(sequences, default=None)
    if found.proven_empty:
        assert any(known.proven_empty and known.report == found.report for known in (old, new))
    metrics = [known.metric.at for known in (old, new) if known.metric]
    assert (found.metric.at if found.metric else None) == max(metrics, default=None)
    peaks = [known.peak.percent for known in (old, new) if known.peak]
    assert (found.peak.percent if found.peak else None) == max(peaks, default=None)


def test_an_rdb_whose_q_stopped_answering_meanwhile_keeps_its_window() -> None:
    silent = rdb(report(State.UNKNOWN, minutes=1), unanswered=Unanswered(ago(3)))
    found = again(cluster({A: live(30, minutes=9)}), {A: silent})[0].rdbs[A]
    assert found.unanswered == Unanswered(ago(3), State.LIVE, "window (0, 9], 1000 rows", span=(0, 9))


def test_an_rdb_that_had_been_ready_and_boots_anew_is_one_that_restarted() -> None:
    old = msgspec.structs.replace(live(30, minutes=9), ready_at=ago(9))
    found = again(cluster({A: old}), {A: rdb(report(State.BOOTING, minutes=2))})[0].rdbs[A]
    assert (found.state, found.ready_at, found.restarted_at) == (State.BOOTING, ago(9), ago(2))


Said = list[tuple[float, State]]


def heard(said: Said, known: Ledger = EMPTY) -> Ledger:
    """A ledger after these reports of one RDB, each so many minutes ago."""
    for minutes, state in said:
        known, _ = with_report(known, report(state, minutes=minutes), ago(minutes))
    return known


@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        # It does not answer all the time, and did not shortly before.
        ([(30, State.LIVE), (12, State.UNKNOWN)], [(5, State.UNKNOWN), (1, State.UNKNOWN)]),
        ([(30, State.LIVE), (20, State.UNKNOWN), (11, State.LIVE)], [(9, State.UNKNOWN), (1, State.UNKNOWN)]),
        # It did not answer until the stand-in heard it, or until later.
        ([(30, State.LIVE), (20, State.UNKNOWN)], [(11, State.LIVE)]),
        ([(30, State.LIVE), (20, State.UNKNOWN)], [(14, State.UNKNOWN), (11, State.LIVE), (10, State.LIVE)]),
        ([(30, State.LIVE), (20, State.UNKNOWN), (11, State.LIVE)], [(10, State.LIVE), (9, State.LIVE)]),
        # It restarts, once or twice, or is well again.
        ([(30, State.LIVE), (20, State.BOOTING)], [(10, State.LIVE), (5, State.BOOTING), (4, State.BOOTING)]),
        ([(30, State.LIVE), (20, State.BOOTING)], [(10, State.BOOTING), (5, State.UNKNOWN)]),
        ([(30, State.LIVE)], [(10, State.LIVE), (9, State.BOOTING), (5, State.LIVE), (4, State.LIVE)]),
        ([(30, State.LIVE), (20, State.BOOTING), (8, State.LIVE)], [(5, State.LIVE), (4, State.LIVE)]),
        ([(30, State.LIVE), (20, State.BOOTING), (8, State.LIVE)], [(5, State.BOOTING), (4, State.UNKNOWN)]),
        ([(30, State.LIVE), (20, State.BOOTING), (14, State.LIVE)], [(5, State.LIVE), (4, State.LIVE)]),
    ],
)
def test_the_deadlines_of_an_rdb_are_those_of_one_ledger_that_heard_it_all(
    before: Said, meanwhile: Said
) -> None:
    found = mended(heard(before), msgspec.structs.replace(heard(meanwhile), stands_in=WHY)).rdbs[A]
    alone = heard([*before, *meanwhile]).rdbs[A]
    for field in ("unanswered", "lapse", "restarted_at", "returned_at", "live_since"):
        assert getattr(found, field) == getattr(alone, field), field


def test_an_rdb_whose_newest_report_names_no_release_keeps_that_of_before() -> None:
    old = msgspec.structs.replace(rdb(report(State.ROLLED, 88, 9)), release="0.3.0", q_release="0.2.0")
    found = again(cluster({A: old}), {A: drained(1)})[0].rdbs[A]
    assert (found.state, found.release, found.q_release) == (State.DRAINED, "0.3.0", "0.2.0")


def test_an_rdb_that_was_launched_meanwhile_is_taken_over_with_its_hold_and_its_drain() -> None:
    drain = DrainAsked("ann", ago(1))
    launched = msgspec.structs.replace(drained(), hold=HOLD, drain=drain, tagged=True)
    after = again(cluster({A: live()}), {D: launched})
    assert after[0].rdbs[D] == launched


def test_of_two_holds_and_of_two_drains_the_younger_stands() -> None:
    old = msgspec.structs.replace(
        drained(), hold=Hold("old", "ann", ago(9)), drain=DrainAsked("ann", ago(9)), tagged=True
    )
    new = msgspec.structs.replace(drained(), hold=Hold("new", "bob", ago(1)), drain=DrainAsked("bob", ago(1)))
    for one, other in ((old, new), (new, old)):
        found = again(cluster({A: one}), {A: other})[0].rdbs[A]
        assert (found.hold, found.drain, found.tagged) == (new.hold, new.drain, False)
    assert again(cluster({A: old}), {A: drained()})[0].rdbs[A].tagged
    of_cluster = msgspec.structs.replace(Ledger("trades", stands_in=WHY), hold=old.hold)
    assert mended(Ledger("trades", hold=new.hold), of_cluster).hold == new.hold


@pytest.mark.parametrize(("released_in", "left"), [(1, False), (2, True), (3, True)])
def test_a_dead_one_that_was_released_meanwhile_still_comes_before_or_after_what_was_asked(
    released_in: int, left: bool
) -> None:
    known = msgspec.structs.replace(gone(1), dead_at=ago(2), released_in=released_in)
    stand_in = Ledger("trades", rdbs={A: known}, asked=Asked(3, ago(1), version=2), stands_in=WHY)
    for ledger in (Ledger("trades", version=7), Ledger("trades", version=7, rdbs={A: rolled()})):
        after = mended(ledger, stand_in)
        assert after.asked is not None
        assert after.rdbs[A].released_at == ago(1)
        assert (after.rdbs[A].released_in >= after.asked.version) is left
