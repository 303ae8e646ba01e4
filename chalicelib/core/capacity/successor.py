"""Successors: only one RDB is live, so that of two that say so the later one takes the data (rule 5)."""

from chalicelib.core.capacity.missed import missed_since
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import takes_data


def successor_of(rdb: Rdb, situation: Situation) -> str | None:
    """Return who has been live since a later time than an RDB that says that it is live; None if nobody is.

    Its word that it rolled may be lost, or its q does not know that the tickerplant lost it. A successor must
    be well itself.
    """
    since = rdb.live_since
    if since is None or not takes_data(rdb.state):
        return None
    rdbs = situation.ledger.rdbs.items()
    later = ((other.live_since, i) for i, other in rdbs if _is_well(other, situation))
    return max(((at, i) for at, i in later if at and at > since), default=(None, None))[1]


def _is_well(rdb: Rdb, situation: Situation) -> bool:
    there = rdb.member is not None and rdb.member.in_service and rdb.member.healthy and not rdb.is_down
    heard = situation.now - rdb.heard_at < situation.settings.memory_fresh
    return takes_data(rdb.state) and there and heard and missed_since(rdb, situation) is None
