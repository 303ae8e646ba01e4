"""The requests of the operators' HTTP API that look, and change nothing."""

import re

from chalice import Blueprint, Response
from chalice.app import Request

from chalicelib.adapters.items import DECISION_ID
from chalicelib.contract.errors import BadInput
from chalicelib.core.errors import UnknownCommand
from chalicelib.reconcile import runtime
from chalicelib.triggers.http import IAM, answered, as_json, decided_of
from chalicelib.triggers.views import cluster_view, command_view, decision_view, summary

routes = Blueprint(__name__)
MOST_DECISIONS = 100
COMMAND_ID = r"[0-9a-f]{32}"


@routes.route("/clusters", methods=["GET"], authorizer=IAM)
@answered(routes)
def list_clusters(_request: Request) -> Response:
    """List every cluster, with the decision that a reconcile would make now."""
    return as_json(200, {"clusters": [summary(plan) for plan in runtime.controller().survey()]})


@routes.route("/clusters/{cluster}", methods=["GET"], authorizer=IAM)
@answered(routes)
def show_cluster(_request: Request, cluster: str) -> Response:
    """Show one cluster: group, settings, RDBs with their room, and the plan."""
    plan = runtime.controller().plan(cluster)
    return as_json(200, cluster_view(plan, decided_of(plan)))


@routes.route("/clusters/{cluster}/decisions", methods=["GET"], authorizer=IAM)
@answered(routes, "limit", "before")
def list_decisions(request: Request, cluster: str) -> Response:
    """List the newest decisions first.

    `limit` is 1 to 100, `before` is the `next` of the page before.
    """
    query = dict(request.query_params or {})
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
    return as_json(200, {"decisions": shown, "next": shown[-1]["id"] if len(shown) == int(limit) else None})


@routes.route("/clusters/{cluster}/commands/{command_id}", methods=["GET"], authorizer=IAM)
@answered(routes)
def show_command(_request: Request, cluster: str, command_id: str) -> Response:
    """Show one command: what was asked for, by whom and when, and what became of it."""
    if not re.fullmatch(COMMAND_ID, command_id):
        raise BadInput("command_id", "must be the `command_id` of an answer")
    records = runtime.records()
    record = records.command(cluster, command_id)
    if record is None:
        raise UnknownCommand(cluster, command_id)
    decision = records.decision(cluster, record.result.decision) if record.result else None
    return as_json(200, command_view(record, decision, runtime.utc_now()))
