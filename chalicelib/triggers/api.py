"""The operators' HTTP API, IAM-signed JSON. It decides dry on the spot; the queue decides again."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any

import msgspec
from chalice import Blueprint, IAMAuthorizer, Response
from chalice.app import Request
from msgspec import Meta

from chalicelib.adapters.clients import FailedCall
from chalicelib.adapters.dynamodb import DECISION_ID
from chalicelib.adapters.logs import count, logger
from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import decode
from chalicelib.core.decide import Decided
from chalicelib.core.decision import Decision
from chalicelib.core.errors import BadSettings, UnknownCluster
from chalicelib.core.requests import CapacityRefusal, CapacityWish, capacity_command, release_command
from chalicelib.core.wake_ups import Command, LiftHold, SetHold, WakeUp
from chalicelib.reconcile import runtime
from chalicelib.reconcile.controller import Plan
from chalicelib.triggers.views import cluster_view, decision_view, summary

routes = Blueprint(__name__)
IAM = IAMAuthorizer()
MOST_DECISIONS = 100


class CapacityRequest(CapacityWish, frozen=True, forbid_unknown_fields=True):
    """The body of a request for capacity."""

    dry_run: bool = False


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request to release one RDB."""

    dry_run: bool = False


class HoldRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request to put something on hold."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


def answered(view: Callable[..., Response]) -> Callable[..., Response]:
    """Turn what a request can get wrong into a 4xx, and what AWS does not answer into a 503."""

    @wraps(view)
    def answer(*args: str, **kwargs: str) -> Response:
        count("Requests")
        try:
            return view(*args, **kwargs)
        except BadInput as error:
            return _json(400, {"error": str(error), "field": error.field, "rule": error.rule})
        except UnknownCluster as error:
            return _json(404, {"error": str(error)})
        except BadSettings as error:
            return _json(409, {"error": str(error), "reasons": [str(error)]})
        except FailedCall as error:
            return _json(503, {"error": str(error)})

    return answer


@routes.route("/clusters", methods=["GET"], authorizer=IAM)
@answered
def list_clusters() -> Response:
    """List every cluster, with the decision that a reconcile would make now."""
    return _json(200, {"clusters": [summary(plan) for plan in runtime.controller().survey()]})


@routes.route("/clusters/{cluster}", methods=["GET"], authorizer=IAM)
@answered
def show_cluster(cluster: str) -> Response:
    """Show one cluster: group, settings, RDBs with their room, and the plan."""
    plan = runtime.controller().plan(cluster)
    return _json(200, cluster_view(plan, _decided(plan)))


@routes.route("/clusters/{cluster}/decisions", methods=["GET"], authorizer=IAM)
@answered
def list_decisions(cluster: str) -> Response:
    """List the newest decisions first.

    `limit` is 1 to 100, `before` is the `next` of the page before.
    """
    query = dict(_request().query_params or {})
    limit = query.get("limit", "20")
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_DECISIONS:
        raise BadInput("limit", f"must be a whole number from 1 to {MOST_DECISIONS}")
    before = query.get("before")
    if before is not None and not re.fullmatch(DECISION_ID, before):
        raise BadInput("before", "must be the `next` of the page before")
    found = list(runtime.ledgers().decisions(cluster, int(limit), before))
    if not found:
        runtime.controller().plan(cluster)
    shown = [{"id": decision_id, **decision_view(decision)} for decision_id, decision in found]
    return _json(200, {"decisions": shown, "next": shown[-1]["id"] if len(shown) == int(limit) else None})


@routes.route("/clusters/{cluster}/capacity", methods=["POST"], authorizer=IAM)
@answered
def scale(cluster: str) -> Response:
    """Ask for capacity: more as a floor, less by asking standbys to drain."""
    request = _body(CapacityRequest)
    plan = runtime.controller().plan(cluster)
    command = capacity_command(_decided(plan), request, _new_id(), _who())
    if isinstance(command, CapacityRefusal):
        return _refused([command.reason], command.numbers)
    return _asked(plan, command, request.dry_run)


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/release", methods=["POST"], authorizer=IAM)
@answered
def release(cluster: str, instance_id: str) -> Response:
    """Ask for the release of one RDB, which passes the same gate as its own report.

    There is no force. A standby is asked to drain first.
    """
    request = _body(ReleaseRequest)
    plan = runtime.controller().plan(cluster)
    return _asked(plan, release_command(plan.ledger, instance_id, _new_id(), _who()), request.dry_run)


