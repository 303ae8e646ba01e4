"""The brake: hosts that give no lasting room are no reason to launch without end (rule 5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.idle import is_idle_above_scale
from chalicelib.core.capacity.missed import missed_since
from chalicelib.core.capacity.never_ready import deadline_of, is_never_ready
from chalicelib.core.capacity.room import Room
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import TOGETHER, Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data, takes_data
from chalicelib.core.facts.text import and_more

FIRST_PAUSE = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=2)
# A host that was ready for so long is of use, though it never took data.
STOOD = timedelta(minutes=20)
# So many that took data and failed within minutes are no bad luck.
IN_A_ROW = 3
NAMED = 6
NEVER_READY = "never got ready"


def with_brake(situation: Situation, capacity: Capacity) -> Ledger:
    """Return the ledger with when the newest host of use came: those from before count no more."""
    ledger = situation.ledger
    proofs = [
        rdb.first_seen
        for instance_id, rdb in ledger.rdbs.items()
        if rdb.member_seen
        and not missed_since(rdb, situation)
        and (
            (rdb.took_data and _lasted(rdb))
            or _rose(rdb, situation.settings)
            or (_stood(rdb) and _has_room_or_drained(capacity, instance_id, rdb))
        )
    ]
    since = max([*proofs, *filter(None, [ledger.useful_since])], default=None)
    return msgspec.structs.replace(ledger, useful_since=since)


def pause(situation: Situation, capacity: Capacity) -> str | None:
    """Return why no other host is launched yet; None when one may be.

    The first that gives no lasting room is followed by one more at once. After that each launch waits, 30
    minutes at first and twice as long each time, up to two hours, until a host that was launched later takes
    data or stands by for a while, the launch template changes or an operator raises. One that took data and
    fails minutes later was of use too, but not where three in a row do. Hosts that were launched together are
    one try, and those that are gone by now count, but not those of a group that this one followed. An
    operator's floor does not wait.
    """
    settings, now, ledger = situation.settings, situation.now, situation.ledger
    useful_since, in_a_row = _newest_of_use(situation, capacity)
    # Who came together with one of use was a part of its try.
    useful = useful_since + TOGETHER if useful_since else None
    since = max(filter(None, [ledger.tried_afresh, useful]), default=datetime.min.replace(tzinfo=UTC))
    followed = ledger.followed_at or since
    found = {
        i: (left.first_seen, left.first_seen + settings.boot_deadline, left.why)
        for i, left in ledger.gone.items()
        if left.first_seen > followed
    }
    for instance_id, rdb in ledger.rdbs.items():
        room = capacity.rooms.get(instance_id)
        if rdb.member_seen is None or rdb.drains_by_request or (room and room.has):
            continue
        if rdb.member and rdb.member.healthy and rdb.member.is_set_aside:
            continue  # it was of use until somebody set it aside, and may come back
        if rdb.member is None and rdb.first_seen <= followed:
            continue
        why = room.why if room else rdb.left_as
        if is_never_ready(rdb, settings, now):
            why = NEVER_READY
        elif is_idle_above_scale(rdb, settings, now):
            why = "idle above the scale threshold"
        found[instance_id] = (rdb.first_seen, deadline_of(rdb, settings), why)
    found = {i: known for i, known in found.items() if known[0] > since}
    never_ready = [first_seen for first_seen, _, why in found.values() if why == NEVER_READY]
    failed = [first_seen for first_seen, _, why in found.values() if why != NEVER_READY]
    # One that came together with a host that never got ready was a part of that try.
    failed_apart = [at for at in failed if all(abs(at - each) >= TOGETHER for each in never_ready)]
    tries = _tries(never_ready, settings.boot_deadline) + _tries(failed_apart, TOGETHER) - in_a_row
    if tries < 2:
        return None
    until = max(end for _, end, _ in found.values()) + min(FIRST_PAUSE * 2 ** (tries - 2), LONGEST_PAUSE)
    if now >= until:
        return None
    named = _named({i: (first_seen, why) for i, (first_seen, _, why) in found.items()})
    return f"{named}: no other is launched until {until:%FT%TZ}"


def _has_room_or_drained(capacity: Capacity, instance_id: str, rdb: Rdb) -> bool:
    """Only a proven `drained` counts: a forged one could end a pause."""
    room = capacity.rooms.get(instance_id)
    return rdb.first_drained_at is not None or (room is not None and room.has)


def _newest_of_use(situation: Situation, capacity: Capacity) -> tuple[datetime | None, bool]:
    """Return when the newest host of use came, and whether three after it took data in a row and failed.

    In a wild market one that failed young took data all the same, and the next is launched at once.
    """
    ledger = situation.ledger
    took = {i: rdb for i, rdb in ledger.rdbs.items() if rdb.member_seen and rdb.took_data}
    failed = {i for i, rdb in took.items() if _failed(rdb, capacity.rooms.get(i), situation)}
    well = [rdb.first_seen for i, rdb in took.items() if i not in failed]
    since = max([*well, *filter(None, [ledger.useful_since])], default=None)
    found = [ledger.rdbs[i].first_seen for i in failed]
    found += [left.first_seen for left in ledger.gone.values() if left.took_data]
    vain = [at for at in found if since is None or at > since]
    if _tries(vain, TOGETHER) >= IN_A_ROW:
        return since, True
    return max(vain, default=since), False


def _failed(rdb: Rdb, room: Room | None, situation: Situation) -> bool:
    """It took data, and does no more after minutes, neither because it is full nor by an operator's order."""
    if rdb.drains_by_request or (rdb.member and rdb.member.healthy and rdb.member.is_set_aside):
        return False
    # By its own word alone it took data.
    if missed_since(rdb, situation):
        return True
    if _lasted(rdb):
        return False
    if room is None or not (rdb.member and rdb.member.healthy):
        return True
    heard = situation.now - rdb.heard_at < situation.settings.memory_fresh
    return not room.has and not (takes_data(rdb.state) and heard)


