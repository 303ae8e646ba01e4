"""Alerts: what operators must know of a cluster now (rules 6, 7 and 11)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, assert_never

import msgspec

from chalicelib.core.idle import idle_above_scale
from chalicelib.core.launches import failing_raise, overdue
from chalicelib.core.ledger import Ledger
from chalicelib.core.never_ready import is_never_ready
from chalicelib.core.raises import Raise
from chalicelib.core.rdb import Rdb
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation
from chalicelib.core.states import may_hold_data
from chalicelib.core.walls import HOOK_SECONDS, Missing

UNKNOWN_TOLD = timedelta(minutes=15)

AlertCase = Literal[
    "wall",
    "max-size",
    "configuration",
    "ambiguous",
    "idle-above-scale",
    "launch",
    "raise",
    "release",
    "unknown",
    "never-ready",
    "silent",
    "terminating",
    "retained",
    "dead",
]


class Alert(msgspec.Struct, frozen=True):
    """One thing to know. `key` names the case and whom it is about; it is told once while it stands."""

    key: str
    text: str

    @classmethod
    def of(cls, case: AlertCase, text: str, about: str = "") -> "Alert":
        """Return the alert of a case; `about` is the instance, the wall or the code, if there is one."""
        return cls(f"{case} {about}".rstrip(), text)

    def is_of(self, case: AlertCase) -> bool:
        """Return whether this is its case, which is the first word of the key."""
        return self.key.partition(" ")[0] == case


def alerts_of(situation: Situation, due: Raise, walls: Iterable[Missing]) -> tuple[Alert, ...]:
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
    if text := idle_above_scale(situation):
        found.append(Alert.of("idle-above-scale", text))
    if late := overdue(situation):
        found.append(Alert.of("launch", late.text, late.code))
    if text := failing_raise(situation.ledger):
        found.append(Alert.of("raise", text))
    for instance_id, rdb in situation.ledger.rdbs.items():
        found.extend(_of_rdb(instance_id, rdb, situation.settings, situation.now))
    return tuple(sorted(found, key=lambda alert: alert.key))


def untold(alerts: Iterable[Alert], ledger: Ledger) -> tuple[Alert, ...]:
    """Return the alerts that operators do not know of yet."""
    return tuple(alert for alert in alerts if alert.key not in ledger.told)


def _of_rdb(instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime) -> Iterator[Alert]:
    if rdb.member is None:
        return
    if rdb.dead_at:
        if rdb.proven_empty:
            return
        yield Alert.of(
            "dead",
            f"{instance_id} was terminated in EC2: {rdb.window} lost from memory, replayable from the log",
            instance_id,
        )
    elif rdb.member.retained:
        yield Alert.of("retained", f"{instance_id} is retained by its group: {rdb.window}", instance_id)
    elif rdb.ending_since and rdb.released_at is None and not rdb.proven_empty:
        until = rdb.ending_since + timedelta(seconds=HOOK_SECONDS)
        yield Alert.of(
            "terminating",
            f"{instance_id} is being terminated, not by Highwater: {rdb.window}, held by the hook until "
            f"{until:%FT%TZ}, retained then",
            instance_id,
        )
    elif may_hold_data(rdb.state):
        heard = max(rdb.received_at or rdb.first_seen, rdb.metric.at if rdb.metric else rdb.first_seen)
        if now - heard >= settings.memory_fresh:
            yield Alert.of(
                "silent",
                f"{instance_id} ({rdb.state}) silent since {heard:%FT%TZ}: {rdb.window}",
                instance_id,
            )
        elif rdb.unanswered and now - rdb.unanswered.since >= min(settings.boot_deadline, UNKNOWN_TOLD):
            yield Alert.of(
                "unknown",
                f"{instance_id}: q does not answer since {rdb.unanswered.since:%FT%TZ}, its reporter lives: "
                f"{rdb.window}",
                instance_id,
            )
    elif is_never_ready(rdb, settings, now):
        yield Alert.of(
            "never-ready",
            f"{instance_id} came up at {rdb.first_seen:%FT%TZ} and never got ready: "
            f"{rdb.state or 'never heard of'}",
            instance_id,
        )