@routes.route("/clusters/{cluster}/hold", methods=["PUT"], authorizer=IAM)
@answered
def hold_cluster(cluster: str) -> Response:
    """Put a cluster on hold: it still raises, and releases nothing."""
    command = SetHold(_new_id(), _who(), _body(HoldRequest).reason)
    return _asked(runtime.controller().plan(cluster), command)


@routes.route("/clusters/{cluster}/hold", methods=["DELETE"], authorizer=IAM)
@answered
def lift_cluster_hold(cluster: str) -> Response:
    """Lift the hold of a cluster."""
    command = LiftHold(_new_id(), _who())
    return _asked(runtime.controller().plan(cluster), command)


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/hold", methods=["PUT"], authorizer=IAM)
@answered
def hold_rdb(cluster: str, instance_id: str) -> Response:
    """Put one RDB on hold: it is not released."""
    command = SetHold(_new_id(), _who(), _body(HoldRequest).reason, instance_id)
    return _asked(runtime.controller().plan(cluster), command)


@routes.route("/clusters/{cluster}/rdbs/{instance_id}/hold", methods=["DELETE"], authorizer=IAM)
@answered
def lift_rdb_hold(cluster: str, instance_id: str) -> Response:
    """Lift the hold of one RDB."""
    command = LiftHold(_new_id(), _who(), instance_id)
    return _asked(runtime.controller().plan(cluster), command)


def _decided(plan: Plan) -> Decided:
    """Return what was decided. Raises BadSettings where the tags allow no decision."""
    if plan.decided is None:
        raise BadSettings(plan.decision.reason)
    return plan.decided


def _asked(plan: Plan, command: Command, dry_run: bool = False) -> Response:
    """Decide dry, on the facts that the command was made from.

    A request that is not refused is queued, and decided again.
    """
    command = decode(msgspec.json.encode(command), type(command))
    _decided(plan)  # where nothing is decided the queue would only drop the command
    cluster, decision = plan.decision.cluster, plan.asked(command)
    refusals = [refusal for refusal in decision.refused if refusal.command_id == command.command_id]
    if refusals:
        reasons = [reason for refusal in refusals for reason in refusal.reasons]
        return _refused(reasons, {"cluster": cluster, "refused": [refusal.what for refusal in refusals]})
    return _accepted(cluster, command, decision, dry_run)


def _accepted(cluster: str, command: Command, decision: Decision, dry_run: bool) -> Response:
    plan = decision_view(decision)
    if dry_run:
        return _json(200, {"dry_run": True, "plan": plan})
    cause = f"{command.requested_by} asks: {type(command).__name__}"
    wake_up = WakeUp(cluster, "operator", runtime.utc_now(), cause, command=command)
    runtime.wake_ups().send(wake_up, fact=command.command_id)
    logger.info("accepted", extra={"cluster": cluster, "command": msgspec.to_builtins(command)})
    follow = f"/clusters/{cluster}/decisions"
    return _json(202, {"command_id": command.command_id, "plan": plan, "decisions": follow})


def _refused(reasons: Iterable[str], numbers: Mapping[str, Any]) -> Response:
    reasons = list(reasons)
    logger.info("refused", extra={"reasons": reasons, **numbers})
    return _json(409, {"error": "; ".join(reasons), "reasons": reasons, **numbers})


def _body[T](kind: type[T]) -> T:
    return decode(_request().raw_body or b"{}", kind, whole="body")


def _request() -> Request:
    request: Request = routes.current_request
    return request


def _new_id() -> str:
    return uuid.uuid4().hex


def _who() -> str:
    """Return the caller as IAM authenticated it."""
    return str(_request().context["identity"]["userArn"])


def _json(status: int, body: dict[str, Any]) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json"}
    return Response(body=msgspec.json.encode(body).decode(), status_code=status, headers=headers)
