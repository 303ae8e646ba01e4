"""Idle hosts above the scale threshold: each would be followed by another one like it (rule 5)."""

from datetime import datetime

from chalicelib.contract.names import ROLL_TAG, SCALE_TAG
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import waits_for_data


def is_idle_above_scale(rdb: Rdb, settings: ClusterSettings, now: datetime) -> bool:
    """Return whether a standby that never held data reads at or above the scale threshold.

    By a report of the last minutes: an older one does not say that what its metric shows is no data.
    """
    heard = rdb.said_at is not None and now - rdb.said_at < settings.memory_fresh
    idle = waits_for_data(rdb.state) and rdb.report is not None and rdb.report.last_index is None
    return heard and idle and rdb.reads_full(settings.scale_threshold)


def idle_above_scale(situation: Situation) -> str | None:
    """Return what operators must know of a scale threshold that an idle host exceeds; None if none does."""
    settings = situation.settings
    hosts = [
        f"{instance_id}: {rdb.reading.percent:.1f} %"
        for instance_id, rdb in sorted(situation.ledger.rdbs.items())
        if rdb.member and rdb.member.in_service and rdb.reading
        if is_idle_above_scale(rdb, settings, situation.now)
    ]
    if not hosts:
        return None
    # Where no scale threshold is set it is the roll threshold.
    tag = ROLL_TAG if settings.scale_threshold == settings.roll_threshold else SCALE_TAG
    return (
        f"tag {tag}: {settings.scale_threshold:g} % is at or below the memory of an idle host "
        f"({', '.join(hosts)}): one more is launched, and others after pauses; raise the threshold, or start "
        "q with less"
    )
