"""The requests of the operators' HTTP API that look, and change nothing."""

import re

from chalice import Blueprint, Response
from chalice.app import Request

from chalicelib.contract.errors import BadInput
from chalicelib.contract.release import RELEASE
from chalicelib.core.facts.errors import NoCalendar, UnknownCommand
from chalicelib.reconcile import runtime
from chalicelib.triggers.decision_query import DecisionQuery
from chalicelib.triggers.http import IAM, answered, as_json
from chalicelib.triggers.views import calendar_view, cluster_view, command_view, state_of, summary
from chalicelib.triggers.windows import FROM, TO, Span, windows_view

routes = Blueprint(__name__)
COMMAND_ID = r"[0-9a-f]{32}"


@routes.route("/clusters", methods=["GET"], authorizer=IAM)
@answered(routes)
def list_clusters(_request: Request) -> Response:
    """List every cluster, with the decision that a reconcile would make now."""
    clusters = [summary(plan) for plan in runtime.controller().survey()]
    return as_json(200, {"release": RELEASE, "clusters": clusters})


@routes.route("/clusters/{cluster}", methods=["GET"], authorizer=IAM)
@answered(routes)
def show_cluster(_request: Request, cluster: str) -> Response:
    """Show one cluster: group, settings, RDBs with their room, and the plan."""
    return as_json(200, cluster_view(runtime.controller().plan(cluster)))


@routes.route("/clusters/{cluster}/calendar", methods=["GET"], authorizer=IAM)
@answered(routes)
def show_calendar(_request: Request, cluster: str) -> Response:
    """Show the calendar of a cluster: its sessions, and who put it when."""
    kept = runtime.controller().plan(cluster).decided.facts.kept
    if kept.unreadable:
        return as_json(409, {"error": kept.unreadable, "reasons": [kept.unreadable]})
    if kept.calendar is None:
        raise NoCalendar(cluster)
    return as_json(200, {"cluster": cluster, **calendar_view(kept.calendar)})


@routes.route("/clusters/{cluster}/windows", methods=["GET"], authorizer=IAM)
@answered(routes, FROM, TO)
def list_windows(request: Request, cluster: str) -> Response:
    """List which RDB holds which updates, all or those of a time range, and where windows do not tile."""
    span = Span.of(request.query_params or {})
    return as_json(200, windows_view(runtime.controller().plan(cluster), span))


@routes.route("/clusters/{cluster}/decisions", methods=["GET"], authorizer=IAM)
@answered(routes, *DecisionQuery.__struct_fields__)
def list_decisions(request: Request, cluster: str) -> Response:
    """List the newest decisions first, all or those that fit the filters."""
    query = DecisionQuery.of(request.query_params or {})
    span = (query.since, query.until)
    found = list(runtime.ledgers().decisions(cluster, query.to_read, query.before, span))
    if not found:
        runtime.controller().plan(cluster)
    return as_json(200, query.page(found))


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
    state = state_of(record, decision, runtime.utc_now())
    if state == "waiting" and not runtime.groups().of_cluster(cluster):
        state = "dropped"  # the queue lets go of what is for a cluster without a group
    return as_json(200, command_view(record, decision, state))
