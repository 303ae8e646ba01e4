"""What operators must know of a cluster now: of the whole, and of each RDB (rules 6, 7, 11 and 13)."""

from collections.abc import Iterable
from itertools import groupby
from typing import assert_never

from chalicelib.core.alerts import Alert
from chalicelib.core.bounds import alerts_of_bounds
from chalicelib.core.capacity import Capacity
from chalicelib.core.failed_raises import failing_raise
from chalicelib.core.holds import forgotten_holds
from chalicelib.core.idle import idle_above_scale
from chalicelib.core.launches import overdue
from chalicelib.core.raises import Raise
from chalicelib.core.rdb_alerts import alert_of_rdb
from chalicelib.core.situation import Situation
from chalicelib.core.walls import Missing


def alerts_of(
    situation: Situation, capacity: Capacity, due: Raise, walls: Iterable[Missing]
) -> tuple[Alert, ...]:
    """Return every alert that stands, in the order of its key."""
    found = [Alert.of("wall", wall.text, wall.wall) for wall in walls]
    for case, doubts in groupby(situation.doubts, key=lambda doubt: doubt.case):
        found.append(Alert.of(case, "; ".join(doubt.text for doubt in doubts)))
    match due.code:
        case "max-size":
            found.append(Alert.of(due.code, due.reason))
        case "raise" | "room" | "waiting" | "configuration":
            pass  # a configuration that forbids raising is one of the doubts
        case _:
            assert_never(due.code)
    if idle := idle_above_scale(situation):
        found.append(Alert.of("idle-above-scale", idle))
    if late := overdue(situation, wanted=capacity.owed + (due.target is not None)):
        found.append(late)
    if failing := failing_raise(situation.ledger):
        found.append(failing)
    for about, text in forgotten_holds(situation.ledger, situation.now):
        found.append(Alert.of("hold", text, about))
    found.extend(alerts_of_bounds(situation.ledger))
    for instance_id, rdb in situation.ledger.rdbs.items():
        if alert := alert_of_rdb(instance_id, rdb, situation.settings, situation.now):
            found.append(alert)
    return tuple(sorted(found, key=lambda alert: alert.key))
