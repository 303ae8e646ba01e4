"""The console's server on the loopback address: its page, and the answers that the page asks for."""

import json
import re
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from highwater.console.answers import Answers
from highwater.console.guard import HEADERS, Guard
from highwater.drawing import drawing

PAGE = Path(__file__).parent / "page"
DRAWN = {
    "/look.css": "look.css",
    "/charts.js": "charts.js",
    "/uPlot.css": "vendor/uPlot.min.css",
    "/uPlot.js": "vendor/uPlot.iife.min.js",
}
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ASKS = "/api/"
MOST_BYTES = 64 * 1024


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """Return the files of the page by their path, each with its type."""
    texts = {f"/{file.name}": file.read_text(encoding="utf-8") for file in sorted(PAGE.iterdir())}
    texts |= {path: drawing(part) for path, part in DRAWN.items()}
    texts["/"] = texts.pop("/index.html")
    return {
        path: (f"{TYPES[Path(path).suffix or '.html']}; charset=utf-8", text.encode())
        for path, text in texts.items()
    }


class Server(ThreadingHTTPServer):
    """Answers the page on a port of this machine; 0 takes any free one. Raises OSError if it is taken."""

    daemon_threads = True

    def __init__(self, port: int, answers: Answers) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.answers = answers
        self.guard = Guard(self.server_port)

    @property
    def address(self) -> str:
        """Return the address with the token, which no request has in its path and no log shows."""
        return f"http://127.0.0.1:{self.server_port}/#token={self.guard.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave out that a browser gave up, as one that is closed does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Takes one request of the page."""

    server: ClassVar[Server]  # type: ignore[misc]
    server_version, sys_version = "highwater", ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a file of the page, or with what was asked for."""
        path = self._path()
        if path.startswith(ASKS):
            self._answer("GET", path, b"")
        elif sentence := self.server.guard.file_refusal(self.headers):
            self._send_json(403, {"error": sentence})
        elif path in files():
            self._send(200, *files()[path])
        else:
            self._send_json(404, {"error": "The console has no such page."})

    def do_POST(self) -> None:
        """Show what would be done, or do it."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MOST_BYTES:
            self._send_json(413, {"error": f"A request has at most {MOST_BYTES} bytes, and says how many."})
            return
        self._answer("POST", self._path(), self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives
        """Keep the terminal for what was asked for: a look every few seconds is no news."""

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _answer(self, method: str, path: str, body: bytes) -> None:
        if sentence := self.server.guard.refusal(self.headers):
            self._send_json(403, {"error": sentence})
        else:
            self._send_json(*self.server.answers.answer(method, path.removeprefix(ASKS), body))

    def _send_json(self, status: int, answer: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(answer, separators=(",", ":")).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
