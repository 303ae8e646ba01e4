"""The embedded AWS in real time, or faster, with the control plane's HTTP API on a local port."""

import sys
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

from twin.aws.http_api import JSON, LOCAL, Api
from twin.day.day import Day

LOOK_EVERY = 0.05


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
        self.api = Api(day.aws, LOCAL)
        self.timeout = LOOK_EVERY

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in a line that a client gave up; what nobody expected has its traceback."""
        if isinstance(sys.exception(), ConnectionError):
            sys.stderr.write(f"{client_address[0]} gave up before it had its answer\n")
        else:
            super().handle_error(request, client_address)

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
