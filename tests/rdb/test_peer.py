"""rdb/ and twin/ against node-q, which implements kdb+ IPC independently."""

import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from rdb.kdb.connection import Connection
from rdb.kdb.errors import AccessDenied, QError
from tests.rdb.packing import compressed
from twin.q.encoding import Nothing, response
from twin.q.player import QPlayer, Raised

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")

ROOT = Path(__file__).parents[2]
PEER = ["node", "--no-deprecation", str(ROOT / "tests/rdb/peer.js")]
ENVIRONMENT = {**os.environ, "NODE_PATH": str(ROOT / ".peer/node_modules")}
LONG = 30.0

GUID = UUID("8c680a01-5a49-5aab-5a65-d4bfddb6a661")
DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, 34, 56, 788000, UTC)
MINUTE, SECOND = timedelta(hours=12, minutes=34), timedelta(hours=12, minutes=34, seconds=56)
TIME = SECOND + timedelta(milliseconds=788)
# What peer.js sends under each name.
SENT: dict[str, object] = {
    "boolean": True,
    "booleans": [True, False],
    "guid": GUID,
    "no guid": None,
    "guids": [GUID],
    "byte": 42,
    "bytes": b"\0\1\x7f",
    "short": -234,
    "shorts": [1, math.inf, -math.inf, None],
    "int": 42,
    "ints": [1, math.inf, -math.inf, None],
    "long": 89421099511627575,
    "no long": None,
    "longs": [-1, math.inf, -math.inf, None],
    "real": 5.5,
    "reals": [-5.5, math.inf],
    "no real": None,
    "float": 3.234,
    "floats": [-3.234, -math.inf],
    "no float": None,
    "char": "0",
    "no char": " ",
    "chars": "über",
    "no chars": "",
    "symbol": "live",
    "no symbol": "",
    "symbols": ["live", "", "rolled"],
    "timestamp": NOON,
    "no timestamp": None,
    "timestamps": [NOON],
    "month": DAY.replace(day=1),
    "no month": None,
    "months": [DAY.replace(day=1)],
    "date": DAY,
    "no date": None,
    "dates": [DAY],
    "datetime": NOON,
    "no datetime": None,
    "datetimes": [NOON],
    "timespan": TIME,
    "no timespan": None,
    "timespans": [TIME],
    "minute": MINUTE,
    "no minute": None,
    "minutes": [MINUTE],
    "second": SECOND,
    "no second": None,
    "seconds": [SECOND],
    "time": TIME,
    "no time": None,
    "times": [TIME],
    "generic null": None,
    "list": [1, "two", [None, "three"]],
    "no items": [],
    "dictionary": {"state": "live", "rows": 31994800, "peers": {"i1": 1}},
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with subprocess.Popen([*PEER, "serve"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as serving:  # noqa: S603
        assert serving.stdout
        yield int(serving.stdout.readline())
        serving.terminate()


@pytest.fixture(scope="module")
def q(port: int) -> Iterator[Connection]:
    with Connection("127.0.0.1", port, user="reporter", password=lambda: "secret") as connection:
        yield connection


def _peer(*arguments: str) -> list[object]:
    command = [*PEER, *arguments]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)  # noqa: S603
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", SENT)
def test_what_the_peer_serializes_is_read_as_it_means_it(q: Connection, name: str) -> None:
    read = q.ask(name, LONG)
    assert (read, type(read)) == (SENT[name], type(SENT[name]))


@pytest.mark.parametrize("expression", [".highwater.status[]", "über", " ", "'" * 5000])
def test_the_peer_understands_the_question_and_its_error_is_an_error(q: Connection, expression: str) -> None:
    with pytest.raises(QError) as raised:
        q.ask(expression, LONG)
    assert raised.value.text == expression


def test_the_peer_denies_other_credentials(port: int) -> None:
    with (
        Connection("127.0.0.1", port, user="reporter", password=lambda: "guess") as q,
        pytest.raises(AccessDenied),
    ):
        q.ask("boolean", LONG)


def test_the_player_of_q_answers_the_peer() -> None:
    def broken() -> object:
        raise Raised("wsfull")

    answers = {
        "status": lambda: {
            "state": "live",
            "rows": 31994800,
            "first": None,
            "live": True,
            "why": b"as it is",
        },
        "at": lambda: NOON,
        "list": lambda: [1, "two", []],
        "drain": Nothing,
        "broken": broken,
    }
    with QPlayer(answers, credentials="reporter:secret") as player:
        said = _peer("ask", str(player.port), *answers, "unknown")
    assert said == [
        {"value": {"state": "live", "rows": 31994800, "first": None, "live": True, "why": "as it is"}},
        {"value": "2026-11-23T12:34:56.788Z"},
        {"value": [1, "two", []]},
        {"value": None},
        {"raised": "wsfull"},
        {"raised": "unknown"},
    ]


def test_the_peer_unpacks_what_the_tests_compress() -> None:
    values = ["live" * 1000, "x", "".join(map(str, range(2000)))]
    packed = [compressed(response(value.encode())).hex() for value in values]
    assert _peer("read", *packed) == values
