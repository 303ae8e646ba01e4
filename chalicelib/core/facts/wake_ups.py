"""Wake-ups: the messages of the queue, with the fact or the operator's command that each carries."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from chalicelib.contract.names import CLUSTER_NAME
from chalicelib.contract.report import InstanceId, Report, Time, decode
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.facts.calendar import Calendar

# The place of a cluster in the queue and the table for what concerns no one cluster: no cluster can have it.
ACCOUNT = "*"


class Verdict(msgspec.Struct, frozen=True):
    """The judgement on the proof of one `drained` report, made when it was received.

    `why` is the sentence that says why it holds or does not.
    """

    holds: bool
    why: str


class Ahead(msgspec.Struct, frozen=True):
    """A host whose report was refused, since its clock is so many seconds ahead."""

    instance_id: InstanceId
    seconds: int


class Asking(NamedTuple):
    """The beginning of every command: its id, and by whom and when it was asked for.

    One that comes late is refused (rule 9).
    """

    command_id: str
    requested_by: str
    at: Time

    @classmethod
    def of(cls, command: "Command") -> "Asking":
        """Return the beginning of a command."""
        return cls(command.command_id, command.requested_by, command.at)


class SetFloor(msgspec.Struct, frozen=True, tag="set_floor"):
    """An operator's request for capacity, as an absolute floor: doubled delivery adds nothing.

    It stands until a time; without one until the end of the session that trades or opens within twelve hours,
    or else of the UTC day.
    """

    command_id: str
    requested_by: str
    at: Time
    floor: Annotated[int, Meta(ge=0)]
    until: Time | None = None


class ReleaseRdb(msgspec.Struct, frozen=True, tag="release_rdb"):
    """An operator's request to release one RDB; it passes the same gate as a report."""

    command_id: str
    requested_by: str
    at: Time
    instance_id: InstanceId


class DrainRdbs(msgspec.Struct, frozen=True, tag="drain_rdbs"):
    """An operator's request that standbys should drain; each leaves once its own report proves it empty.

    `floor` is how many hosts are enough from now on, if they drain to have fewer.
    """

    command_id: str
    requested_by: str
    at: Time
    instance_ids: tuple[InstanceId, ...]
    floor: int | None = None


class SetHold(msgspec.Struct, frozen=True, tag="set_hold"):
    """An operator's hold on one RDB, or, without an `instance_id`, on the cluster: nothing is released.

    It ends by itself at `until`, if that is given.
    """

    command_id: str
    requested_by: str
    at: Time
    reason: str
    instance_id: InstanceId | None = None
    until: Time | None = None


class LiftHold(msgspec.Struct, frozen=True, tag="lift_hold"):
    """The end of a hold on one RDB, or, without an `instance_id`, on the cluster."""

    command_id: str
    requested_by: str
    at: Time
    instance_id: InstanceId | None = None


class SetCalendar(msgspec.Struct, frozen=True, tag="set_calendar"):
    """An operator's calendar, in the place of the one before."""

    command_id: str
    requested_by: str
    at: Time
    calendar: Calendar


class RemoveCalendar(msgspec.Struct, frozen=True, tag="remove_calendar"):
    """The end of a calendar: the cluster is as one that never had any."""

    command_id: str
    requested_by: str
    at: Time


Command = SetFloor | ReleaseRdb | DrainRdbs | SetHold | LiftHold | SetCalendar | RemoveCalendar
Trigger = Literal["report", "alarm", "fleet", "sweep", "operator"]


class WakeUp(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of the queue: the cluster to look at, and the fact that came with it, if any.

    With `whole` a whole look found the reason to come, so that another one must be taken (measuring.py).
    `launch_failed` is EC2 Auto Scaling's news of that: its activities say why.
    """

    cluster: Annotated[str, Meta(pattern=rf"^({CLUSTER_NAME}|\*)\Z")]
    trigger: Trigger
    at: Time
    cause: str
    report: Report | None = None
    verdict: Verdict | None = None
    ahead: Ahead | None = None
    tickerplant: TickerplantReport | None = None
    command: Command | None = None
    whole: bool = False
    launch_failed: bool = False


def parse_wake_up(text: str) -> WakeUp:
    """Return a message of our own queue. Raises BadInput."""
    return decode(text, WakeUp)
