"""The requests of the operators' HTTP API that change something.

Each is decided dry on the spot, kept on record, and queued; the queue decides again.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import msgspec
from chalice import Blueprint, Response
from chalice.app import Request
from msgspec import Meta

from chalicelib.adapters.items import CommandRequest
from chalicelib.adapters.logs import logger
from chalicelib.adapters.records import CommandRecord
from chalicelib.contract.report import Time, decode
from chalicelib.core.commands.applying import COMMAND_MINUTES
from chalicelib.core.decision import Decision
from chalicelib.core.facts.wake_ups import (
    Asking,
    Command,
    LiftHold,
    RemoveCalendar,
    SetCalendar,
    SetHold,
    WakeUp,
)
from chalicelib.core.plan import DecidedPlan
from chalicelib.core.requests import CapacityRefusal, CapacityWish, capacity_command, release_command
from chalicelib.reconcile import runtime
from chalicelib.triggers.calendar_request import CalendarRequest
from chalicelib.triggers.http import IAM, answered, as_json, body_of, who
from chalicelib.triggers.idempotency import KEY_HEADER, command_id_of, digest_of, key_of
from chalicelib.triggers.times import checked_until
from chalicelib.triggers.views import decision_view, state_of

routes = Blueprint(__name__)
REASON_BYTES = 500
Making = Callable[[DecidedPlan, Asking], Command | CapacityRefusal]


class CapacityRequest(CapacityWish, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request for capacity."""

    dry_run: bool = False


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request to release one RDB."""

    dry_run: bool = False


class HoldRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request to put something on hold; it ends by itself at `until`."""

    reason: Annotated[str, Meta(min_length=1)]
    until: Time | None = None

    def __post_init__(self) -> None:
        # In bytes: it goes into the ledger, which is bounded in bytes (rule 12).
        if len(self.reason.encode(errors="replace")) > REASON_BYTES:
            raise ValueError(f"reason: must have at most {REASON_BYTES} bytes")
        # It is shown on terminals and mailed as it is: control characters would be obeyed there.
        if not self.reason.isprintable() or self.reason.isspace():
            raise ValueError("reason: must be one line of printable characters, and not of spaces alone")


class NoBody(msgspec.Struct, frozen=True):
    """A request whose body says nothing."""


@routes.route("/clusters/{cluster}/capacity", methods=["POST"], authorizer=IAM)
@answered(routes)
def scale(request: Request, cluster: str) -> Response:
    """Ask for capacity: more as a floor, less by asking standbys to drain."""
    body = body_of(request, CapacityRequest)

    def wish(plan: DecidedPlan, asking: Asking) -> Command | CapacityRefusal:
        until = checked_until(body.until, asking.at)
        return capacity_command(plan.decided, CapacityWish(body.desired, body.change, until), asking)

    return _answer(
        request,
        cluster,
        body,
        wish,
        dry_run=body.dry_run,
    )


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/release", methods=["POST"], authorizer=IAM)
@answered(routes)
def release(request: Request, cluster: str, instance_id: str) -> Response:
    """Ask for the release of one RDB, which passes the same gate as its own report.

    There is no force. A standby is asked to drain first.
    """
    body = body_of(request, ReleaseRequest)
    return _answer(
        request,
        cluster,
        body,
        lambda plan, asking: release_command(plan.decided, instance_id, asking),
        dry_run=body.dry_run,
    )


@routes.route("/clusters/{cluster}/hold", methods=["PUT"], authorizer=IAM)
@answered(routes)
def hold_cluster(request: Request, cluster: str) -> Response:
    """Put a cluster on hold: it still raises, and releases nothing."""
    return _hold(request, cluster, None)


@routes.route("/clusters/{cluster}/hold", methods=["DELETE"], authorizer=IAM)
@answered(routes)
def lift_cluster_hold(request: Request, cluster: str) -> Response:
    """Lift the hold of a cluster."""
    return _answer(request, cluster, NoBody(), lambda _, asking: LiftHold(*asking))


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/hold", methods=["PUT"], authorizer=IAM)
@answered(routes)
def hold_rdb(request: Request, cluster: str, instance_id: str) -> Response:
    """Put one RDB on hold: it is not released."""
    return _hold(request, cluster, instance_id)


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/hold", methods=["DELETE"], authorizer=IAM)
@answered(routes)
def lift_rdb_hold(request: Request, cluster: str, instance_id: str) -> Response:
    """Lift the hold of one RDB."""
    return _answer(request, cluster, NoBody(), lambda _, asking: LiftHold(*asking, instance_id))


@routes.route("/clusters/{cluster}/calendar", methods=["PUT"], authorizer=IAM)
@answered(routes)
def put_calendar(request: Request, cluster: str) -> Response:
    """Put the calendar of a cluster, in the place of the one before."""
    body = body_of(request, CalendarRequest)
    return _answer(
        request,
        cluster,
        body,
        lambda _, asking: SetCalendar(*asking, body.calendar(asking)),
        dry_run=body.dry_run,
    )