def _lasted(rdb: Rdb) -> bool:
    """It rolled, however soon, or it was ready for a while, and nobody set it Unhealthy meanwhile."""
    if not may_take_data(rdb.state_said):
        return True
    if rdb.member and not rdb.member.healthy:
        return False
    return bool(rdb.ready_since and rdb.ready_at and rdb.ready_at - rdb.ready_since >= STOOD)


def _rose(rdb: Rdb, settings: ClusterSettings) -> bool:
    """Its metric rose to the scale threshold, and no report came since that would deny that it took data.

    While it starts it loads other things than the day's data.
    """
    rose = rdb.earlier
    if rose is None or rdb.metric is None or rose.at < deadline_of(rdb, settings):
        return False
    unheard = rdb.received_at is None or rdb.received_at < rose.at
    return unheard and rose.percent < settings.scale_threshold <= rdb.metric.percent


def _stood(rdb: Rdb) -> bool:
    """By each of its voices that was ever heard, or by when it drained, since it first said that it is ready.

    The time for which it booted is none of that. One that never reported is ready once it was seen.
    """
    since = rdb.ready_since if rdb.report else rdb.first_seen
    if since is None:
        return False
    if rdb.first_drained_at and rdb.first_drained_at - since >= STOOD:
        return True
    heard = [rdb.ready_at] if rdb.report else []
    if rdb.metric:
        heard.append(rdb.metric.at)
    return bool(heard) and all(at is not None and at - since >= STOOD for at in heard)


def _tries(launched: Iterable[datetime], apart: timedelta) -> int:
    """Who came less than this after the first of a try came together with it."""
    tries, began = 0, None
    for first_seen in sorted(launched):
        if began is None or first_seen - began >= apart:
            tries, began = tries + 1, first_seen
    return tries


def _named(found: Mapping[str, tuple[datetime, str]]) -> str:
    """Name the newest, those together of which the same is to be said."""
    newest = sorted(found, key=lambda i: found[i][0], reverse=True)
    by_why: defaultdict[str, list[str]] = defaultdict(list)
    for instance_id in newest[:NAMED]:
        by_why[found[instance_id][1]].append(instance_id)
    parts = [
        f"{', '.join(sorted(hosts))} {why}"
        for why, hosts in sorted(by_why.items(), key=lambda k: k[0] != NEVER_READY)
    ]
    return ", ".join(parts) + and_more(len(newest) - NAMED)
