"""Hand back: a standby that demand has not needed for some time is asked to drain (rule 1).

It leaves as any other does: tag, `drained` with its proof, gate. Demand that returns withdraws the request,
as it does with an operator's (drains.py); one that has drained is final, and another is launched. So do
launches that fail: a host that is there is then worth more than one that would have to be launched again.
"""

from datetime import datetime

import msgspec

from chalicelib.core.capacity.demand import Demand, demand_of
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


def with_hand_back(commanded: Commanded, *, launches_fail: bool) -> Commanded:
    """Return the same with one standby asked to drain, if one has not been needed for long enough.

    The newest goes first, and the next only when it has drained: one doubt never costs two. While launches
    fail none is asked, and who was asked is kept.
    """
    situation, ledger = commanded.situation, commanded.situation.ledger
    if launches_fail:
        return _without_hand_backs(commanded)
    if not _is_due(situation) or _one_drains(ledger, situation.now):
        return commanded
    left = _when_they_have_left(commanded)
    if situation.doubts or ledger.stands_in or not _is_above_min_size(left):
        return commanded
    demand = demand_of(left.situation, left.capacity)
    newest_first = sorted(left.capacity.counted.items(), key=lambda known: known[1].first_seen, reverse=True)
    for instance_id, _ in newest_first:
        # Who has no room is not what is spare, and may count for a floor.
        if left.capacity.rooms[instance_id].has and not against_drain(left, instance_id, demand):
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


def _when_they_have_left(commanded: Commanded) -> Commanded:
    """Return the same without those who may leave by this very decision, drained or dead."""
    situation, capacity = commanded.situation, commanded.capacity
    stay = {i: rdb for i, rdb in capacity.counted.items() if not (rdb.drained or rdb.dead_at)}
    gone = len(capacity.counted) - len(stay)
    group = msgspec.structs.replace(situation.group, desired=situation.group.desired - gone)
    left = msgspec.structs.replace(
        capacity, counted=stay, rooms={i: capacity.rooms[i] for i in stay}, desired=capacity.desired - gone
    )
    return msgspec.structs.replace(
        commanded, situation=msgspec.structs.replace(situation, group=group), capacity=left
    )


def _is_above_min_size(commanded: Commanded) -> bool:
    """Its place goes with it: those that drain already have given up theirs."""
    capacity, group = commanded.capacity, commanded.situation.group
    return min(capacity.desired, group.desired) - capacity.draining > group.min_size
