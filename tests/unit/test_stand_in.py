"""While the ledger cannot be read another stands in for it: it raises one host at a time, releases none."""

from datetime import timedelta

import msgspec
from hypothesis import given

from chalicelib.core.capacity import released_since
from chalicelib.core.choice import Choice
from chalicelib.core.decide import decide
from chalicelib.core.ledger import Asked, Ledger, Standing
from chalicelib.core.situation import situation_of
from chalicelib.core.stand_in import mended
from chalicelib.core.wake_ups import SetFloor
from tests.unit.builders import (
    HOLD,
    NOW,
    A,
    B,
    Facts,
    ago,
    cluster,
    drained,
    due,
    facts,
    floors,
    live,
    situation,
)

WHY = "the ledger of trades cannot be decoded: Invalid value 2 - at `$.schema`"


def blind(known: Facts) -> Facts:
    ledger, group = known
    return msgspec.structs.replace(ledger, stands_in=WHY), group


def test_it_is_told_why_and_nobody_is_released() -> None:
    ledger, group = blind(cluster({A: live(20), B: drained()}))
    made = decide(situation_of(ledger, Choice(group), NOW)).decision
    (alert,) = made.tell
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
    )
    after = mended(ledger, stand_in)
    assert after.asked == Asked(3, ago(1), version=8)
    assert (after.version, after.stands_in, after.hold) == (7, "", HOLD)
    assert after.commands.keys() == {"c1", "c2"}
    assert (after.rdbs[A].hold, after.rdbs[B].hold) == (HOLD, None)
    assert "unreadable" in after.alerts


def test_the_release_of_one_that_died_meanwhile_follows_what_was_asked_before_it() -> None:
    ledger, _ = cluster({A: live(), B: live()}, asked=Asked(3, ago(5), version=7))
    ledger = msgspec.structs.replace(ledger, version=7)
    gone = {A: msgspec.structs.replace(ledger.rdbs[A], released_at=ago(3), released_in=2)}
    after = mended(ledger, Ledger("trades", version=3, rdbs=gone))
    assert after.asked
    assert released_since(after, after.asked) == 1
    asked_since = mended(ledger, Ledger("trades", version=3, rdbs=gone, asked=Asked(4, ago(1), version=3)))
    assert asked_since.asked
    assert released_since(asked_since, asked_since.asked) == 0


def test_what_was_asked_before_is_no_news() -> None:
    newer = Asked(4, NOW, version=6)
    ledger = Ledger("trades", asked=newer)
    older = Ledger("trades", asked=Asked(3, NOW - timedelta(minutes=5), version=2))
    assert mended(ledger, older).asked == newer
