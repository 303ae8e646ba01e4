"""Hand back: a standby that demand has not needed for some time is asked to drain (rule 1).

It leaves as any other does: tag, `drained` with its proof, gate. Demand that returns withdraws the request,
as it does with an operator's (drains.py); one that has drained is final, and another is launched. So do
launches that fail: a host that is there is then worth more than one that would have to be launched again.
"""

from datetime import datetime

import msgspec

from chalicelib.core.capacity.demand import Demand
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.commands.drains import against_drain
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import DrainAsked
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data

BY = "Highwater, since demand does not need it"
MOST_SPARE = 40


def with_spare(commanded: Commanded, demand: Demand) -> Commanded:
    """Return the same with since when one RDB with room is not needed, two of them, and so on.

    Launches that AWS owes are none. Where demand is not known nobody is spare, and none is handed back under
    the fixed rule.
    """
    situation, capacity = commanded.situation, commanded.capacity
    spare = max(0, capacity.with_room - capacity.owed - demand.count)
    if not demand.known or situation.settings.rule == "fixed":
        spare = 0
    since = situation.ledger.spare_since[:spare]
    begun = (situation.now.replace(microsecond=0),) * (min(spare, MOST_SPARE) - len(since))
    return commanded.on(msgspec.structs.replace(situation.ledger, spare_since=(*since, *begun)))


def with_hand_back(commanded: Commanded, demand: Demand, *, launches_fail: bool) -> Commanded:
    """Return the same with one standby asked to drain, if one has not been needed for long enough.

    The newest goes first, and the next only when it has drained: one doubt never costs two. While launches
    fail none is asked, and who was asked is kept.
    """
    situation, ledger = commanded.situation, commanded.situation.ledger
    if launches_fail:
        return _without_hand_backs(commanded)
    if not _is_due(situation) or _one_drains(ledger, situation.now):
        return commanded
    if situation.doubts or ledger.stands_in or not _one_more_stays(commanded):
        return commanded
    newest_first = sorted(
        commanded.capacity.counted.items(), key=lambda known: known[1].first_seen, reverse=True
    )
    for instance_id, _ in newest_first:
        if not against_drain(commanded, instance_id, demand):
            commanded = commanded.with_drain(instance_id, DrainAsked(BY, situation.now))
            ledger = commanded.situation.ledger
            return commanded.on(msgspec.structs.replace(ledger, spare_since=ledger.spare_since[1:]))
    return commanded


def _is_due(situation: Situation) -> bool:
    since = situation.ledger.spare_since
    return bool(since) and situation.now - since[0] >= situation.settings.hand_back


def _one_drains(ledger: Ledger, now: datetime) -> bool:
    """Return whether one that may still take data drains: who has rolled waits for hours, and is no room."""
    return any(
        rdb.drain is not None and may_take_data(rdb.state_said) and not rdb.leaving(now)
        for rdb in ledger.rdbs.values()
        if rdb.member
    )


def _without_hand_backs(commanded: Commanded) -> Commanded:
    """Withdraw our own requests from those that may still take data."""
    for instance_id, rdb in commanded.situation.ledger.rdbs.items():
        ours = rdb.drain is not None and rdb.drain.by == BY and may_take_data(rdb.state_said)
        if ours and rdb.member and rdb.member.in_service:
            commanded = commanded.with_drain(instance_id, None)
    return commanded


def _one_more_stays(commanded: Commanded) -> bool:
    """Return whether more hosts stay than MinSize and a floor want: its place goes with it.

    So do those of all who drain, and of those who may leave by this very decision: drained or dead.
    """
    capacity, group = commanded.capacity, commanded.situation.group
    floor = commanded.situation.ledger.floor
    go = sum(bool(rdb.drain or rdb.drained or rdb.dead_at) for rdb in capacity.counted.values())
    there = min(capacity.desired, group.desired, len(capacity.counted))
    return there - go > max(group.min_size, floor.hosts if floor else 0)
