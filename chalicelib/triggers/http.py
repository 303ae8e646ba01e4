"""HTTP: requests taken apart, and answers put together, the same way for every route."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from chalice import Blueprint, IAMAuthorizer, Response
from chalice.app import Request

from chalicelib.adapters.clients import FailedCall
from chalicelib.adapters.logs import count
from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import decode
from chalicelib.core.facts.errors import NoCalendar, UnknownCluster, UnknownCommand

IAM = IAMAuthorizer()
View = Callable[..., Response]


def answered(routes: Blueprint, *parameters: str) -> Callable[[View], View]:
    """Hand the request to a view, which knows the query `parameters` and no others.

    What a request can get wrong becomes a 4xx, and what AWS does not answer a 503.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: str, **kwargs: str) -> Response:
            count("Requests")
            request = routes.current_request
            try:
                _check_parameters(request, parameters)
                return view(request, *args, **kwargs)
            except BadInput as error:
                return as_json(400, {"error": str(error), "field": error.field, "rule": error.rule})
            except (NoCalendar, UnknownCluster, UnknownCommand) as error:
                return as_json(404, {"error": str(error)})
            except FailedCall as error:
                return as_json(503, {"error": str(error)})

        return answer

    return decorate


def _check_parameters(request: Request, known: tuple[str, ...]) -> None:
    for name in request.query_params or {}:
        if name not in known:
            raise BadInput(name, f"is no query parameter here: {', '.join(known) or 'there are none'}")


def as_json(status: int, body: dict[str, Any]) -> Response:
    """Return an answer."""
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json"}
    return Response(body=msgspec.json.encode(body).decode(), status_code=status, headers=headers)


def body_of[T](request: Request, kind: type[T]) -> T:
    """Return the body of a request; none counts as an empty one. Raises BadInput."""
    return decode(request.raw_body or b"{}", kind, whole="body")


def who(request: Request) -> str:
    """Return the caller as IAM authenticated it."""
    return str(request.context["identity"]["userArn"])
