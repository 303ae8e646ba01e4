"""Hosts that come and die again and again are told, whoever replaces them."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.telling import with_told
from chalicelib.core.decide import decide
from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Gone, KnownGroup, Ledger, Standing
from chalicelib.core.facts.rdb import DIED, LEFT, Rdb
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    SICK,
    A,
    B,
    C,
    D,
    ago,
    cluster,
    drained,
    live,
    planned,
    rdb,
    report,
    situation,
)


def told(known: tuple[Ledger, Group]) -> list[str]:
    return [alert.text for alert in planned(known)[1].alerts if alert.key == "dying"]


def test_a_host_that_aws_replaces_each_few_minutes_at_minsize_is_told_once_with_their_number() -> None:
    ledger, group = cluster({A: live(30)})
    texts = []
    for minute in range(40):
        now = NOW + timedelta(minutes=minute)
        newest = f"i-{100 + minute // 4:017x}"
        group = msgspec.structs.replace(group, members={A: IN_SERVICE, newest: IN_SERVICE}, desired=2)
        ledger, _ = with_group(ledger, group, now)
        decision = decide(msgspec.structs.replace(situation((ledger, group)), now=now)).decision
        texts.append([alert.text for alert in decision.alerts if alert.key == "dying"])
    assert not any(texts[:12])
    assert all(texts[12:])
    assert texts[12][0].startswith(
        "hosts die again and again: 3 that came since 2026-11-23T12:00:00Z have died"
    )


RELEASED = msgspec.structs.replace(drained(), released_at=ago(3))
FORGOT = rdb(report(State.UNKNOWN), released=3)
FORGED = rdb(report(State.DRAINED, 5), proven=False)
GONE = {B: Gone(ago(60), DIED, ago(50)), C: Gone(ago(40), LEFT, ago(30))}


@pytest.mark.parametrize(
    ("gone", "last", "is_told"),
    [
        (GONE, rdb(seen=30, member=SICK), True),
        ({B: GONE[B]}, rdb(seen=30, member=SICK), False),
        ({**GONE, B: Gone(ago(120), DIED, ago(50))}, rdb(seen=30, member=SICK), False),
        ({**GONE, B: Gone(ago(60), "drained and took no data", ago(50))}, rdb(seen=30, member=SICK), False),
        (GONE, drained(), False),
        (GONE, RELEASED, False),
        (GONE, FORGOT, False),
        (GONE, msgspec.structs.replace(FORGOT, released_at=ago(1)), True),
        (GONE, FORGED, True),
    ],
    ids=["dead", "two", "long ago", "drained", "proven", "released", "answers no more", "given up", "forged"],
)
def test_three_that_came_within_two_hours_and_died_are_told(
    gone: dict[str, Gone], last: Rdb, is_told: bool
) -> None:
    dead = msgspec.structs.replace(last, first_seen=ago(30), dead_at=ago(2))
    ledger, group = cluster({A: live(30), D: dead})
    assert bool(told((msgspec.structs.replace(ledger, gone=gone), group))) is is_told
    assert (dead.left_as in (DIED, LEFT)) is (last not in (drained(), RELEASED, FORGOT))


def test_hosts_of_the_group_that_this_one_followed_are_none_that_died() -> None:
    ledger, group = cluster({A: live(30)})
    gone = {**GONE, D: Gone(ago(30), LEFT, ago(5))}
    for before, is_told in (("", True), ("trades-copy", False)):
        known = KnownGroup("trades-rdb", ago(20), before)
        followed = msgspec.structs.replace(ledger, gone=gone, group=known)
        assert bool(told((followed, group))) is is_told


@pytest.mark.parametrize(("minutes", "stands"), [(19.9, True), (20, False)])
def test_it_begins_only_if_the_last_one_died_within_twenty_minutes(minutes: float, stands: bool) -> None:
    ledger, group = cluster({A: live(30)})
    gone = {**GONE, D: Gone(ago(60), DIED, ago(minutes))}
    assert bool(told((msgspec.structs.replace(ledger, gone=gone), group))) is stands


@pytest.mark.parametrize(
    ("standing", "minutes", "stands"),
    [
        (Standing(ago(90), ago(90)), 59.9, True),
        (Standing(ago(90), ago(90)), 60, False),
        (Standing(ago(90), ago(90), ended=ago(3)), 19.9, False),
        (None, 19.9, False),
    ],
    ids=["within the hour", "no death for an hour", "it was over", "it never stood"],
)
def test_once_it_stands_it_is_over_an_hour_after_the_last_one_however_few_still_count(
    standing: Standing | None, minutes: float, stands: bool
) -> None:
    ledger, group = cluster({A: live(30)})
    alerts = {"dying": standing} if standing else {}
    gone = {D: Gone(ago(110), DIED, ago(minutes))}
    assert bool(told((msgspec.structs.replace(ledger, gone=gone, alerts=alerts), group))) is stands


@pytest.mark.parametrize("every", [20, 26, 30, 39])
def test_a_host_that_dies_each_half_hour_is_told_once(every: int) -> None:
    ledger, group = cluster({A: live(30)})
    news = []
    for minute in range(480):
        now = NOW + timedelta(minutes=minute)
        newest = f"i-{100 + minute // every:017x}"
        group = msgspec.structs.replace(group, members={A: IN_SERVICE, newest: IN_SERVICE}, desired=2)
        ledger, _ = with_group(ledger, group, now)
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger, made = with_told(decided.ledger, decided.decision), decided.decision
        news += [alert.key for alert in (*made.told, *made.cleared) if alert.key == "dying"]
    assert news == ["dying"]


@pytest.mark.parametrize(("apart", "is_told"), [(0, False), (0.9, False), (1, True)])
def test_hosts_that_are_gone_together_do_not_die_again_and_again(apart: float, is_told: bool) -> None:
    """A group was deleted with its hosts, and made anew under the same name."""
    ledger, group = cluster({A: live(30)})
    gone = {i: Gone(ago(40), LEFT, ago(9 - n * apart)) for n, i in enumerate((B, C, D))}
    assert bool(told((msgspec.structs.replace(ledger, gone=gone), group))) is is_told


def test_hosts_that_drained_and_were_released_soon_after_they_came_are_no_dying_ones() -> None:
    released = {
        i: msgspec.structs.replace(drained(), first_seen=ago(40), released_at=ago(1), dead_at=ago(0.5))
        for i in (B, C, D)
    }
    ledger, group = cluster({A: live(30), **released})
    group = msgspec.structs.replace(group, members={A: IN_SERVICE}, desired=1)
    for minutes in (0, 15):
        now = NOW + timedelta(minutes=minutes)
        ledger, _ = with_group(ledger, group, now)
        decision = decide(msgspec.structs.replace(situation((ledger, group)), now=now)).decision
        assert [alert.text for alert in decision.alerts if alert.key == "dying"] == []
    assert set(ledger.gone) == {B, C, D}
