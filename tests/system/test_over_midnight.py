"""A day that trades over midnight: it begins the evening before, and ends with its last session."""

import io
from datetime import timedelta

from highwater.market.feed import Feed
from highwater.market.sessions import Session, beginning_of
from twin.day.day import Day, run_day
from twin.day.options import MIDNIGHT, Options
from twin.day.page import render
from twin.day.result import result_of, samples_of

UPDATES = 120_000
SESSIONS = (Session(-1800, 1800),)
# The clock has the evening at its end.
CLOCK = Feed(dict.fromkeys([*range(30), *range(1410, 1440)], UPDATES / 60))
BEGINS = beginning_of(SESSIONS)
OPTIONS = Options(
    feed=CLOCK.during(SESSIONS, BEGINS),
    sessions=SESSIONS,
    end_of_day=1800,
    opens=-1800 - 600 - BEGINS,
    until=1800 + 600,
)


def test_a_day_over_midnight_takes_every_update_in_its_order_and_lets_its_rdbs_go() -> None:
    day = Day(OPTIONS, io.StringIO())
    result = result_of(day, run_day(day))
    promised = {
        "hosts": 3,
        "updates_total": UPDATES,
        "updates_unheld": 0,
        "unsafe_terminations": 0,
        "double_launches": 0,
        "minutes_without_live": 0,
        # One standby more was there by the open.
        "releases": 3,
        "final_desired": 1,
    }
    assert {key: result[key] for key in promised} == promised
    assert result["launches"][0].startswith("2026-11-22T23:")
    hours = (MIDNIGHT + timedelta(seconds=2400) - day.opening) / timedelta(hours=1)
    assert result["paper_baseline_usd"] == round(hours * 0.3008, 4)
    page = render(result, samples_of(day))
    assert "sessions 23:30-00:30" in page
    assert ">before 23:20</td>" in page
