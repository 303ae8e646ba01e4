"""Two that speak as the tickerplant of one cluster: what waits is not known for certain then (rule 10)."""

from datetime import timedelta

from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.situation import Situation

TOLD_FOR = timedelta(minutes=15)


def two_tickerplants(situation: Situation) -> Alert | None:
    """Return the alert that two report as the tickerplant in turn, or one mutes the other; None else."""
    known = situation.ledger.tickerplant
    if known is None or known.doubted_at is None or situation.now - known.doubted_at >= TOLD_FOR:
        return None
    who = " and ".join(sorted({known.report.instance_id, known.before} - {""}))
    text = (
        f"two speak as the tickerplant ({who}), last at {known.doubted_at:%FT%TZ}, so that nobody knows "
        "whether updates wait; stop the reporter of the one that is none, and look at who may publish to the "
        "topic"
    )
    return Alert.of("tickerplants", text)
