"""The operator's command on a running day: through the real handlers, with the day's own clock."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from highwater.__main__ import main
from highwater.operate import connection
from twin.aws.http_api import Api
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options

URL = "http://127.0.0.1:8000"
ANN = "arn:aws:sts::123456789012:assumed-role/operator/ann"


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The result in one line."""
        return " ".join(self.out.split())

    @property
    def json(self) -> Any:
        """The result as data."""
        return json.loads(self.out)


Hand = Callable[..., Ran]


@contextmanager
def hand_on(day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Hand]:
    """Give `highwater`, which asks this day as the operator ann; while it waits the day goes on."""
    api = Api(day.aws, ANN)

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        return api.answer(method, url.removeprefix(URL), body, headers)

    def sleep(seconds: float) -> None:
        day.clock.run_until(day.clock.now() + timedelta(seconds=seconds))

    def hand(*words: str) -> Ran:
        capsys.readouterr()
        status = main([*words, "--url", URL])
        shown = capsys.readouterr()
        return Ran(status, shown.out, shown.err)

    with monkeypatch.context() as patched:
        patched.setattr(connection, "unsigned", lambda _: send)
        patched.setattr(connection, "sleep", sleep)
        yield hand


@contextmanager
def day_and_an_hour(options: Options) -> Iterator[Day]:
    """Run a day, and an hour of the next one, in which its RDBs leave."""
    day = Day(options, io.StringIO())
    with day.running():
        day.repeat()
        day.clock.run_until(MIDNIGHT + timedelta(hours=25))
        yield day
