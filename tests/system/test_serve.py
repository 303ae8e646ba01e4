"""The days that `make serve` shows end, one after the other, and let go of their RDBs."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.contract.report import State
from highwater.market.feed import Feed
from twin.__main__ import main
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options
from twin.day.serve import Server
from twin.drill.host import DrillHost, Q

UPDATES = 100_000
FEED = Feed(dict.fromkeys(range(60, 180), UPDATES / 120))
END = timedelta(hours=4)


def test_each_served_day_publishes_its_feed_and_ends_with_the_release_of_the_rdbs_that_rolled() -> None:
    day = Day(Options(feed=FEED, end_of_day=END.seconds), io.StringIO())
    with day.running(), Server(day, port=0):
        for number in (1, 2):
            end = MIDNIGHT + timedelta(days=number - 1) + END
            day.clock.run_until(end - timedelta(minutes=1))
            assert day.tickerplant.published == number * UPDATES
            rolled = [rdb for rdb in day.tickerplant.rdbs.values() if rdb.state is State.ROLLED]
            assert rolled
            day.clock.run_until(end + timedelta(minutes=45))
            assert [rdb for rdb in rolled if not (rdb.state is State.DRAINED and rdb.terminated_at)] == []
            assert (day.desired(), day.tickerplant.unheld) == (1, 0)


def test_the_events_of_a_drill_befall_a_served_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Day] = []

    def run(server: Server, speed: float) -> None:
        assert speed == 60
        served.append(server.day)
        server.day.clock.run_until(MIDNIGHT + timedelta(minutes=15))

    monkeypatch.setattr(Server, "run", run)
    events, log = tmp_path / "drill.jsonl", tmp_path / "serve.log"
    events.write_text('{"at": "00:10", "do": "q_dies", "rdb": "live"}\n')
    words = ["serve", "--events", str(events), "--start", "00:06", "--port", "0", "--log", str(log)]
    assert main(words) == 0
    (first,) = (rdb for rdb in served[0].tickerplant.rdbs.values() if rdb.first_index is not None)
    assert isinstance(first, DrillHost)
    assert first.q is Q.DEAD
