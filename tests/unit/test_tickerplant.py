"""The tickerplant's own report: what it says, what is refused, and what the ledger keeps of it."""

import json
from datetime import timedelta

import pytest

from chalicelib.contract.errors import BadInput
from chalicelib.contract.tickerplant import parse_tickerplant, role_of
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.reconcile.woken import with_facts
from tests.unit.builders import NOW, tickerplant, wire


def said(**changes: object) -> str:
    good = {
        "role": "tickerplant",
        "version": 1,
        "cluster": "trades",
        "instance_id": "i-0123456789abcdef0",
        "sequence": int(NOW.timestamp() * 1000),
        "updates": 96112,
        "queue": 1,
        "waiting": 7,
        "sent_at": "2026-11-23T12:00:00Z",
    }
    return json.dumps({name: value for name, value in {**good, **changes}.items() if value is not ...})


def test_its_role_tells_it_from_an_rdbs() -> None:
    assert role_of(said()) == "tickerplant"
    assert role_of(wire().decode()) == "rdb"
    assert parse_tickerplant(said(mood="good"), NOW).waiting == 7


@pytest.mark.parametrize(
    ("field", "change", "rule"),
    [
        ("waiting", {"waiting": 96113}, "must be at most updates"),
        ("updates", {"updates": -1}, "must be at least 0"),
        ("queue", {"queue": ...}, "is missing"),
        ("sent_at", {"sent_at": "1969-01-01T00:00:00Z"}, "must be of the years 1970 to 2499"),
        (
            "sequence",
            {"sequence": int(NOW.timestamp() * 1000) + 90_000},
            r"more than 60 s ahead of 2026-11-23T12:00:00Z: the clock of its host is 90 s ahead, set it",
        ),
    ],
)
def test_a_report_that_breaks_a_rule_is_refused_by_the_field(
    field: str, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BadInput, match=rf"^{field}: .*{rule}"):
        parse_tickerplant(said(**change), NOW)


def test_the_report_of_nobody_known_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^role: "):
        role_of(said(role="querier"))


def test_the_newest_report_counts_in_whatever_order_they_come() -> None:
    old, new = tickerplant(waiting=7, ago=2), tickerplant(ago=1)
    woken = [
        WakeUp("trades", "report", known.received_at, "x", tickerplant=known.report) for known in (new, old)
    ]
    ledger, noted, _ = with_facts(Ledger("trades"), woken, NOW)
    known = ledger.tickerplant
    assert known is not None
    assert (known.report, known.waits_since, known.waited_at) == (new.report, None, old.received_at)
    assert noted == ()
    late = with_facts(ledger, woken[1:], NOW)
    assert late[0].tickerplant == known
    assert late[1] == (
        f"sequence: {old.report.sequence} of the tickerplant is not after {new.report.sequence}",
    )


def test_updates_wait_since_they_were_first_said_to() -> None:
    first, second = tickerplant(waiting=7, ago=9), tickerplant(waiting=9, ago=4)
    known = first.after(second.report, second.received_at)
    assert (known.waits_since, known.waited_at) == (first.received_at, second.received_at)
    assert known.is_heard(NOW, timedelta(minutes=4.1))
    assert not known.is_heard(NOW, timedelta(minutes=4))
