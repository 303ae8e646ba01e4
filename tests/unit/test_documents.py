"""The ledger as text: neighbouring versions leave each other's fields alone (rule 12)."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given

from chalicelib.adapters.documents import Undecodable, decoded, encoded
from chalicelib.core.facts.ledger import Asked, Floor, Ledger, Standing
from chalicelib.core.facts.rdb import Hold
from chalicelib.core.facts.wake_ups import Asking
from tests.unit.arbitrary import facts
from tests.unit.builders import A, B, Facts, cluster, live, rolled

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW = {"regions": ["eu-west-1"], "plan": {"a": 1}}


def text(ledger: Ledger, of_ledger: dict[str, Any], of_rdbs: dict[str, Any]) -> str:
    """A ledger as a newer version might write it, with fields of its own."""
    raw = {**msgspec.json.decode(msgspec.json.encode(ledger)), **of_ledger}
    for instance_id, fields in of_rdbs.items():
        raw["rdbs"][instance_id] |= fields
    return msgspec.json.encode(raw).decode()


def test_our_own_writing_has_nothing_unknown() -> None:
    ledger, _ = cluster({A: live(), B: rolled()})
    assert decoded("trades", encoded(ledger, None)) == (ledger, None)


@pytest.mark.parametrize("year", ["9999", "2500", "0001", "1969"])
@pytest.mark.parametrize("place", ["first_seen", "received_at"])
def test_a_ledger_with_a_time_that_cannot_be_reckoned_with_cannot_be_used(place: str, year: str) -> None:
    ledger, _ = cluster({A: live()})
    broken = text(ledger, {}, {A: {place: f"{year}-12-31T23:59:59Z"}})
    with pytest.raises(Undecodable, match=f"it has a time of the year {int(year)}$"):
        decoded("trades", broken)


def test_nor_can_one_whose_odd_time_is_deeper_in_it() -> None:
    asked = Asking("c1", "ann", datetime(9999, 12, 31, tzinfo=UTC))
    ledger = msgspec.structs.replace(cluster({A: live()})[0], capacity_asked=asked)
    with pytest.raises(Undecodable, match=r"it has a time of the year 9999$"):
        decoded("trades", encoded(ledger, None))


def test_a_time_that_is_only_named_in_a_sentence_is_no_trouble() -> None:
    ledger, _ = cluster({A: live()})
    said = msgspec.structs.replace(ledger, gist="9999-12-31T23:59:59Z")
    assert decoded("trades", encoded(said, None)) == (said, None)


def test_what_a_newer_version_added_is_written_back_with_our_changes() -> None:
    ledger, _ = cluster({A: live(), B: rolled()})
    read, beyond = decoded("trades", text(ledger, NEW, {A: {"disk": 7}, B: {"disk": 8}}))
    assert read == ledger
    changed = msgspec.structs.replace(read.with_rdb(A, tagged=True), version=5)
    written = msgspec.json.decode(encoded(changed, beyond))
    assert {name: written[name] for name in NEW} == NEW
    assert (written["version"], written["rdbs"][A]["tagged"]) == (5, True)
    assert [written["rdbs"][i]["disk"] for i in (A, B)] == [7, 8]
    assert decoded("trades", encoded(changed, beyond)) == (changed, beyond)


def deeper(ledger: Ledger, *places: tuple[str, ...]) -> str:
    """A ledger as a newer version might write it, with one field more in each fact at these places."""
    raw = msgspec.json.decode(msgspec.json.encode(ledger))
    for *outer, name in places:
        holder = raw
        for part in outer:
            holder = holder[part]
        holder.setdefault(name, {})["new"] = 7
    return msgspec.json.encode(raw).decode()


def test_a_fact_that_a_newer_version_knows_more_of_is_written_back_while_it_is_the_same() -> None:
    ledger, _ = cluster({A: live(), B: rolled()})
    held = msgspec.structs.replace(
        ledger.with_rdb(A, hold=Hold("look at it", "ann", NOON)),
        floor=Floor(3, "ann", NOON),
        alerts={"hold": Standing(NOON), "short": Standing(NOON)},
    )
    places = ("floor",), ("learned",), ("alerts", "hold"), ("alerts", "short"), ("rdbs", A, "hold")
    read, beyond = decoded("trades", deeper(held, *places))
    assert read == held
    later = msgspec.structs.replace(
        read.with_rdb(A, tagged=True),
        floor=Floor(2, "bob", NOON),
        alerts={"short": read.alerts["short"]},
    )
    written = msgspec.json.decode(encoded(later, beyond))
    assert written["rdbs"][A]["hold"]["new"] == written["alerts"]["short"]["new"] == 7
    assert written["learned"] == {"new": 7}
    assert (written["floor"].get("new"), written["alerts"].keys()) == (None, {"short"})
    assert decoded("trades", encoded(later, beyond))[0] == later
    gone = msgspec.structs.replace(read, rdbs={B: read.rdbs[B]}, alerts={})
    assert decoded("trades", encoded(gone, beyond))[0] == gone


def test_a_field_is_carried_along_though_an_older_version_left_out_as_much() -> None:
    ledger = msgspec.structs.replace(cluster({A: live()})[0], asked=Asked(3, NOON))
    ours = encoded(ledger, None)
    older = ours.replace(',"again":false', "")
    other = older.replace('{"schema":1', '{"schema":1,"hue":"green"')
    assert len(other) == len(ours) != len(older)
    read, beyond = decoded("trades", other)
    assert msgspec.json.decode(encoded(read, beyond))["hue"] == "green"


def test_an_rdb_that_is_gone_takes_its_unknown_fields_along() -> None:
    ledger, _ = cluster({A: live(), B: rolled()})
    read, beyond = decoded("trades", text(ledger, {}, {A: {"disk": 7}, B: {"disk": 8}}))
    left = msgspec.structs.replace(read, rdbs={B: read.rdbs[B]})
    assert msgspec.json.decode(encoded(left, beyond))["rdbs"].keys() == {B}


def test_what_is_unknown_never_replaces_what_is_known() -> None:
    ledger, _ = cluster({A: live()})
    spaced = msgspec.json.format(encoded(ledger, None), indent=2)
    read, beyond = decoded("trades", spaced)
    assert (read, beyond) == (ledger, None)


@pytest.mark.parametrize(
    "document",
    [
        '{"cluster": "trades", "rdbs": 7}',
        "",
        "[]",
        "{",
        '{"cluster":"trades","schema":2}',
        "[" * 100_000,
        '{"cluster":"quotes","schema":1}',
        '{"cluster":"trades","owed_since":"2026-11-23T12:00:00"}',
    ],
)
def test_a_broken_document_and_a_newer_schema_are_refused_with_the_clusters_name(document: str) -> None:
    with pytest.raises(Undecodable, match=r"^the ledger of trades cannot be decoded: "):
        decoded("trades", document)


def test_the_schema_is_in_every_ledger_and_an_absent_one_is_the_first() -> None:
    assert msgspec.json.decode(encoded(Ledger("trades"), None))["schema"] == 1
    assert decoded("trades", '{"cluster":"trades"}')[0] == Ledger("trades")


@given(facts)
def test_any_ledger_is_read_as_it_was_written_and_keeps_what_others_added(known: Facts) -> None:
    ledger, _ = known
    assert decoded("trades", encoded(ledger, None)) == (ledger, None)
    read, beyond = decoded("trades", text(ledger, NEW, {i: {"disk": 7} for i in ledger.rdbs}))
    assert read == ledger
    assert decoded("trades", encoded(read, beyond)) == (read, beyond)
