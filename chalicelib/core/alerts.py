"""What operators must know of a cluster now. Each alert is told once, when it starts to stand."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.capacity import Capacity, Target
from chalicelib.core.ledger import Group, Ledger, Rdb
from chalicelib.core.runway import overdue_since
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.walls import HOOK_SECONDS, Missing


class Alert(msgspec.Struct, frozen=True):
    """`key` names the case and whom it is about: the same key is not told again while it stands."""

    key: str
    text: str


def alerts_of(
    ledger: Ledger,
    group: Group,
    settings: ClusterSettings,
    capacity: Capacity,
    target: Target,
    walls: Iterable[Missing],
    now: datetime,
) -> tuple[Alert, ...]:
    """Every alert that stands, in the order of its key."""
    found = [Alert(f"wall {wall.wall}", wall.text) for wall in walls]
    if target.code in ("max-size", "configuration"):
        found.append(Alert(target.code, target.reason))
    if late := overdue_since(ledger, capacity.counted, settings, now):
        found.append(_overdue(ledger, group, late))
    for instance_id, rdb in ledger.rdbs.items():
        found.extend(_of_rdb(instance_id, rdb, settings, now))
    return tuple(sorted(found, key=lambda alert: alert.key))


def _overdue(ledger: Ledger, group: Group, since: datetime) -> Alert:
    if "Launch" in group.suspended:
        return Alert("launch suspended", f"launch overdue since {since:%FT%TZ}: Launch is suspended")
    trouble = ledger.trouble
    if trouble is None:
        return Alert("launch overdue", f"launch overdue since {since:%FT%TZ}: no activity says why")
    return Alert(
        f"launch {trouble.code}",
        f"launch overdue since {since:%FT%TZ}: {trouble.text} (first seen {trouble.since:%FT%TZ})",
    )


def _of_rdb(instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime) -> Iterator[Alert]:
    if rdb.member is None:
        return
    if rdb.dead_at:
        if rdb.drained and rdb.report and rdb.report.rows == 0:
            return
        yield Alert(
            f"dead {instance_id}",
            f"{instance_id} was terminated in EC2: {rdb.window} lost from memory, replayable from the log",
        )
    elif rdb.member.lifecycle == "Terminating:Retained":
        yield Alert(f"retained {instance_id}", f"{instance_id} is retained by its group: {rdb.window}")
    elif rdb.ending_since and rdb.released_at is None and not rdb.proven_empty:
        until = rdb.ending_since + timedelta(seconds=HOOK_SECONDS)
        yield Alert(
            f"terminating {instance_id}",
            f"{instance_id} is being terminated, not by Highwater: {rdb.window}, held by the hook until "
            f"{until:%FT%TZ}, retained then",
        )
    elif rdb.state in (State.LIVE, State.ROLLED, State.UNKNOWN):
        heard = max(rdb.received_at or rdb.first_seen, rdb.metric.at if rdb.metric else rdb.first_seen)
        if now - heard >= settings.memory_fresh:
            yield Alert(
                f"silent {instance_id}",
                f"{instance_id} ({rdb.state}) silent since {heard:%FT%TZ}: {rdb.window}",
            )