@routes.route("/clusters/{cluster}/calendar", methods=["DELETE"], authorizer=IAM)
@answered(routes)
def remove_calendar(request: Request, cluster: str) -> Response:
    """Remove the calendar of a cluster."""
    return _answer(request, cluster, NoBody(), lambda _, asking: RemoveCalendar(*asking))


def _hold(request: Request, cluster: str, instance_id: str | None) -> Response:
    body = body_of(request, HoldRequest)

    def hold(_: DecidedPlan, asking: Asking) -> Command:
        return SetHold(*asking, body.reason, instance_id, checked_until(body.until, asking.at))

    return _answer(request, cluster, body, hold)


def _answer(
    request: Request, cluster: str, body: msgspec.Struct, make: Making, *, dry_run: bool = False
) -> Response:
    """Make a command of a request and take it, or answer what was answered to the same request before.

    A key counts from when its command is on record: a request that was refused, or dry, left none.
    """
    key, digest = key_of(request), digest_of(request, body)
    asking = Asking(command_id_of(cluster, key), who(request), runtime.utc_now())
    if key and not dry_run and (record := runtime.records().command(cluster, asking.command_id)):
        return _again(cluster, record, digest)
    plan = runtime.controller().plan(cluster)
    command = make(plan, asking)
    if isinstance(command, CapacityRefusal):
        return _refused(command.reasons, command.numbers)
    # The instance id came with the path: what is kept and queued is checked like what comes in.
    command = decode(msgspec.json.encode(command), type(command))
    decision = plan.with_command(command)
    refusals = [refusal for refusal in decision.refused if refusal.command_id == command.command_id]
    if refusals:
        reasons = [reason for refusal in refusals for reason in refusal.reasons]
        return _refused(reasons, {"cluster": cluster, "refused": [str(refusal) for refusal in refusals]})
    if dry_run:
        return as_json(200, {"dry_run": True, "plan": _planned(decision)})
    return _accepted(cluster, CommandRequest(command, digest), decision)


def _planned(decision: Decision) -> dict[str, Any]:
    """Return a plan as an answer shows it: nothing is carried out yet."""
    return decision_view(msgspec.structs.replace(decision, carried_out=()))


def _accepted(cluster: str, request: CommandRequest, decision: Decision) -> Response:
    """Keep the command on record, then queue it: what is lost in between can be asked again by its key."""
    command_id = request.command.command_id
    if not runtime.records().keep(cluster, request):
        # The same key twice at once, or a write that AWS took and did not answer at first.
        record = runtime.records().command(cluster, command_id)
        assert record is not None, "what stands in the way of a record is a record"
        return _again(cluster, record, request.digest)
    _queue(cluster, request.command)
    return as_json(202, {**_following(cluster, command_id), "plan": _planned(decision)})


def _again(cluster: str, record: CommandRecord, digest: str) -> Response:
    """Answer a key that was used before; a command that still waits may have missed the queue."""
    command = record.request.command
    if record.request.digest != digest:
        reason = (
            f"{KEY_HEADER}: was used for another request, by {command.requested_by} at {command.at:%FT%TZ}"
        )
        return _refused([reason], {"command_id": command.command_id})
    if record.result is None:
        _queue(cluster, command)
    result = record.result
    decision = runtime.records().decision(cluster, result.decision) if result else None
    state = state_of(record, decision, runtime.utc_now())
    if state == "too-old":
        reason = (
            f"asked for at {command.at:%FT%TZ}, and not carried out within {COMMAND_MINUTES} minutes: ask "
            f"again with another {KEY_HEADER}"
        )
        return _refused([reason], {"command_id": command.command_id, "repeated": True, "state": state})
    return as_json(202, {**_following(cluster, command.command_id), "repeated": True, "state": state})


def _queue(cluster: str, command: Command) -> None:
    cause = f"{command.requested_by} asks: {type(command).__name__}"
    wake_up = WakeUp(cluster, "operator", command.at, cause, command=command)
    runtime.wake_ups().send(wake_up, fact=command.command_id)
    logger.info("accepted", extra={"cluster": cluster, "command": msgspec.to_builtins(command)})


def _following(cluster: str, command_id: str) -> dict[str, str]:
    return {"command_id": command_id, "command": f"/clusters/{cluster}/commands/{command_id}"}


def _refused(reasons: Iterable[str], numbers: Mapping[str, Any]) -> Response:
    reasons = list(reasons)
    logger.info("refused", extra={"reasons": reasons, **numbers})
    return as_json(409, {"error": "; ".join(reasons), "reasons": reasons, **numbers})
