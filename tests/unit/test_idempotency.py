"""The digest of a request: a script that asks again after an upgrade asks for the same."""

import json
from typing import Any

import msgspec
import pytest
from chalice.app import Request

from chalicelib.triggers.asking import CapacityRequest, HoldRequest, ReleaseRequest
from chalicelib.triggers.calendar_request import CalendarRequest
from chalicelib.triggers.http import body_of
from chalicelib.triggers.idempotency import digest_of

SESSIONS = [{"start": "2026-11-23T07:00:00Z", "end": "2026-11-23T16:00:00Z"}]


def request(body: Any) -> Request:
    """A request as API Gateway hands it over."""
    context = {"httpMethod": "POST", "resourcePath": "/clusters/{cluster}", "path": "/v1/clusters/trades"}
    return Request(
        {
            "multiValueQueryStringParameters": None,
            "headers": {},
            "pathParameters": {"cluster": "trades"},
            "requestContext": context,
            "body": json.dumps(body),
            "isBase64Encoded": False,
            "stageVariables": None,
        }
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CapacityRequest, {"change": 1}),
        (ReleaseRequest, {}),
        (HoldRequest, {"reason": "audit"}),
        (CalendarRequest, {"sessions": SESSIONS}),
    ],
)
def test_a_request_is_the_same_one_to_a_release_whose_requests_have_more_fields(
    kind: type[msgspec.Struct], body: dict[str, Any]
) -> None:
    newer = msgspec.defstruct("Newer", [("colour", str, "")], bases=(kind,), frozen=True)
    asked, other = request(body), request({**body, "colour": "green"})
    known = digest_of(asked, body_of(asked, kind))
    assert digest_of(asked, body_of(asked, newer)) == known
    assert digest_of(other, body_of(other, newer)) != known
