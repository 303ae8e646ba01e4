"""The ledger's text in a form in which alike states are equal, and made older as time passes."""

import re
from datetime import datetime
from functools import lru_cache
from itertools import dropwhile
from typing import Any

import msgspec

from twin.explore.words import PERCENT, minutes_of, sequence
from twin.explore.world import EARLIEST, LATEST, NOW, OLD, Phase, aged, ago

VERSION = 1000
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_SEQUENCE = re.compile(rb'(equence":)(\d+)')
_NOW = f"{NOW:%FT%TZ}"
LONG_AGO = f"{ago(OLD):%FT%TZ}"
BELIEVED = 2
RAISE_WAITS = 5
# Minutes of the product: the boot deadline, how long a `drained` is good, how long the hook is trusted.
BOOTS = GOOD = 10
TRUSTED = 10
HEARD_OF = 10
# The least age at which these are over, and the most at which they are not.
LATE, EARLY = 11, 6
ROLL = 85
FULLEST = max(PERCENT.values())
# What is recorded only, or told to operators.
ONLY_TOLD = (
    *("measured_at", "gist", "trouble", "alerts", "raise_fails"),
    *("owed_since", "owed_later", "short_since", "no_live_since", "last_live"),
)
# Launches wait after two tries that gave no lasting room and are newer than the newest host of use: in this
# world two RDBs took data before the walk begins, and one host is newer.
# What was learned is of days, and a walk is of minutes. Capacity is asked for once in a walk.
WITHOUT_USE = ("template", "tried_afresh", "gone", "learned", "capacity_asked")
SEEN = {"healthy": True, "lifecycle": "InService", "protected": True}
_documents: dict[bytes, bytes] = {}


def one(document: bytes) -> bytes:
    """Return the one copy of a ledger that all worlds share: there are few, and each is in many."""
    return _documents.setdefault(document, document)


@lru_cache(100_000)
def normal(document: bytes) -> bytes:
    """Return a ledger without what makes no difference to what follows.

    Its version becomes VERSION, and the earlier ones that it names keep their order.
    """
    ledger = msgspec.json.decode(document)
    rdbs = ledger.get("rdbs", {}).values()
    _with_its_own_deadlines(ledger)
    silent = [_age(rdb["first_seen"]) for rdb in rdbs if "report" not in rdb]
    for rdb in rdbs:
        # Others were heard of after the deadline of one who never reported: it is no room any more.
        heard = "received_at" in rdb and any(up - _age(rdb["received_at"]) >= HEARD_OF for up in silent)
        _without_noise(rdb)
        if heard and rdb["report"]["state"] != "drained":
            rdb["received_at"] = f"{ago(LATEST):%FT%TZ}"
    ledger["version"] = VERSION
    places = [*((rdb, "released_in") for rdb in rdbs), (ledger.get("asked"), "version")]
    named = [(place, key) for place, key in places if place and key in place]
    order = sorted({place[key] for place, key in named})
    for place, key in named:
        place[key] = VERSION + 1 + order.index(place[key]) - len(order)
    return one(msgspec.json.encode(ledger, order="sorted"))


def _with_its_own_deadlines(ledger: dict[str, Any]) -> None:
    """Take from a ledger, but for its RDBs, what makes no difference."""
    if "asked" in ledger and _age(ledger["asked"]["at"]) >= BELIEVED:
        del ledger["asked"]
    elif "asked" in ledger:
        # They are for the activities that show a write, and there are none.
        ledger["asked"] |= {"before": None, "seen_as": None}
    for field in (*ONLY_TOLD, *WITHOUT_USE):
        ledger.pop(field, None)
    if "useful_since" in ledger:
        ledger["useful_since"] = LONG_AGO
    if ledger.get("group"):
        ledger["group"]["since"] = LONG_AGO
    if ledger.get("hook"):
        looked = _age(ledger["hook"]["at"])
        ledger["hook"]["at"] = f"{ago(0 if looked < TRUSTED else aged(looked, 0)):%FT%TZ}"
    if "overtaken_since" in ledger and _age(ledger["overtaken_since"]) >= RAISE_WAITS:
        ledger["overtaken_since"] = LONG_AGO
    if "commands" in ledger:
        known = ledger["commands"].items()
        ledger["commands"] = {i: _NOW for i, at in known if _age(at) < OLD}


