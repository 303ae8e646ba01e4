"""Launches in words: what is launched or why nothing is, what AWS owes, and what was refused."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.decision import DecisionCode
from highwater.operate.words.cases import case_of
from highwater.operate.words.plain import clock, counted, instant, minutes, plain, who

RECENT = timedelta(hours=2)
MOST_REFUSED = 2
# A q that does not answer counts as room for so many minutes: the lead and these, or the least.
BEYOND_THE_LEAD, SHORTEST_PATIENCE = 5, 10
# What comes before the reason of a decision, by its code.
CODES: dict[DecisionCode, str] = {
    "room": "none is needed",
    "raise": "one is wanted, and asked for now",
    "waiting": "NONE NOW, though one is wanted",
    "max-size": "NONE, though one is wanted",
    "configuration": "NONE: the group cannot be raised",
    "release": "none is needed, and an RDB is released now",
    "unreadable": "NONE: nothing is decided",
    "gone": "none: the cluster has no group any more",
    "in-order": "none is needed",
}
COUNTS = (
    (re.compile(r"\bno room in (\d+) counted, (\d+) wanted"), r"none of the \1 counted has room, \2 wanted"),
    (re.compile(r": desired (\d+) to (\d+)$"), r": DesiredCapacity \1 to \2"),
)
FLOOR = re.compile(r"(?P<by>.+) asked for (?P<hosts>\d+) until (?P<until>\S+Z)")
# What an alert says to do stands in the list of what to do.
ADVICE = re.compile(
    r"; (next:|look at|remove the cause|set its clock|run highwater-rdb check|resume it"
    r"|terminate it|let it write down)[\s:].*$"
)


def because(reason: str, now: datetime) -> str:
    """Return the reason of a decision in plain words."""
    for pattern, words in COUNTS:
        reason = pattern.sub(words, reason)
    return plain(reason, now)


def fact(alert: Mapping[str, Any], now: datetime) -> str:
    """Return what an alert says is so, without what it says to do, and since when it stands."""
    word = alert["key"].partition(" ")[0]
    return f"{plain(ADVICE.sub('', alert['text']), now)} (alert {word} since {clock(alert['since'], now)})"


def launches(view: Mapping[str, Any], decisions: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what is launched or why not, a paragraph each, the most important first."""
    now, decisions = instant(view["at"]), list(decisions)
    alerts = [alert for alert in view["alerts"] if case_of(alert).place == "launches"]
    failing = [alert for alert in alerts if alert["key"].split()[0] in ("raise", "launch")]
    if failing:
        said = [f"NONE COMES, though one is wanted: {fact(alert, now)}" for alert in failing]
    else:
        said = [_case(view, alerts, now)]
    said += [
        fact(alert, now) for alert in alerts if alert not in failing and view["reason"] not in alert["text"]
    ]
    if not alerts:
        said += _newest_raise(decisions, now)
    said += _refused(decisions, now)
    if view["hold"]:
        said.append("the hold on the cluster stops releases, and no launch")
    return said


def _case(view: Mapping[str, Any], alerts: Iterable[Mapping[str, Any]], now: datetime) -> str:
    """Say the case with its reason, and since when it is an alert: `short` and `max-size` repeat it."""
    stands = next((alert for alert in alerts if view["reason"] in alert["text"]), None)
    since = f" (alert {stands['key']} since {clock(stands['since'], now)})" if stands else ""
    if view["code"] == "room" and (silent := unanswered_room(view)):
        patience = minutes(max(SHORTEST_PATIENCE, view["settings"]["lead_seconds"] / 60 + BEYOND_THE_LEAD))
        return (
            f"NONE YET: what counts as room is {', '.join(silent)}, whose q does not answer; another is "
            f"launched once it has not answered for {patience}"
        )
    if view["code"] == "room" and owed(view):
        return (
            f"AWS owes {owed(view)}, as DesiredCapacity is {view['desired']}: "
            f"{because(view['reason'], now)}, with what it owes{since}"
        )
    why = _floor_met(view, now) or because(view["reason"], now)
    return f"{CODES.get(view['code'], view['code'])}: {why}{since}"


def _floor_met(view: Mapping[str, Any], now: datetime) -> str:
    """Say that the hosts of a floor are there, where that is why none is needed; else empty."""
    found = FLOOR.fullmatch(view["reason"]) if view["code"] == "room" else None
    if found is None:
        return ""
    hosts, drain = int(found["hosts"]), sum(bool(rdb["drain"] and rdb["room"]) for rdb in view["rdbs"])
    if view["counted"] - drain < hosts:
        return ""
    until = clock(found["until"], now)
    return f"{hosts} of the {hosts} that {who(found['by'])} asked for until {until} are there"


def unanswered_room(view: Mapping[str, Any]) -> list[str]:
    """Return the RDBs whose q does not answer, where nobody else but the live one has room."""
    roomy = [rdb for rdb in view["rdbs"] if rdb["room"] and rdb["room"]["has"] and rdb["state"] != "live"]
    silent = [rdb["instance_id"] for rdb in roomy if rdb["state"] == "unknown"]
    return silent if len(silent) == len(roomy) else []


def owed(view: Mapping[str, Any]) -> int:
    """Return how many launches AWS owes."""
    return max(0, int(view["desired"] or 0) - int(view["counted"]))


def _newest_raise(decisions: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[str]:
    found = next((decision for decision in decisions if decision.get("target")), None)
    if found is None or now - instant(found["at"]) > RECENT:
        return
    if any(" failed: " in text for text in found.get("outcome", ())):
        return  # the alert `raise` says so, with AWS's words
    yield f"the newest raise: {clock(found['at'], now)}, {because(found['reason'], now)}"


def _refused(decisions: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[str]:
    found = [
        (decision, refusal)
        for decision in decisions
        if now - instant(decision["at"]) <= RECENT
        for refusal in decision.get("refused", ())
        if refusal["what"] == "capacity"
    ]
    for decision, refusal in found[:MOST_REFUSED]:
        reasons = "; ".join(plain(reason, now) for reason in refusal["reasons"])
        yield f"refused at {clock(decision['at'], now)}: {reasons}"
    if len(found) > MOST_REFUSED:
        yield f"{counted(len(found) - MOST_REFUSED, 'earlier request')} for capacity refused, too"
