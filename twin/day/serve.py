"""The embedded AWS in real time, or faster, with the control plane's HTTP API on a local port."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from twin.day.day import Day

JSON = "application/json"
JSON_BODY: Mapping[str, str] = {"Content-Type": JSON}
CALLER = "arn:aws:iam::123456789012:user/local"
LOOK_EVERY = 0.05


class Api:
    """The packaged HTTP API of one day, asked as `caller`: API Gateway without signatures."""

    def __init__(self, day: Day, caller: str) -> None:
        self._day = day
        self._caller = caller
        paths = day.aws.api_paths.items()
        self._routes = [(_pattern(path), path, set(methods)) for path, methods in paths]

    def answer(
        self, method: str, target: str, body: str | None = None, headers: Mapping[str, str] = JSON_BODY
    ) -> tuple[int, str]:
        """Take one request through the real handler; 403 where there is no route, as of API Gateway."""
        url = urlsplit(target)
        for pattern, resource, methods in self._routes:
            if (match := pattern.fullmatch(url.path)) and method.lower() in methods:
                queries = parse_qs(url.query)
                event = {
                    "resource": resource,
                    "path": url.path,
                    "httpMethod": method,
                    "headers": dict(headers),
                    "multiValueHeaders": {name: [value] for name, value in headers.items()},
                    "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
                    "multiValueQueryStringParameters": queries or None,
                    "pathParameters": match.groupdict() or None,
                    "stageVariables": None,
                    "requestContext": {
                        "resourcePath": resource,
                        "httpMethod": method,
                        "identity": {"userArn": self._caller},
                    },
                    "body": body,
                    "isBase64Encoded": False,
                }
                shown = self._day.aws.functions.call(self._day.aws.wiring.named("APIHandler"), event)
                self._day.aws.wake_readers()
                return int(shown["statusCode"]), str(shown["body"])
        return 403, '{"message": "Missing Authentication Token"}'


class Server(HTTPServer):
    """The API of a day on a port, and of the days after it, which repeat it.

    Requests are answered between two steps of its clock.
    """

    def __init__(self, day: Day, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError as error:
            raise OSError(f"port {port}: {error.strerror}") from error
        self.day = day
        day.repeat()
        self.api = Api(day, CALLER)
        self.timeout = LOOK_EVERY

    def run(self, speed: float, until: float = float("inf")) -> None:
        """Serve from now on, `speed` times real time, for so many real seconds."""
        start = self.day.clock.now()
        began = time.perf_counter()
        while (elapsed := time.perf_counter() - began) < until:
            self.day.clock.run_until(start + timedelta(seconds=elapsed * speed))
            self.handle_request()


class Handler(BaseHTTPRequestHandler):
    """Hands a request on; without signatures, which only AWS could check."""

    server: ClassVar[Server]  # type: ignore[misc]

    def do_POST(self) -> None:
        """Answer a request of any method."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode(errors="replace") if length else None
        status, text = self.server.api.answer(self.command, self.path, body, dict(self.headers))
        data = text.encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - the names that http.server calls


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
