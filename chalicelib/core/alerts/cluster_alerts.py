"""What operators must know of a cluster now: of the whole, and of each RDB (rules 6, 7, 11 and 13)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never
from zlib import crc32

from chalicelib.core.alerts.calendar_alerts import calendar_alert
from chalicelib.core.alerts.dying import dying
from chalicelib.core.alerts.failed_raises import failing_raise
from chalicelib.core.alerts.launches import lowered, overdue
from chalicelib.core.alerts.lost_live import with_lost_live
from chalicelib.core.alerts.many import alerts_of_rdbs
from chalicelib.core.alerts.no_live import no_live
from chalicelib.core.alerts.short import short
from chalicelib.core.alerts.tags import mistyped
from chalicelib.core.alerts.tickerplants import two_tickerplants
from chalicelib.core.alerts.tiling import alerts_of_tiling
from chalicelib.core.alerts.unread import unread_alerts
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.idle import idle_above_scale
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.capacity.undone import undone, undone_text
from chalicelib.core.commands.holds import forgotten_holds
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.bounds import alerts_of_bounds
from chalicelib.core.facts.doubts import Doubt
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.walls import Missing


def alerts_of(
    situation: Situation, capacity: Capacity, due: Raise, walls: Iterable[Missing]
) -> tuple[Alert, ...]:
    """Return every alert that stands, in the order of its key."""
    found = [
        *(Alert.of("wall", wall.text, wall.wall) for wall in walls),
        *_of_capacity(situation, capacity, due),
        *unread_alerts(situation.ledger),
        *alerts_of_bounds(situation.ledger),
        *alerts_of_tiling(situation),
        *(Alert.of("hold", text, about) for about, text in forgotten_holds(situation.ledger, situation.now)),
        *with_lost_live(alerts_of_rdbs(situation), situation, capacity, due),
    ]
    if told := calendar_alert(situation):
        found.append(told)
    if lacking := short(situation, due, found):
        found.append(lacking)
    return tuple(sorted(found, key=lambda alert: alert.key))


def _of_capacity(situation: Situation, capacity: Capacity, due: Raise) -> Iterator[Alert]:
    tags = [Doubt("configuration", text) for text in mistyped(situation)]
    for case, doubts in groupby([*tags, *situation.doubts], key=lambda doubt: doubt.case):
        texts = sorted(doubt.text for doubt in doubts)
        # The doubts that there are: another one is another cause, which is told again.
        cause = f"{crc32(''.join(texts).encode(errors='replace')):08x}"
        yield Alert.of(case, "; ".join(texts), cause=cause)
    match due.code:
        case "max-size":
            yield Alert.of(due.code, due.reason)
        case "raise" | "room" | "waiting" | "configuration":
            pass  # a configuration that forbids raising is one of the doubts
        case _:
            assert_never(due.code)
    if number := undone(situation, capacity):
        yield Alert.of("undone", undone_text(situation, number))
    if idle := idle_above_scale(situation):
        yield Alert.of("idle-above-scale", idle)
    others = (
        overdue(situation, wanted=capacity.owed + (due.target is not None)),
        lowered(situation, capacity),
        no_live(situation, capacity, due),
        dying(situation),
        two_tickerplants(situation),
        failing_raise(situation, capacity, due),
    )
    yield from filter(None, others)
