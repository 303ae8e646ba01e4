"""Alerts that are over: what stood, and how things are now, as far as the ledger knows."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb

# What stood; `{about}` is whom the key names, if it names anybody.
STOOD: Mapping[AlertCase, str] = {
    "wall": "the wall {about} was missing",
    "max-size": "more hosts were needed than MaxSize allows",
    "configuration": "a tag or the capacity of the group was not right",
    "ambiguous": "more than one group was the cluster's, or another had followed it",
    "unreadable": "the ledger could not be read",
    "renamed": "a tag of the running group was changed",
    "misnamed": "the tags of group {about} did not name a cluster",
    "undone": "a raise of somebody else was undone by ours",
    "idle-above-scale": "an idle host was at or above the threshold",
    "short": "more room was wanted than there was or was on its way",
    "no-live": "no RDB was live",
    "gap": "updates were held by no RDB",
    "overlap": "updates were held by two RDBs",
    "tickerplants": "two spoke as the tickerplant",
    "unread": "{about} could not be called",
    "launch": "launches did not come ({about})",
    "lowered": "desired was without a launch that was awaited",
    "raise": "raises failed",
    "unknown": "{about}: q did not answer",
    "never-ready": "{about} was not ready by its deadline",
    "silent": "{about} was silent",
    "one-voice": "{about} sent reports or metrics alone",
    "contradiction": "{about} contradicted itself",
    "clock": "{about}: its clock was ahead",
    "stopped": "{about} was stopped in EC2",
    "terminating": "{about} was being terminated by somebody else",
    "retained": "{about} was retained by its group",
    "dead": "{about} was terminated in EC2",
    "dying": "hosts died again and again",
    "hold": "{about}: the hold had no end",
    "calendar": "the calendar was over, near its end or could not be kept",
    "strangers": "instances reported that the group does not show",
    "ledger": "the ledger was nearly full",
}
# The same of many RDBs, which are one alert.
FOLDED = {
    "silent": "several RDBs were silent",
    "one-voice": "several RDBs sent reports or metrics alone",
    "never-ready": "several RDBs were not ready by their deadlines",
}


def stood(key: str, since: datetime, ended: datetime) -> str:
    """Return what stood, and from when to when it was an alert, by its key."""
    case, _, about = key.partition(" ")
    # One of another version has no words here.
    words = STOOD.get(case, key)  # type: ignore[call-overload]
    if case in FOLDED and not about.startswith("i-"):
        words = FOLDED[case]
    words = words.format(about=about) if case in STOOD else key
    return f"{words}; the alert stood from {since:%FT%TZ} until {ended:%FT%TZ}"


def now_is(key: str, ledger: Ledger) -> str:
    """Return how it is now, to be put behind that; empty where the ledger does not know."""
    case, _, about = key.partition(" ")
    if case == "no-live" and ledger.no_live_since is None and ledger.last_live in ledger.rdbs:
        live = ledger.rdbs[ledger.last_live]
        return f"; {ledger.last_live} is live" if live.member and live.was_live and not live.is_down else ""
    if case in ("raise", "lowered") and ledger.desired is not None:
        return f"; desired is {ledger.desired}"
    if rdb := ledger.rdbs.get(about):
        if rdb.member is None:
            return "; it has left the group"
        return f"; it is {_what_it_is(about, rdb, ledger)}" if rdb.state else ""
    return ""


def _what_it_is(instance_id: str, rdb: Rdb, ledger: Ledger) -> str:
    """Return its state, unless what it said last is no more so."""
    if rdb.is_down:
        return "terminated in EC2" if rdb.dead_at else "stopped in EC2"
    silent = ledger.alerts.get(f"silent {instance_id}")
    return "silent" if silent and silent.ended is None else f"{rdb.state}"
