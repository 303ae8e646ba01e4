"""A file of sessions: local times become UTC instants, and what is wrong is named with its line."""

from datetime import UTC, datetime

import pytest

from chalicelib.core.facts.calendar import Session
from highwater.operate.session_file import sessions_of
from highwater.terminal import Refused

HEADER = "start,end,zone\n"


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_local_times_become_instants_in_their_order_several_a_day_and_over_midnight() -> None:
    text = (
        f"\ufeff{HEADER}"
        "2026-11-23 18:00, 2026-11-24T02:00, America/New_York\n"
        "\n"
        "2026-11-23 09:30,2026-11-23 16:00,America/New_York\n"
        "2026-11-25 00:00,2026-11-25 02:30,Asia/Tokyo\n"
    )
    assert sessions_of(text, "s.csv") == (
        Session(utc(23, 14, 30), utc(23, 21)),
        Session(utc(23, 23), utc(24, 7)),
        Session(utc(24, 15), utc(24, 17, 30)),
    )


def test_a_session_over_the_change_of_the_clocks_is_an_hour_longer_or_shorter() -> None:
    (back,) = sessions_of(f"{HEADER}2026-10-31 20:00,2026-11-01 04:00,America/New_York\n", "s.csv")
    (forward,) = sessions_of(f"{HEADER}2026-03-07 20:00,2026-03-08 04:00,America/New_York\n", "s.csv")
    assert [(s.end - s.start).total_seconds() / 3600 for s in (back, forward)] == [9, 7]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "s.csv, line 1: must be the header start,end,zone, and is empty"),
        ("date,open\n", "s.csv, line 1: must be the header start,end,zone, and is date,open"),
        (HEADER, "s.csv: has no session; a line is "),
        (f"{HEADER}2026-11-23 09:30,2026-11-23 16:00\n", "s.csv, line 2: has 2 fields, and must have 3"),
        (
            f"{HEADER}\n2026-11-23 16:00,2026-11-23 09:30,UTC\n",
            "s.csv, line 3: ends at 2026-11-23 09:30, which is not after 2026-11-23 16:00; over midnight the "
            "end has the date of the next day",
        ),
        (
            f"{HEADER}2026-11-23 09:30,2026-11-23 16:00,UTC\n2026-11-23 09:00,2026-11-23 09:31,UTC\n",
            "s.csv, line 2: overlaps the session of line 3: it begins at 2026-11-23T09:30:00Z, and the other "
            "ends at 2026-11-23T09:31:00Z",
        ),
        (
            f"{HEADER}2026-03-08 02:30,2026-03-08 16:00,America/New_York\n",
            "s.csv, line 2: start: 2026-03-08 02:30 does not exist in America/New_York: the clocks are put "
            "forward then",
        ),
        (
            f"{HEADER}2026-10-31 20:00,2026-11-01 01:30,America/New_York\n",
            "s.csv, line 2: end: 2026-11-01 01:30 comes twice in America/New_York, as the clocks are put "
            "back then: write the session in zone UTC, with 2026-11-01 05:30 or 2026-11-01 06:30",
        ),
        (
            f"{HEADER}2026-11-23 09:30Z,2026-11-23 16:00,UTC\n",
            "s.csv, line 2: start: '2026-11-23 09:30Z' must have no offset, its zone is in the third column",
        ),
        (f"{HEADER}today,2026-11-23 16:00,UTC\n", "s.csv, line 2: start: 'today' is no local time"),
        (f"{HEADER}2026-11-23 09:30,2026-11-23 16:00,New York\n", "s.csv, line 2: zone: 'New York' is no"),
        (f"{HEADER}2026-11-23 09:30,2026-11-23 16:00,../x\n", "s.csv, line 2: zone: '../x' is no time zone"),
        (
            f"{HEADER}2026-11-23 09:30,2026-12-23 16:00,UTC\n",
            "s.csv, line 2: end: 2026-12-23T16:00:00Z is more than 7 days after the start",
        ),
        (
            f"{HEADER}2026-11-23 09:30:30,2026-11-23 16:00,UTC\n",
            "s.csv, line 2: start: 2026-11-23T09:30:30+00:00 is no whole minute",
        ),
        (f"{HEADER}0001-01-01 00:00,2026-11-23 16:00,Asia/Tokyo\n", "s.csv, line 2: start: 0001-01-01 00:00"),
        (f"{HEADER}1969-01-01 00:00,1969-01-01 01:00,UTC\n", "s.csv, line 2: start: 1969-01-01T00:00:00Z"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_rule(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        sessions_of(text, "s.csv")
    assert str(refused.value).startswith(said)
