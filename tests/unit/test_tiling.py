"""A gap or an overlap of windows is told once it cannot come from reports of different times."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.tiling import FOLLOWED, TOLD_AFTER, breaks_in, with_breaks
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.bounds import size_of
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.voices import Unanswered
from chalicelib.core.facts.windows import windows_of
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    SICK,
    A,
    B,
    C,
    ago,
    cluster,
    decision,
    planned,
    rdb,
    report,
    situation,
)

LASTS = TOLD_AFTER / timedelta(minutes=1)


def said(state: State, window: tuple[int, int] | None, minutes: float = 1) -> Rdb:
    return rdb(report(state, minutes=minutes, window=window))


def known(rdbs: dict[str, Rdb], tiled_from: int | None = 0, since: float | None = None) -> Ledger:
    """A ledger that knows a tickerplant, and saw what breaks in it so many minutes ago."""
    ledger = msgspec.structs.replace(cluster(rdbs)[0], tiled_from=tiled_from)
    at = ago(LASTS if since is None else since)
    return msgspec.structs.replace(ledger, breaks={each.key: at for each in breaks_in(ledger)})


def told(ledger: Ledger) -> list[Alert]:
    group = cluster(ledger.rdbs)[1]
    return [
        alert for alert in decision((ledger, group)).alerts if alert.is_of("gap") or alert.is_of("overlap")
    ]


def test_a_gap_that_lasts_is_told_with_the_updates_both_rdbs_and_what_to_do() -> None:
    ledger = known({A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))})
    (alert,) = told(ledger)
    assert (alert.key, alert.text) == (
        "gap",
        f"no RDB holds the updates 101 to 200, between {A} with window (0, 100] and {C} with window (200, "
        "260], since 2026-11-23T11:49:00Z; no query finds them, and the write-down must read them from the "
        "log: find who held them in the decisions, and start its q again if it is there",
    )


def test_an_overlap_that_lasts_is_told_with_the_updates_both_rdbs_and_what_to_do() -> None:
    ledger = known({A: said(State.ROLLED, (0, 130)), C: said(State.LIVE, (100, 260))})
    (alert,) = told(ledger)
    assert (alert.key, alert.text) == (
        "overlap",
        f"{A} with window (0, 130] and {C} with window (100, 260] both hold the updates 101 to 130 since "
        "2026-11-23T11:49:00Z; a query over both counts them twice: look in the tickerplant's .tp.windows "
        "whose they are; the q of the other one may be started again, and reads its own from the log, but "
        "not while it says orphaned: then they are nowhere else",
    )


def test_many_are_one_alert_that_is_told_again_when_they_are_others() -> None:
    rdbs = {f"i-{n:017x}": said(State.ROLLED, (200 * n, 200 * n + 100)) for n in range(30)}
    ledger = known(rdbs)
    (alert,) = told(ledger)
    assert f" and {FOLLOWED - 1} more; " in alert.text
    (other,) = told(known(dict(list(rdbs.items())[:5])))
    assert other.cause != alert.cause


def test_what_breaks_is_told_only_after_two_more_reports_would_have_come() -> None:
    rdbs = {A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))}
    assert told(known(rdbs, since=LASTS - 0.1)) == []
    assert len(told(known(rdbs, since=LASTS))) == 1


def test_who_was_live_by_an_old_report_may_have_taken_the_rest_since() -> None:
    for old in (said(State.LIVE, (0, 90), minutes=LASTS + 1), said(State.LIVE, (0, 90), minutes=LASTS)):
        assert told(known({A: old, C: said(State.LIVE, (100, 260))})) == []
    again = said(State.LIVE, (0, 90), minutes=4)
    assert [alert.key for alert in told(known({A: again, C: said(State.LIVE, (100, 260))}))] == ["gap"]


def test_a_live_one_that_died_unseen_holds_nothing_twice_with_the_next() -> None:
    dead = said(State.LIVE, (100, 150), minutes=LASTS + 2)
    assert told(known({A: dead, C: said(State.LIVE, (100, 260))})) == []


def test_a_q_that_does_not_answer_holds_what_it_held_and_its_end_is_not_known_while_it_was_live() -> None:
    hung = rdb(report(State.UNKNOWN), unanswered=Unanswered(ago(30), State.LIVE, span=(0, 90)))
    for begin in (40, 90, 170):
        assert told(known({A: hung, C: said(State.LIVE, (begin, 260))})) == []
    rolled = rdb(report(State.UNKNOWN), unanswered=Unanswered(ago(30), State.ROLLED, span=(0, 90)))
    assert [alert.key for alert in told(known({A: rolled, C: said(State.LIVE, (100, 260))}))] == ["gap"]


@pytest.mark.parametrize(
    ("change", "is_there"),
    [
        ({}, True),
        ({"dead_at": NOW}, False),
        ({"member_seen": None, "member": None}, False),
        ({"stopped_at": NOW}, True),
        ({"member": None}, True),
    ],
)
def test_the_dead_and_strangers_hold_nothing_and_who_may_come_back_does(
    change: dict[str, object], is_there: bool
) -> None:
    between = msgspec.structs.replace(said(State.ROLLED, (100, 200)), **change)
    rdbs = {A: said(State.ROLLED, (0, 100)), B: between, C: said(State.LIVE, (200, 260))}
    ledger = msgspec.structs.replace(cluster({A: rdbs[A]})[0], rdbs=rdbs, tiled_from=0)
    assert [each.kind for each in breaks_in(ledger)] == ([] if is_there else ["gap"])


@pytest.mark.parametrize(("member", "kinds"), [(SICK, []), (IN_SERVICE, ["overlap"])])
def test_a_host_that_ec2_stopped_answers_again_once_the_group_shows_it_healthy(
    member: Member, kinds: list[str]
) -> None:
    """EC2 is not asked again about one that is healthy."""
    stopped = msgspec.structs.replace(said(State.ROLLED, (0, 130)), stopped_at=ago(60), member=member)
    found = breaks_in(known({A: stopped, C: said(State.LIVE, (100, 260))}))
    assert [each.kind for each in found] == kinds


def test_who_says_drained_without_a_proof_may_hold_its_window_still() -> None:
    rdbs = {A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))}
    unproven = rdb(report(State.DRAINED, window=(100, 200)), proven=False)
    assert breaks_in(known({**rdbs, B: unproven})) == ()
    proven = rdb(report(State.DRAINED, window=(100, 200)))
    assert [window.instance_id for window in windows_of(known({**rdbs, B: proven}))] == [A, C]


def test_without_a_tickerplant_that_ever_reported_nothing_is_judged() -> None:
    assert breaks_in(known({A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))}, None)) == ()


def test_a_cluster_that_retires_is_not_judged() -> None:
    ledger = known({A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))})
    facts = situation((ledger, cluster(ledger.rdbs)[1]))
    assert with_breaks(facts).breaks
    retiring = msgspec.structs.replace(facts.settings, retiring=True)
    assert with_breaks(msgspec.structs.replace(facts, settings=retiring)).breaks == {}


def test_a_break_is_known_since_it_was_first_seen_and_forgotten_once_it_is_over() -> None:
    rdbs = {A: said(State.ROLLED, (0, 100)), C: said(State.LIVE, (200, 260))}
    ledger = known(rdbs, since=3)
    (key,) = ledger.breaks
    assert key == f"gap {A} {C}"
    assert planned((ledger, cluster(rdbs)[1]))[0].breaks == {key: ago(3)}
    mended = {**rdbs, B: said(State.ROLLED, (100, 200))}
    assert planned((msgspec.structs.replace(ledger, rdbs=mended), cluster(mended)[1]))[0].breaks == {}


def test_neither_a_gap_nor_an_overlap_hinders_what_is_decided() -> None:
    for window in ((0, 100), (0, 130), (0, 70)):
        rdbs = {A: said(State.ROLLED, window), C: said(State.LIVE, (100, 260))}
        made = decision((known(rdbs), cluster(rdbs)[1]))
        if window == (0, 100):
            whole = made
        plain = msgspec.structs.replace(made, alerts=(), told=())
        assert plain == msgspec.structs.replace(whole, alerts=(), told=())


def test_the_breaks_of_the_largest_cluster_take_little_of_the_ledger() -> None:
    rdbs = {f"i-{n:017x}": said(State.ROLLED, (10**9 * n, 10**9 * n + 100)) for n in range(400)}
    ledger = known(rdbs)
    assert len(ledger.breaks) == FOLLOWED
    assert size_of(ledger) - size_of(msgspec.structs.replace(ledger, breaks={})) < 2_000
