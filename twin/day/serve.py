"""The embedded AWS in real time, or faster, with the control plane's HTTP API on a local port."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from twin.day.day import Day

CALLER = "arn:aws:iam::123456789012:user/local"
LOOK_EVERY = 0.05


class Api:
    """The packaged HTTP API of one day, asked as `caller`: API Gateway without signatures."""

    def __init__(self, day: Day, caller: str) -> None:
        self._day = day
        self._caller = caller
        paths = day.aws.api_paths.items()
        self._routes = [(_pattern(path), path, set(methods)) for path, methods in paths]

    def answer(self, method: str, target: str, body: str | None = None) -> tuple[int, str]:
        """One request through the real handler; 403 as API Gateway answers where there is no route."""
        url = urlsplit(target)
        for pattern, resource, methods in self._routes:
            if (match := pattern.fullmatch(url.path)) and method.lower() in methods:
                names, queries = match.groupdict(), parse_qs(url.query)
                event = _event(method, resource, url.path, names, queries, body, self._caller)
                shown = self._day.aws.functions.call(self._day.aws.wiring.named("APIHandler"), event)
                self._day.aws.wake_readers()
                return int(shown["statusCode"]), str(shown["body"])
        return 403, '{"message": "Missing Authentication Token"}'


class Server(HTTPServer):
    """The API of one day on a port; requests are answered between two steps of its clock."""

    def __init__(self, day: Day, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError as error:
            raise OSError(f"port {port}: {error.strerror}") from error
        self.day = day
        self.api = Api(day, CALLER)
        self.timeout = LOOK_EVERY

    def run(self, speed: float, until: float = float("inf")) -> None:
        """Serves from now on, `speed` times real time, for so many real seconds."""
        start = self.day.clock.now()
        began = time.perf_counter()
        while (elapsed := time.perf_counter() - began) < until:
            self.day.clock.run_until(start + timedelta(seconds=elapsed * speed))
            self.handle_request()


class Handler(BaseHTTPRequestHandler):
    """Hands a request on; without signatures, which only AWS could check."""

    server: ClassVar[Server]  # type: ignore[misc]

    def do_GET(self) -> None:
        """A read."""
        self._hand_on(None)

    def do_POST(self) -> None:
        """A request with a body."""
        length = int(self.headers.get("Content-Length", 0))
        self._hand_on(self.rfile.read(length).decode(errors="replace") if length else None)

    def do_PUT(self) -> None:
        """A request with a body."""
        self.do_POST()

    def do_DELETE(self) -> None:
        """A request without one."""
        self.do_GET()

    def _hand_on(self, body: str | None) -> None:
        status, text = self.server.api.answer(self.command, self.path, body)
        data = text.encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _event(
    method: str,
    resource: str,
    path: str,
    names: Mapping[str, str],
    queries: Mapping[str, list[str]],
    body: str | None,
    caller: str,
) -> dict[str, Any]:
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": {k: v[-1] for k, v in queries.items()} or None,
        "multiValueQueryStringParameters": dict(queries) or None,
        "pathParameters": dict(names) or None,
        "stageVariables": None,
        "requestContext": {"resourcePath": resource, "httpMethod": method, "identity": {"userArn": caller}},
        "body": body,
        "isBase64Encoded": False,
    }
