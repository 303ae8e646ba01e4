"""One alert for what befalls many RDBs alike: its cause is one for all of them, not the hosts (rule 13)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from chalicelib.contract.names import REPORTS_PREFIX
from chalicelib.core.alerts.rdb_alerts import alert_of_rdb, late_voice
from chalicelib.core.facts.alert import Alert, AlertCase
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.text import named

MANY = 3
# Each RDB is late by its own last word: those that fall silent together are late one after the other.
APART = timedelta(minutes=1)
# An alert's text has at most a thousand characters.
NAMED = 30
FOLDED: tuple[AlertCase, ...] = ("silent", "one-voice")


def alerts_of_rdbs(situation: Situation) -> Iterator[Alert]:
    """Yield the alert about each RDB, and one about many that are silent or lack the same voice."""
    alerts = _of_each(situation, situation.now)
    if any(alert.is_of(case) for case in FOLDED for alert in alerts.values()):
        for (case, late), alike in _alike(situation).items():
            told = {i for i in alike if i in alerts and alerts[i].is_of(case)}
            if told and len(alike) >= MANY:
                alerts = {i: alert for i, alert in alerts.items() if i not in told}
                yield _of_many(case, late, alike, situation)
    yield from alerts.values()


def _alike(situation: Situation) -> dict[tuple[AlertCase, str], list[str]]:
    """Return those of which the same is told, or is soon if nothing is heard, by the voice that is late."""
    alike: defaultdict[tuple[AlertCase, str], list[str]] = defaultdict(list)
    for instance_id, alert in sorted(_of_each(situation, situation.now + APART).items()):
        for case in FOLDED:
            if alert.is_of(case):
                late = late_voice(situation.ledger.rdbs[instance_id])[0] if case == "one-voice" else ""
                alike[case, late].append(instance_id)
    return alike


def _of_each(situation: Situation, at: datetime) -> dict[str, Alert]:
    """Return the alert of each RDB that has one, at a time until which nothing else is heard."""
    metrics_unread = _metrics_unread(situation)
    found = {
        instance_id: alert_of_rdb(instance_id, rdb, situation.settings, at)
        for instance_id, rdb in situation.ledger.rdbs.items()
    }
    # Where nobody's metric can be read, no host is to blame that its own does not come.
    return {i: a for i, a in found.items() if a and not (metrics_unread and a.is_of("one-voice"))}


def _of_many(case: AlertCase, late: str, alike: Sequence[str], situation: Situation) -> Alert:
    topic = f"{REPORTS_PREFIX}{situation.ledger.cluster}"
    reports = f"whether on_report is subscribed to topic {topic}, and its key and permission"
    if case == "one-voice":
        missing = f"no {late}, though the other one comes"
        where = reports if late == "report" else "what the hosts may send to CloudWatch, and their clocks"
    elif _metrics_unread(situation):
        missing, where = "no report, and metrics cannot be read", reports
    else:
        missing, where = "no report and no metric", f"the network, and {reports}"
    text = (
        f"{len(alike)} RDBs at once, {missing}: {named(alike, NAMED)}; the cause is one for all: look at "
        f"{where}, then at the hosts"
    )
    # Those that there are: another one is another cause, which is told again.
    return Alert.of(case, text, late, cause=f"{crc32(' '.join(alike).encode()):08x}")


def _metrics_unread(situation: Situation) -> bool:
    return "GetMetricData" in situation.ledger.unread
