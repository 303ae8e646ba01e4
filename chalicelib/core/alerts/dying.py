"""Hosts that die again and again: at MinSize AWS replaces them, whatever the pauses (rule 5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.rdb import DIED, LEFT, TOGETHER, Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.text import named

MANY = 3
# Hosts that came within these hours count. It begins if the last died within these minutes. It is over when
# none has died for half of those hours: hosts that die each half hour are one alert, not one each time.
COUNTED, LAST = timedelta(hours=2), timedelta(minutes=20)
OVER = COUNTED / 2
NAMED = 6


def dying(situation: Situation) -> Alert | None:
    """Return the alert that hosts come and die, one after the other, without a release of ours."""
    ledger, now = situation.ledger, situation.now
    lost = {
        instance_id: (left.first_seen, left.at)
        for instance_id, left in ledger.gone.items()
        if left.why in (DIED, LEFT)
    }
    lost |= {
        instance_id: (rdb.first_seen, rdb.dead_at or rdb.member_seen)
        for instance_id, rdb in ledger.rdbs.items()
        if _is_lost(rdb)
    }
    since = max(filter(None, [now - COUNTED, ledger.followed_at]))
    young = {i: (came, at) for i, (came, at) in lost.items() if came > since}
    known = ledger.alerts.get("dying")
    stands = known is not None and known.ended is None
    # Those that are gone together went once: with their group, which was made anew, or with their zone.
    times = _times(at for _, at in young.values() if at)
    if times < MANY and not stands:
        return None
    last = OVER if stands else LAST
    if all(at is None or now - at >= last for _, at in young.values()):
        return None
    first = min(came for came, _ in young.values())
    newest = sorted(young, key=lambda instance_id: young[instance_id][0], reverse=True)
    text = (
        f"hosts die again and again: {len(young)} that came since {first:%FT%TZ} have died or left the "
        f"group, none of them released, last {named(newest, NAMED)}; at MinSize AWS launches another for "
        "each at once: look in CloudTrail, at the group's activities and health checks for what ends them"
    )
    return Alert.of("dying", text)


def _times(gone: Iterable[datetime]) -> int:
    """Return how often hosts went: who went less than a minute after the one before went with it."""
    ordered = sorted(gone)
    return len(ordered) - sum(after - before < TOGETHER for before, after in pairwise(ordered))


def _is_lost(rdb: Rdb) -> bool:
    is_gone = bool(rdb.dead_at) or (rdb.member is None and rdb.member_seen is not None)
    return is_gone and rdb.left_as in (DIED, LEFT)
