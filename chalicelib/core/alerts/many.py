"""One alert for what befalls many RDBs alike: its cause is one for all of them, not the hosts (rule 13)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from zlib import crc32

from chalicelib.contract.names import REPORTS_PREFIX
from chalicelib.core.alerts.rdb_alerts import alert_of_rdb, late_voice
from chalicelib.core.facts.alert import Alert, AlertCase
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation

MANY = 3
# Each RDB reports once a minute: those that fall silent together are late one after the other.
APART = timedelta(minutes=1)
# An alert's text has at most a thousand characters.
NAMED = 30
FOLDED: tuple[AlertCase, ...] = ("silent", "one-voice")


def alerts_of_rdbs(situation: Situation) -> Iterator[Alert]:
    """Yield the alert about each RDB, and one about many that are silent or have one voice."""
    alerts = _of_each(situation, APART * 0)
    for case in FOLDED:
        if any(alert.is_of(case) for alert in alerts.values()):
            soon = _of_each(situation, APART)
            alike = {i: situation.ledger.rdbs[i] for i, alert in soon.items() if alert.is_of(case)}
            if len(alike) >= MANY:
                alerts = {i: alert for i, alert in alerts.items() if not alert.is_of(case)}
                yield _of_many(case, alike, situation)
    yield from alerts.values()


def _of_each(situation: Situation, ahead: timedelta) -> dict[str, Alert]:
    """Return the alert of each RDB that has one, so far ahead if nothing is heard until then."""
    metrics_unread = _metrics_unread(situation)
    found = {
        instance_id: alert_of_rdb(instance_id, rdb, situation.settings, situation.now + ahead)
        for instance_id, rdb in situation.ledger.rdbs.items()
    }
    # Where nobody's metric can be read, no host is to blame that its own does not come.
    return {i: a for i, a in found.items() if a and not (metrics_unread and a.is_of("one-voice"))}


def _of_many(case: AlertCase, alike: Mapping[str, Rdb], situation: Situation) -> Alert:
    topic = f"{REPORTS_PREFIX}{situation.ledger.cluster}"
    reports = f"whether on_report is subscribed to topic {topic}, and its key and permission"
    if case == "silent":
        missing, where = "no report and no metric", f"the network, and {reports}"
        if _metrics_unread(situation):
            missing, where = "no report, and metrics cannot be read", reports
        late = ""
    else:
        late = " ".join(sorted({late_voice(rdb)[0] for rdb in alike.values()}))
        missing = f"no {late.replace(' ', ' or no ')}, though the other one comes"
        where = reports if late == "report" else "what the hosts may send to CloudWatch, and their clocks"
    text = (
        f"{len(alike)} RDBs at once, {missing}: {_named(alike)}; the cause is one for all: look at {where}, "
        "then at the hosts"
    )
    # Those that there are: another one is another cause, which is told again.
    who = f"{crc32(' '.join(sorted(alike)).encode()):08x}"
    return Alert.of(case, text, cause=f"{late} {who}".lstrip())


def _named(instance_ids: Iterable[str]) -> str:
    ordered = sorted(instance_ids)
    more = len(ordered) - NAMED
    return ", ".join(ordered[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _metrics_unread(situation: Situation) -> bool:
    return "GetMetricData" in situation.ledger.unread
