"""The life of alerts: each is told when it starts and when it is over, and a change of cause once.

What operators know is remembered only after their topic took it. So an alert, and an end, that could not be
told is told later; one may be told twice, none is lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.alerts.over import now_is, stood
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Ledger, Standing

# An alert that comes back within these minutes never ended: one that flaps is told twelve times an hour.
QUIET = timedelta(minutes=5)
RETOLD_AFTER = timedelta(minutes=10)
# A message of SNS has 256 KB: what is left over is told by the next decision.
TOLD_AT_ONCE = 100
KEPT = 500


def with_life(
    decision: Decision, ledger: Ledger, alerts: Iterable[Alert], *, judged: bool = True
) -> tuple[Decision, Ledger]:
    """Return a decision with the alerts that stand and what is new of them, and the ledger that keeps them.

    Without `judged` nothing but these alerts could be judged, so that no other ends.
    """
    standing = {alert.key: alert for alert in alerts}
    kept = _kept(ledger.alerts, standing, decision.at, judged=judged)
    shown = {key: msgspec.structs.replace(alert, since=kept[key].since) for key, alert in standing.items()}
    news = msgspec.structs.replace(
        decision,
        alerts=tuple(alert for _, alert in sorted(shown.items())),
        told=tuple(_started(kept, shown))[:TOLD_AT_ONCE],
        changed=tuple(
            alert for key, alert in sorted(shown.items()) if _is_changed(alert, kept[key], decision.at)
        )[:TOLD_AT_ONCE],
        cleared=tuple(
            _over(key, known, ledger) for key, known in kept.items() if _is_over(known, decision.at)
        )[:TOLD_AT_ONCE],
    )
    return news, msgspec.structs.replace(ledger, alerts=kept)


def with_failure(decision: Decision, ledger: Ledger, alert: Alert) -> tuple[Decision, Ledger]:
    """Return a decision that tells one more alert, about what just failed, and the ledger that keeps it."""
    known = ledger.alerts.get(alert.key) or Standing(_second(decision.at))
    known = msgspec.structs.replace(known, ended=None)
    ledger = msgspec.structs.replace(ledger, alerts={**ledger.alerts, alert.key: known})
    told, changed, cleared = (
        tuple(other for other in news if other.key != alert.key)
        for news in (decision.told, decision.changed, decision.cleared)
    )
    if known.told:
        changed = (*changed, alert)
    else:
        told = (*told, alert)
    return msgspec.structs.replace(decision, told=told, changed=changed, cleared=cleared), ledger


def with_told(ledger: Ledger, decision: Decision) -> Ledger:
    """Return the ledger after the operators' topic took what a decision tells."""
    kept = dict(ledger.alerts)
    for alert in (*decision.told, *decision.changed):
        known = kept.get(alert.key) or Standing(_second(decision.at))
        kept[alert.key] = msgspec.structs.replace(known, told=_second(decision.at), cause=alert.cause)
    for alert in decision.cleared:
        del kept[alert.key]
    return msgspec.structs.replace(ledger, alerts=kept)


def _kept(
    known: Mapping[str, Standing], standing: Mapping[str, Alert], now: datetime, *, judged: bool
) -> dict[str, Standing]:
    kept: dict[str, Standing] = {}
    for key in sorted(known.keys() | standing.keys()):
        was = known.get(key) or Standing(_second(now))
        if key in standing:
            kept[key] = msgspec.structs.replace(was, ended=None)
        elif judged and was.ended is None:
            kept[key] = msgspec.structs.replace(was, ended=_second(now))
        else:
            kept[key] = was
    # Should the topic refuse everything for hours, the oldest that are over go. None that stands ever does.
    over = sorted((key for key in kept if kept[key].ended), key=lambda key: kept[key].ended or now)
    surplus = frozenset(over[: max(0, len(kept) - KEPT)])
    return {key: known for key, known in kept.items() if key not in surplus}


def _started(kept: Mapping[str, Standing], shown: Mapping[str, Alert]) -> Iterator[Alert]:
    for key, known in kept.items():
        if known.told is None and (key in shown or known.ended):
            yield shown.get(key) or _late(key, known)


def _is_changed(alert: Alert, known: Standing, now: datetime) -> bool:
    return known.told is not None and alert.cause != known.cause and now - known.told >= RETOLD_AFTER


def _is_over(known: Standing, now: datetime) -> bool:
    return known.told is not None and known.ended is not None and now - known.ended >= QUIET


def _late(key: str, known: Standing) -> Alert:
    """It ended before it could be told."""
    assert known.ended
    text = f"{stood(key, known.since, known.ended)}, and could not be told then"
    return Alert(key, text, known.cause, known.since)


def _over(key: str, known: Standing, ledger: Ledger) -> Alert:
    assert known.ended
    text = f"{stood(key, known.since, known.ended)}{now_is(key, ledger)}"
    return Alert(key, text, known.cause, known.since)


def _second(now: datetime) -> datetime:
    """Whole seconds: the ledger is bounded in bytes."""
    return now.replace(microsecond=0)