def _without_noise(rdb: dict[str, Any]) -> None:
    """Take from an RDB what makes no difference.

    Each run reads all members before it decides, and the metrics of all of whom one can decide, so that those
    are left out, and only the age of `booting` and `drained` counts.
    """
    for field in (
        "metric",
        "earlier",
        "contradiction",
        "unheard",
        "crest",
        "launch_asked",
        "only_pending",
        "rested",
    ):
        rdb.pop(field, None)
    _without_member(rdb)
    _without_full_begin(rdb)
    report = rdb.get("report")
    peak = rdb.get("peak")
    if peak and (peak["percent"] < ROLL or (report and report["state"] in ("rolled", "drained"))):
        del rdb["peak"]
    elif peak:
        # Only a report that it sends after its peak could be newer, and none of those says it has room.
        peak["at"] = _NOW
    if "first_drained_at" in rdb and _age(rdb["first_drained_at"]) > 0:
        # It is compared with readings: those are of now, or of the newest report of one that has ended.
        rdb["first_drained_at"] = LONG_AGO
    _with_deadlines(rdb, report)
    if report:
        rdb["received_at"] = report["sent_at"]
    for field in ("dead_at", "ready_at", "ready_since"):
        if field in rdb:
            rdb[field] = LONG_AGO
    if "released_at" in rdb and _age(rdb["released_at"]) >= BELIEVED:
        rdb["released_at"] = LONG_AGO
        rdb.pop("released_in", None)


def _without_member(rdb: dict[str, Any]) -> None:
    """Keep of a member only that it was Terminating a moment ago: one that shows it in service is stale."""
    if "ending_since" in rdb and _age(rdb["member_seen"]) < BELIEVED:
        rdb["ending_since"] = _NOW
        return
    rdb.pop("ending_since", None)
    if rdb.get("member"):
        # When a ledger is old it is written though nothing is new, which makes no difference here. While a
        # function is under way it never is: that one has just written it.
        rdb["member"], rdb["member_seen"] = SEEN, _NOW


def _without_full_begin(rdb: dict[str, Any]) -> None:
    """Take the first readings from a trail as long as they are the highest there are: none rises from them.

    The trail of one whose metric is not asked for stays until somebody writes the ledger.
    """
    trail = list(dropwhile(lambda reading: reading["percent"] >= FULLEST, rdb.pop("trail", ())))
    if trail:
        rdb["trail"] = trail


def _with_deadlines(rdb: dict[str, Any], report: dict[str, Any] | None) -> None:
    """Replace the ages of an RDB and its report by which deadlines have passed: of its boot, of its word."""
    up = _age(rdb["first_seen"])
    if report is None or report["state"] == "booting":
        rdb["first_seen"] = f"{ago(aged(up, 0) if up >= BOOTS else EARLY):%FT%TZ}"
    else:
        rdb["first_seen"] = LONG_AGO
    if report is None:
        return
    if "proven_sequence" in rdb and rdb["proven_sequence"] != report["sequence"]:
        # The proof of an older report is no proof, whichever that was.
        rdb["proven_sequence"] = sequence(0, OLD)
    proven = report["sequence"] == rdb.get("proven_sequence")
    said = _age(report["sent_at"])
    match report["state"]:
        case "booting" if up < BOOTS:
            minutes = EARLY
        case "booting":
            minutes = OLD
            if said <= up - BOOTS:
                # It was said after the deadline, and stays so as time passes.
                rdb["first_seen"] = f"{ago(EARLIEST):%FT%TZ}"
        case "drained" if proven and report["rows"] == 0:
            minutes = LATE if said >= GOOD else 0
        case "drained":
            # Another report may follow, which must stay newer.
            return
        case _:
            minutes = OLD
    report["sent_at"] = f"{ago(minutes):%FT%TZ}"
    report["sequence"] = sequence(minutes_of(report["sequence"])[1], minutes)
    if proven:
        rdb["proven_sequence"] = report["sequence"]


def _age(text: str) -> int:
    return round((NOW - datetime.fromisoformat(text)).total_seconds() / 60)


@lru_cache(500_000)
def older(document: bytes, minutes: int) -> bytes:
    """Return a ledger after so many minutes: each time in it is as much earlier, and so are sequences.

    A time to come stays as it is: the end of a floor is further away than a walk goes.
    """

    def earlier(found: re.Match[bytes]) -> bytes:
        if (age := _age(found[0].decode())) < 0:
            return found[0]
        return f"{ago(aged(age, minutes)):%FT%TZ}".encode()

    def before(found: re.Match[bytes]) -> bytes:
        age, phase = minutes_of(int(found[2]))
        return found[1] + str(sequence(phase, aged(age, minutes))).encode()

    return normal(_SEQUENCE.sub(before, _TIME.sub(earlier, document)))


@lru_cache(50_000)
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
    known_phase = minutes_of(known)[1]
    if known_phase == phase == Phase.BOOTING:
        up = _age(facts(document)["rdbs"][instance_id]["first_seen"])
        return BOOTS <= up < EARLIEST and minutes <= up - BOOTS
    if known_phase == phase != Phase.DRAINED:
        return False
    if known_phase == phase and _is_proven_empty(document, instance_id):
        # It is good for a while, and then another one is.
        return minutes < GOOD <= minutes_of(known)[0]
    return sequence(phase, minutes) > known


@lru_cache(500_000)
def _is_proven_empty(document: bytes, instance_id: str) -> bool:
    rdb = facts(document)["rdbs"][instance_id]
    report = rdb["report"]
    return bool(report["rows"] == 0 and rdb.get("proven_sequence") == report["sequence"])
