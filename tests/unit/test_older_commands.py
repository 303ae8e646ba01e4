"""An older command that comes late undoes no younger one: it is refused, and its result names that one."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.calendar import NO_CALENDAR, Calendar, KeptCalendar, Session
from chalicelib.core.facts.ledger import Floor, Ledger
from chalicelib.core.facts.stand_in import mended
from chalicelib.core.facts.wake_ups import (
    Asking,
    Command,
    DrainRdbs,
    RemoveCalendar,
    SetCalendar,
    SetFloor,
)
from chalicelib.core.results import results_of
from tests.unit.builders import A, B, C, ago, cluster, live, rdb, report, situation

STANDBY = rdb(report(State.STANDBY, 4))
KNOWN = cluster({A: live(30), B: STANDBY, C: STANDBY})
END = ago(-60)
SESSION = Session(ago(60), END)
BOB = SetFloor("bobs", "bob", ago(2), 4, END)
CAPACITY = (
    "asked for at 2026-11-23T11:57:00Z, and since then, at 2026-11-23T11:58:00Z, bob has asked for another "
    "capacity (command bobs)"
)


def after(younger: Command) -> Ledger:
    """The ledger after a command that was asked for two minutes ago."""
    return decide(situation(KNOWN), [younger]).ledger


def late(ledger: Ledger, older: Command, kept: KeptCalendar = NO_CALENDAR) -> Decided:
    return decide(msgspec.structs.replace(situation((ledger, KNOWN[1])), kept=kept), [older])


def result(found: Decided, command: Command) -> tuple[str, tuple[str, ...]]:
    (became,) = results_of(found.decision, [command])
    return became.state, became.reasons


@pytest.mark.parametrize("hosts", [2, 4, 7])
def test_an_older_floor_leaves_a_younger_one_as_it_is(hosts: int) -> None:
    ledger, older = after(BOB), SetFloor("anns", "ann", ago(3), hosts)
    found = late(ledger, older)
    assert found.ledger.floor == Floor(4, "bob", END)
    assert result(found, older) == ("refused", (CAPACITY,))
    assert late(ledger, msgspec.structs.replace(older, at=ago(2))).ledger.floor != ledger.floor


def test_an_older_floor_does_not_come_back_once_the_younger_one_is_over() -> None:
    ledger, older = msgspec.structs.replace(after(BOB), floor=None), SetFloor("anns", "ann", ago(3), 7)
    found = late(ledger, older)
    assert (found.ledger.floor, found.decision.target) == (None, None)
    assert result(found, older) == ("refused", (CAPACITY,))


@pytest.mark.parametrize("floor", [2, None])
def test_an_older_floor_does_not_undo_a_younger_wish_for_fewer_hosts(floor: int | None) -> None:
    fewer, older = DrainRdbs("bobs", "bob", ago(2), (C,), floor), SetFloor("anns", "ann", ago(3), 5)
    ledger = after(fewer)
    assert ledger.rdbs[C].drain
    found = late(ledger, older)
    # Who names an RDB while no floor stands says nothing of how many there should be.
    assert found.decision.target == (None if floor else 5)
    assert result(found, older) == (("refused", (CAPACITY,)) if floor else ("carried-out", ()))


def test_an_older_wish_for_fewer_hosts_does_not_lower_a_younger_floor() -> None:
    ledger, older = after(msgspec.structs.replace(BOB, floor=3)), DrainRdbs("anns", "ann", ago(3), (B, C), 1)
    found = late(ledger, older)
    assert (found.ledger.floor, found.decision.tag) == (Floor(3, "bob", END), ())
    assert result(found, older) == ("refused", (f"{B}: {CAPACITY}", f"{C}: {CAPACITY}"))


def test_a_wish_that_was_refused_stands_in_nobodys_way() -> None:
    above, drains = SetFloor("bobs", "bob", ago(2), 99), DrainRdbs("bobs", "bob", ago(2), (A,), 0)
    older = SetFloor("anns", "ann", ago(3), 5, END)
    assert late(after(above), older).ledger.floor == Floor(5, "ann", END)
    assert late(after(drains), older).ledger.floor == Floor(5, "ann", END)


def test_an_older_calendar_is_not_put_after_the_calendar_was_removed() -> None:
    ledger = after(RemoveCalendar("bobs", "bob", ago(2)))
    put = SetCalendar("anns", "ann", ago(3), Calendar.of([SESSION]))
    found = late(ledger, put)
    assert found.new_calendar is None
    assert result(found, put) == (
        "refused",
        (
            "asked for at 2026-11-23T11:57:00Z, and since then, at 2026-11-23T11:58:00Z, bob has removed the "
            "calendar (command bobs)",
        ),
    )
    younger = msgspec.structs.replace(put, at=ago(1))
    assert late(ledger, younger).new_calendar == KeptCalendar(put.calendar)


def test_a_younger_calendar_stays_when_an_older_command_removes_it() -> None:
    kept = KeptCalendar(msgspec.structs.replace(Calendar.of([SESSION]), by="bob", at=ago(2)))
    older = RemoveCalendar("anns", "ann", ago(3))
    found = late(KNOWN[0], older, kept)
    assert found.new_calendar is None
    assert "bob has put another calendar" in result(found, older)[1][0]


def test_what_stood_in_for_a_ledger_hands_on_the_younger_command() -> None:
    older, younger = Asking("c1", "ann", ago(9)), Asking("c2", "bob", ago(3))
    for one, other in ((older, younger), (younger, older)):
        found = mended(
            Ledger("trades", capacity_asked=one, calendar_removed=other),
            Ledger("trades", capacity_asked=other, calendar_removed=one),
        )
        assert (found.capacity_asked, found.calendar_removed) == (younger, younger)


def test_the_ledger_keeps_it_as_text() -> None:
    ledger = after(BOB)
    assert ledger.capacity_asked == Asking("bobs", "bob", ago(2))
    assert msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger) == ledger
