"""One alert for what befalls many RDBs alike: its cause is one for all of them, not the hosts (rule 13)."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Literal, assert_never
from zlib import crc32

from chalicelib.contract.names import REPORTS_PREFIX
from chalicelib.contract.report import REPORT_EVERY
from chalicelib.core.alerts.rdb_alerts import Resting, alert_of_rdb, late_voice
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import TOGETHER, Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.text import named

Folded = Literal["silent", "one-voice", "never-ready"]

MANY = 3
# Of one cause RDBs become late one after the other, each when its next report would have come, or its next
# metric while it rests.
APART: Mapping[Folded, timedelta] = {
    "silent": REPORT_EVERY,
    "one-voice": REPORT_EVERY,
    "never-ready": TOGETHER,
}
# An alert's text has at most a thousand characters.
NAMED = 30


def alerts_of_rdbs(situation: Situation) -> Iterator[Alert]:
    """Yield the alert about each RDB, and one about many that are silent, lack one voice or do not get ready.

    Who was told by its name stays named. Who was told with others stays with them, however few are left.
    """
    alerts = _of_each(situation, situation.now)
    for case, apart in APART.items():
        late = {instance_id for instance_id, alert in alerts.items() if alert.is_of(case)}
        for voice, since in (_alike(situation, case) if late else {}).items():
            standing = situation.ledger.alerts.get(f"{case} {voice}".rstrip())
            left = _late_by(standing.since + apart, case, situation) if standing else set[str]()
            together = _together(since, left, apart)
            if told := late & together:
                alerts = {i: alert for i, alert in alerts.items() if i not in told}
                yield _of_many(case, voice, sorted(told), len(together - told), situation)
    yield from alerts.values()


def _alike(situation: Situation, case: Folded) -> dict[str, dict[str, datetime]]:
    """Return those that are late, or are soon if nothing is heard, with since when, by the late voice.

    Who was told by its name is none of them.
    """
    alike: dict[str, dict[str, datetime]] = {}
    for instance_id, alert in _of_each(situation, situation.now + APART[case]).items():
        if alert.is_of(case) and f"{case} {instance_id}" not in situation.ledger.alerts:
            voice, since = _late_since(case, situation.ledger.rdbs[instance_id])
            alike.setdefault(voice, {})[instance_id] = since
    return alike


def _late_since(case: Folded, rdb: Rdb) -> tuple[str, datetime]:
    match case:
        case "silent":
            return "", rdb.heard_at
        case "one-voice":
            return late_voice(rdb)
        case "never-ready":
            return "", rdb.restarted_at or rdb.first_seen
        case _:
            assert_never(case)


def _late_by(at: datetime, case: Folded, situation: Situation) -> set[str]:
    """Return those that were late at a time, by what is heard of them until now."""
    return {instance_id for instance_id, alert in _of_each(situation, at).items() if alert.is_of(case)}


def _together(since: Mapping[str, datetime], left: Set[str], apart: timedelta) -> set[str]:
    """Return those that are left of an alert that stands, and any three that became late together."""
    found = left & since.keys()
    others = {i: at for i, at in since.items() if i not in found}
    for first in others.values():
        close = {i for i, at in others.items() if first <= at < first + apart}
        if len(close) >= MANY:
            found |= close
    return found


def _of_each(situation: Situation, at: datetime) -> dict[str, Alert]:
    """Return the alert of each RDB that has one, at a time until which nothing else is heard."""
    metrics_unread, ledger = _metrics_unread(situation), situation.ledger
    measured_at = ledger.measured_at and ledger.measured_at + (at - situation.now)
    found = {
        instance_id: alert_of_rdb(
            instance_id, rdb, situation.settings, at, Resting(measured_at) if rests(rdb) else None
        )
        for instance_id, rdb in ledger.rdbs.items()
    }
    # Where nobody's metric can be read, no host is to blame that its own does not come.
    return {i: a for i, a in found.items() if a and not (metrics_unread and a.is_of("one-voice"))}


def _of_many(case: Folded, voice: str, late: Sequence[str], soon: int, situation: Situation) -> Alert:
    """Name those that are late by their own limits, and say how many others are soon if nothing is heard."""
    what, where = _cause(case, voice, situation)
    count = f"{len(late)} RDBs at once" if len(late) >= MANY else f"{len(late)} of several RDBs"
    others = f", and soon {soon} more" if soon else ""
    text = (
        f"{count}, {what}: {named(late, NAMED)}{others}; the cause is one for all: look at {where}, then at "
        "the hosts"
    )
    # Those that there are: another one, or one less, is told again.
    return Alert.of(case, text, voice, cause=f"{crc32(' '.join(late).encode()):08x}")


def _cause(case: Folded, voice: str, situation: Situation) -> tuple[str, str]:
    """Return what is so of many, and where to look for the one cause."""
    topic = f"{REPORTS_PREFIX}{situation.ledger.cluster}"
    reports = f"whether on_report is subscribed to topic {topic}, and its key and permission"
    match case:
        case "silent" if _metrics_unread(situation):
            return "no report, and metrics cannot be read", reports
        case "silent":
            return "no report and no metric", f"the network, and {reports}"
        case "one-voice":
            where = (
                reports if voice == "report" else "what the hosts may send to CloudWatch, and their clocks"
            )
            return f"no {voice}, though the other one comes", where
        case "never-ready":
            return "not ready by their deadlines", "the launch template, its user data, q and the reporter"
        case _:
            assert_never(case)


def _metrics_unread(situation: Situation) -> bool:
    return "GetMetricData" in situation.ledger.unread
