"""The ledger's text in a form in which alike states are equal, and made older as time passes."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from twin.explore.words import minutes_of, sequence
from twin.explore.world import AGES, NOW, Phase, aged, ago

VERSION = 1000
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_SEQUENCE = re.compile(rb'(equence":)(\d+)')
_NOW = f"{NOW:%FT%TZ}"
LONG_AGO = f"{ago(AGES[-1]):%FT%TZ}"
BELIEVED = 2
RAISE_WAITS = 5
ROLL = 85


@lru_cache(500_000)
def normal(document: bytes) -> bytes:
    """Return a ledger without what makes no difference to what follows.

    Its version becomes VERSION, and the earlier ones that it names keep their order.
    """
    ledger = msgspec.json.decode(document)
    rdbs = ledger.get("rdbs", {}).values()
    if "asked" in ledger and _age(ledger["asked"]["at"]) >= BELIEVED:
        del ledger["asked"]
    # They say only what is recorded, and what operators are told again.
    for field in ("standing", "trouble", "alerts", "owed_since"):
        ledger.pop(field, None)
    if ledger.get("group"):
        ledger["group"]["since"] = LONG_AGO
    for rdb in rdbs:
        _without_noise(rdb)
    ledger["version"] = VERSION
    places = [*((rdb, "released_in") for rdb in rdbs), (ledger.get("asked"), "version")]
    named = [(place, key) for place, key in places if place and key in place]
    order = sorted({place[key] for place, key in named})
    for place, key in named:
        place[key] = VERSION + 1 + order.index(place[key]) - len(order)
    return msgspec.json.encode(ledger, order="sorted")


def _without_noise(rdb: dict[str, Any]) -> None:
    """Take from an RDB what makes no difference.

    Each run reads the metrics of all who run anew, so that only the age of `booting` and `drained` counts,
    and each sweep sees all members.
    """
    for field in ("metric", "earlier", "idle"):
        rdb.pop(field, None)
    if rdb.get("member"):
        rdb["member_seen"] = _NOW
    report = rdb.get("report")
    peak = rdb.get("peak")
    if peak and (peak["percent"] < ROLL or (report and report["state"] in ("rolled", "drained"))):
        del rdb["peak"]
    if "first_drained_at" in rdb and _age(rdb["first_drained_at"]) >= RAISE_WAITS:
        rdb["first_drained_at"] = LONG_AGO
    if report and report["state"] not in ("booting", "drained"):
        rdb["first_seen"] = report["sent_at"] = LONG_AGO
        report["sequence"] = sequence(minutes_of(report["sequence"])[1], AGES[-1])
    if report:
        rdb["received_at"] = report["sent_at"]
    for field in ("dead_at", "ending_since"):
        if field in rdb:
            rdb[field] = LONG_AGO
    if "released_at" in rdb and _age(rdb["released_at"]) >= BELIEVED:
        rdb["released_at"] = LONG_AGO
        rdb.pop("released_in", None)


def _age(text: str) -> int:
    return round((NOW - datetime.fromisoformat(text)).total_seconds() / 60)


@lru_cache(500_000)
def older(document: bytes, minutes: int) -> bytes:
    """Return a ledger after so many minutes: each time in it is as much earlier, and so are sequences."""

    def earlier(found: re.Match[bytes]) -> bytes:
        return f"{ago(aged(_age(found[0].decode()), minutes)):%FT%TZ}".encode()

    def before(found: re.Match[bytes]) -> bytes:
        age, phase = minutes_of(int(found[2]))
        return found[1] + str(sequence(phase, aged(age, minutes))).encode()

    return normal(_SEQUENCE.sub(before, _TIME.sub(earlier, document)))


@lru_cache(500_000)
def facts(document: bytes) -> dict[str, Any]:
    """Return a ledger as plain data."""
    ledger: dict[str, Any] = msgspec.json.decode(document)
    return ledger


@lru_cache(500_000)
def known_sequence(document: bytes, instance_id: str) -> int:
    """Return the sequence of the newest report that a ledger has of an RDB; 0 without one."""
    rdb = facts(document).get("rdbs", {}).get(instance_id, {})
    return int(rdb.get("report", {}).get("sequence", 0))


def is_news(document: bytes, instance_id: str, phase: Phase, minutes: int) -> bool:
    """Return whether a report tells a ledger more than that its RDB is as it was."""
    known = known_sequence(document, instance_id)
    if minutes_of(known)[1] == phase and phase not in (Phase.BOOTING, Phase.DRAINED):
        return False
    return sequence(phase, minutes) > known
