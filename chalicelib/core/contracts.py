"""What comes in from outside, validated: reports of RDBs, commands of operators, alarm and fleet events."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chalicelib.core.errors import BadInput
from chalicelib.core.settings import ALARM_PREFIX

SEQUENCE_AHEAD = timedelta(minutes=15)
PROOF_HEADER = "x-highwater-report"

ClusterName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")]
InstanceId = Annotated[str, Meta(pattern=r"^i-[0-9a-f]{8,17}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Time = Annotated[datetime, Meta(tz=True)]


class State(StrEnum):
    """What an RDB says of itself; `unknown` is the reporter's word when q does not answer."""

    BOOTING = "booting"
    STANDBY = "standby"
    LIVE = "live"
    ROLLED = "rolled"
    DRAINED = "drained"
    UNKNOWN = "unknown"


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole state of one RDB. Bytes; `first_index`, `last_index` is its window (first, last].

    `proof` goes with `drained`: a presigned STS GetCallerIdentity URL, made with the instance's own role,
    whose signed header PROOF_HEADER is `digest`.
    """

    version: Literal[1]
    cluster: ClusterName
    instance_id: InstanceId
    sequence: Count
    state: State
    memory_used: Count
    memory_total: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    rows: Count | None
    first_index: Count | None = None
    last_index: Count | None = None
    sent_at: Time
    proof: str | None = None

    def __post_init__(self) -> None:
        try:
            msgspec.structs.force_setattr(self, "sent_at", self.sent_at.astimezone(UTC))
        except OverflowError as error:
            raise ValueError("sent_at: is out of range in UTC") from error
        if self.memory_used > self.memory_total:
            raise ValueError("memory_used: must be at most memory_total")
        if (self.rows is None) != (self.state is State.UNKNOWN):
            raise ValueError("rows: must be null when the state is unknown, and a number otherwise")
        if (self.first_index is None) != (self.last_index is None):
            raise ValueError("first_index: first_index and last_index come together")
        if (self.last_index or 0) < (self.first_index or 0):
            raise ValueError("last_index: must be at least first_index")


def digest(report: Report) -> str:
    """SHA-256 in hex of a report without its proof, as both the sender and the control plane encode it."""
    return sha256(msgspec.json.encode(msgspec.structs.replace(report, proof=None))).hexdigest()


class Verdict(msgspec.Struct, frozen=True):
    """Whether the proof of one `drained` report held when it was received, and the sentence that says why."""

    holds: bool
    why: str


class RaiseTo(msgspec.Struct, frozen=True, tag="raise_to"):
    """An operator's request for capacity, as an absolute floor: doubled delivery adds nothing."""

    command_id: str
    requested_by: str
    floor: Annotated[int, Meta(ge=0)]


class ReleaseRdb(msgspec.Struct, frozen=True, tag="release_rdb"):
    """An operator's request to release one RDB; it passes the same gate as a report."""

    command_id: str
    requested_by: str
    instance_id: InstanceId


class DrainRdbs(msgspec.Struct, frozen=True, tag="drain_rdbs"):
    """An operator's request that standbys should drain; each leaves once its own report proves it empty."""

    command_id: str
    requested_by: str
    instance_ids: tuple[InstanceId, ...]


class SetHold(msgspec.Struct, frozen=True, tag="set_hold"):
    """An operator's hold on one RDB, or, without an `instance_id`, on the cluster: nothing is released."""

    command_id: str
    requested_by: str
    reason: str
    instance_id: InstanceId | None = None


class LiftHold(msgspec.Struct, frozen=True, tag="lift_hold"):
    """The end of a hold on one RDB, or, without an `instance_id`, on the cluster."""

    command_id: str
    requested_by: str
    instance_id: InstanceId | None = None


Command = RaiseTo | ReleaseRdb | DrainRdbs | SetHold | LiftHold
Trigger = Literal["report", "alarm", "fleet", "sweep", "operator"]


class WakeUp(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of the queue: why to look at a cluster, and the fact that came with it, if any."""

    cluster: ClusterName
    trigger: Trigger
    at: Time
    cause: str
    report: Report | None = None
    verdict: Verdict | None = None
    command: Command | None = None


def parse_report(text: str, received_at: datetime) -> Report:
    """A report as published to the topic. Raises BadInput naming the field and the rule that it breaks."""
    report = decode(text, Report)
    if report.sequence > (received_at + SEQUENCE_AHEAD).timestamp() * 1000:
        raise BadInput("sequence", f"{report.sequence} is more than 15 minutes ahead of {received_at:%FT%TZ}")
    return report


def parse_wake_up(text: str) -> WakeUp:
    """A message of our own queue. Raises BadInput."""
    return decode(text, WakeUp)


def alarmed(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """The cluster and the cause of a memory alarm that went into ALARM, or None for any other event.

    Takes every shape in which CloudWatch tells of an alarm (EventBridge's `detail`, the direct call's
    `alarmData`; previousState, reasonData and contributor may each be absent) and never raises.
    """
    detail = event.get("detail") or event.get("alarmData")
    if not isinstance(detail, Mapping):
        return None
    name, state = detail.get("alarmName"), detail.get("state")
    if not isinstance(name, str) or not isinstance(state, Mapping) or state.get("value") != "ALARM":
        return None
    cluster = name.removeprefix(ALARM_PREFIX)
    if cluster == name or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", cluster):
        return None
    contributor = detail.get("alarmContributor")
    attributes = contributor.get("attributes") if isinstance(contributor, Mapping) else None
    who = attributes.get("InstanceId") if isinstance(attributes, Mapping) else None
    return cluster, f"{who or name} in ALARM: {state.get('reason', 'no reason given')}"


class FleetEvent(msgspec.Struct, frozen=True):
    """What EC2 Auto Scaling said happened to one instance of a group."""

    group: str
    cause: str


def parse_fleet_event(event: Mapping[str, Any]) -> FleetEvent:
    """An event of source aws.autoscaling. Raises BadInput."""
    detail = event.get("detail")
    group = detail.get("AutoScalingGroupName") if isinstance(detail, Mapping) else None
    if not isinstance(detail, Mapping) or not isinstance(group, str) or not group:
        raise BadInput("detail.AutoScalingGroupName", "must name a group")
    instance = detail.get("EC2InstanceId") or "no instance"
    return FleetEvent(group, f"{event.get('detail-type', 'event')}: {instance}")


def decode[T](text: str | bytes, kind: type[T]) -> T:
    """JSON text as `kind`. Raises BadInput naming the field and the rule that it breaks."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(*_field_and_rule(str(error))) from error
    except RecursionError as error:
        raise BadInput("message", "is nested too deep") from error
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BadInput("message", f"is not JSON: {error}") from error


def _field_and_rule(text: str) -> tuple[str, str]:
    rule, _, path = text.partition(" - at `$")
    if path:
        return path.rstrip("`").lstrip("."), rule
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", rule):
        return missing[1], "is missing"
    field, colon, own_rule = rule.partition(": ")
    return (field, own_rule) if colon else ("message", rule)
