"""The console on an API that answers from a view and decisions, and that can be broken."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from highwater.console.answers import Answers
from highwater.console.guard import TOKEN_HEADER
from highwater.console.server import Server
from highwater.operate.api import Api
from tests.highwater.views import AT, LIVE, NEXT, rdb, rolled, standby, view

URL = "http://127.0.0.1:1"
COMMAND = "0" * 32
COMMAND_PATH = f"/clusters/trades/commands/{COMMAND}"
Json = dict[str, Any]


def decision(at: str, number: int = 0, **changed: Any) -> Json:
    """One decision."""
    given = {"code": "room", "reason": "1 with room, 1 wanted", "desired": 2, "counted": 2, "with_room": 1}
    return {"id": f"{at}-{number:012}", "cluster": "trades", "at": at, **given, **changed}


class FakeApi:
    """An API with one cluster and `others`; not `decided` the one is only listed.

    `broken` is what it answers to everything; `asked` are the requests.
    """

    def __init__(self, shown: Json | None = None, decisions: list[Json] | None = None) -> None:
        self.view = shown or view()
        self.decisions = sorted(decisions or (), key=lambda one: one["id"], reverse=True)
        self.others: dict[str, Json] = {}
        self.decided = True
        self.broken: tuple[int, Json] | None = None
        self.plan: Json = {}
        self.repeated = False
        self.state: Json = {"state": "carried-out", "reasons": [], "outcome": []}
        self.asked: list[tuple[str, str, Any]] = []

    def api(self) -> Api:
        """The API as the console asks it."""
        return Api(URL, self.send, lambda _: None)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        """Answer a request."""
        assert headers["Idempotency-Key"]
        path = url.removeprefix(URL)
        self.asked.append((method, path, json.loads(body) if body else None))
        status, answer = self.broken or self._answer(method, urlsplit(path))
        return status, json.dumps(answer)

    def _answer(self, method: str, url: Any) -> tuple[int, Json]:
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        match method, url.path.split("/")[1:]:
            case "GET", ["clusters"]:
                return 200, {"clusters": [self.view, *self.others.values()]}
            case "GET", ["clusters", name] if name in self.others:
                return 200, self.others[name]
            case "GET", ["clusters", name] if self.decided and name == self.view["cluster"]:
                return 200, self.view
            case "GET", ["clusters", _, "decisions"]:
                return 200, self._page(query)
            case "GET", ["clusters", _, "commands", _]:
                asked = {"asked": "ann asked", "command": {"at": AT}}
                return 200, {**asked, **self.state}
            case "GET", _:
                return 404, {"error": "cluster: no group is tagged"}
        if self.repeated:
            return 202, {"command_id": COMMAND, "command": COMMAND_PATH, "repeated": True, "state": "waiting"}
        dry = {"dry_run": True} if (self.asked[-1][2] or {}).get("dry_run") else {"command_id": COMMAND}
        return 202, {**dry, "plan": {"at": AT, "code": "room", "reason": "as it is", **self.plan}}

    def _page(self, query: Mapping[str, str]) -> Json:
        found = [
            one
            for one in self.decisions
            if one["id"] < query.get("before", "~")
            and query_time(query, "since", "0001-01-01") <= datetime.fromisoformat(one["at"])
            and datetime.fromisoformat(one["at"]) < query_time(query, "until", "9999-01-01")
        ]
        page = found[: int(query["limit"])]
        return {"decisions": page, "next": page[-1]["id"] if len(page) < len(found) else None}


def query_time(query: Mapping[str, str], name: str, unless: str) -> datetime:
    """A time of a query."""
    return datetime.fromisoformat(query.get(name, f"{unless}T00:00:00Z"))


def crowd() -> FakeApi:
    """Sixty RDBs, and 2,000 decisions of one day that name them."""
    old = [
        rolled(f"i-0ccccccccccccc{n:03}", first_index=n * 100, last_index=n * 100 + 100) for n in range(58)
    ]
    shown = view(*old, rdb(first_index=5800, last_index=6000), standby())
    rooms = {one["instance_id"]: {"has": False, "why": "rolled"} for one in old}
    begin = datetime(2026, 11, 23, tzinfo=UTC)
    decisions = []
    for number in range(2000):
        at = f"{begin + timedelta(seconds=18 * number):%FT%T.600000Z}"
        live = {LIVE: {"has": True, "why": f"live at {number / 40:.1f} %"}}
        decisions.append(decision(at, number, rooms={**rooms, **live, NEXT: {"has": True, "why": "standby"}}))
    return FakeApi(shown, decisions)


class Answering(Protocol):
    """Whatever the console may ask."""

    def api(self) -> Api:
        """Return it as the console asks it."""


@contextmanager
def serving(fake: Answering, cluster: str | None = None) -> Iterator[Server]:
    """Serve the console of an API on a free port."""
    with Server(0, Answers(fake.api(), cluster)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Answer:
    """An answer of the console."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.read().decode()

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.text)


def ask(
    server: Server, path: str, body: Any = None, method: str | None = None, **headers: str | None
) -> Answer:
    """Ask the console as its page does; `headers` take the place of the page's, None leaves one out."""
    host = f"127.0.0.1:{server.server_port}"
    given: dict[str, str | None] = {"Host": host, TOKEN_HEADER: server.guard.token}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.putrequest(
            method or ("GET" if data is None else "POST"), path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        return Answer(connection.getresponse())
    finally:
        connection.close()
