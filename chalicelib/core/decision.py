"""The decision as data."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.core.capacity.raises import RaiseCode
from chalicelib.core.capacity.room import Room
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import Trigger
from chalicelib.core.release.releases import Release
from chalicelib.core.release.steps import gives_up_place

DecisionCode = Literal[RaiseCode, "release", "unreadable", "in-order", "gone"]


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """The actions that one reconcile wants, and why. Recorded in the ledger, logged, and shown by the API.

    `target` is the DesiredCapacity to write, `at_once` that an operator's floor wants it, which counts for
    this decision alone; `repair` names walls. `with_room` counts the RDBs that have room and the launches
    that AWS owes; `rooms` says of each counted RDB that may take data whether it has room and why. `tag` and
    `untag` are the RDBs whose request to drain must be shown to them or taken back. `alerts` are those that
    stand. Operators are told of those in `told` since they are new, in `changed` since their cause is
    another, and in `cleared` since they are over. `code` names the case, `reason` says it with the numbers.
    `carried_out` has the ids of the operators' commands that it took, refused ones included, and `asked` the
    sentence of each; `ended` has the holds whose time was over. `noted` holds facts that were ignored,
    `unread` what AWS did not answer. `outcome` has the answers to its calls; it is recorded where one of them
    is not what was meant, and `failed` counts those that failed. A `quiet` one was not recorded.
    """

    cluster: str
    at: datetime
    code: DecisionCode
    reason: str
    desired: int | None = None
    counted: int = 0
    with_room: int = 0
    runway_minutes: float | None = None
    target: int | None = None
    at_once: bool = False
    repair: tuple[str, ...] = ()
    release: tuple[Release, ...] = ()
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    alerts: tuple[Alert, ...] = ()
    told: tuple[Alert, ...] = ()
    changed: tuple[Alert, ...] = ()
    cleared: tuple[Alert, ...] = ()
    noted: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    carried_out: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    rooms: dict[str, Room] = {}
    triggers: tuple[Trigger, ...] = ()
    outcome: tuple[str, ...] = ()
    failed: int = 0
    quiet: bool = False

    @property
    def launches(self) -> int:
        """The hosts that AWS launches for it: raising back what somebody lowered launches none."""
        return max(0, (self.target or 0) - max(self.desired or 0, self.counted))

    @property
    def releases(self) -> int:
        """The places that it gives up: each RDB counts once, whatever steps it takes after that."""
        return sum(gives_up_place(release.step) for release in self.release)

    @property
    def acts(self) -> bool:
        """Something is to be done in AWS or told to people."""
        return self.target is not None or bool(
            self.repair or self.release or self.tag or self.untag or self.has_news
        )

    @property
    def has_news(self) -> bool:
        """Something is to be told to people."""
        return bool(self.told or self.changed or self.cleared)

    @property
    def gist(self) -> str:
        """The case without its numbers: a decision with another gist is worth another record."""
        refused = ",".join(f"{refusal}:{len(refusal.reasons)}" for refusal in self.refused)
        roomy = ",".join(sorted(instance_id for instance_id, room in self.rooms.items() if room.has))
        alerts = ",".join(f"{alert.key}:{alert.cause}" for alert in self.alerts)
        return f"{self.code}|{roomy}|{refused}|{alerts}|{len(self.unread)}"
