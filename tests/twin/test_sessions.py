"""Sessions are one day in the order in which they are given, or are refused with what is wrong about them."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater.market.feed import Feed, paper
from highwater.market.sessions import (
    DAY_SECONDS,
    BadSessions,
    Session,
    beginning_of,
    in_order,
    session_of,
)
from highwater.whatif.feed_file import BadFeed, read_feed
from twin.__main__ import main
from twin.arguments import options_of
from twin.commands import parser
from twin.day.options import Options

A_DAY = 24 * 60
OVER_MIDNIGHT = "minute,updates\n22:00,5\n23:59,7\n00:00,11\n20:59,13\n"

minutes = st.integers(0, A_DAY - 1)
days = st.lists(st.tuples(minutes, st.integers(1, A_DAY)), min_size=1, max_size=5).map(
    lambda given: [Session(60 * begin, 60 * (begin + length)) for begin, length in given]
)
# Cuts of the clock: each two of them are a session.
apart = st.tuples(
    st.lists(minutes, min_size=2, max_size=8, unique=True).filter(lambda cuts: len(cuts) % 2 == 0),
    st.integers(0, 7),
)


def arranged(cuts: list[int], turned: int) -> list[Session]:
    """Sessions that do not overlap, in the order of a day that begins with any of them."""
    cuts = sorted(cuts)
    found = [Session(60 * begin, 60 * end) for begin, end in zip(cuts[::2], cuts[1::2], strict=True)]
    turned %= len(found)
    return found[turned:] + found[:turned]


def options(*words: str) -> Options:
    return options_of(parser().parse_args(["day", *words]))


@pytest.mark.parametrize(
    ("given_as", "hours", "begins"),
    [
        (["09:30-16:00"], [(9.5, 16)], 0),
        (["00:00-24:00"], [(0, 24)], 0),
        (["18:00-00:00"], [(18, 24)], 0),
        (["09:00-11:30", "12:30-15:00"], [(9, 11.5), (12.5, 15)], 0),
        (["22:00-21:00"], [(-2, 21)], -2.5),
        (["21:00-23:00", "09:00-15:00"], [(-3, -1), (9, 15)], -6),
        (["08:00-10:00", "20:00-02:00"], [(-16, -14), (-4, 2)], -19),
    ],
)
def test_a_day_has_its_sessions_in_the_order_in_which_they_are_given_and_ends_on_its_date(
    given_as: list[str], hours: list[tuple[float, float]], begins: float
) -> None:
    sessions = in_order([session_of(text) for text in given_as])
    assert [(session.begin / 3600, session.end / 3600) for session in sessions] == hours
    assert beginning_of(sessions) / 3600 == begins
    assert [str(session).replace("24:00", "00:00") for session in sessions] == [
        text.replace("24:00", "00:00") for text in given_as
    ]


@given(days)
def test_sessions_follow_one_another_within_a_day_or_are_refused(given_as: list[Session]) -> None:
    try:
        sessions = in_order(given_as)
    except BadSessions:
        return
    assert all(before.end <= after.begin for before, after in pairwise(sessions))
    begins = beginning_of(sessions)
    assert begins % 60 == 0
    assert begins <= sessions[0].begin
    assert 0 < sessions[-1].end <= begins + DAY_SECONDS
    assert [session.begin % DAY_SECONDS for session in sessions] == [session.begin for session in given_as]
    assert [session.end - session.begin for session in sessions] == [end - begin for begin, end in given_as]


@given(apart)
def test_sessions_that_do_not_overlap_are_taken_in_any_order_of_one_day(cuts: tuple[list[int], int]) -> None:
    given_as = arranged(*cuts)
    assert len(in_order(given_as)) == len(given_as)


@given(apart, st.data())
def test_sessions_that_overlap_by_a_minute_are_refused(
    cuts: tuple[list[int], int], data: st.DataObject
) -> None:
    given_as = arranged(*cuts)
    hit = data.draw(st.sampled_from(given_as))
    minute = data.draw(st.integers(hit.begin // 60, hit.end // 60 - 1))
    more = Session(60 * minute, 60 * minute + 60)
    with pytest.raises(BadSessions, match=r"overlap from \d\d:\d\d to \d\d:\d\d$"):
        in_order([*given_as, more])


@given(apart, st.dictionaries(minutes, st.integers(0, 1000), max_size=40))
def test_a_feed_comes_in_the_order_of_its_sessions_and_only_within_them(
    cuts: tuple[list[int], int], by_minute: dict[int, int]
) -> None:
    sessions = in_order(arranged(*cuts))
    begins = beginning_of(sessions)
    traded = Feed(by_minute).during(sessions, begins)
    within = [minute for begin, end in sessions for minute in range(begin // 60, end // 60)]
    assert traded.total == sum(by_minute.get(minute % A_DAY, 0) for minute in within)
    assert traded.published(sessions[0].begin - begins) == 0
    assert traded.published(sessions[-1].end - begins) == traded.total
    for minute in within:
        so_far = traded.published(60 * minute + 60 - begins) - traded.published(60 * minute - begins)
        assert so_far == by_minute.get(minute % A_DAY, 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--session 16:00", "must be HH:MM-HH:MM in UTC, such as 09:30-16:00, not '16:00'"),
        ("--session 9:30-16:00", "must be HH:MM-HH:MM in UTC, such as 09:30-16:00, not '9:30-16:00'"),
        ("--session 09:30-25:00", "09:30-25:00: there is no 25:00, the day is from 00:00 to 24:00"),
        ("--session 09:60-16:00", "09:60-16:00: there is no 09:60, the day is from 00:00 to 24:00"),
        ("--session 09:30-24:01", "09:30-24:01: there is no 24:01, the day is from 00:00 to 24:00"),
        ("--session 24:00-03:00", "24:00-03:00: begins at 24:00, which is 00:00 of the next day"),
        (
            "--session 09:30-09:30",
            "09:30-09:30: ends when it begins; a session of the whole day is 00:00-24:00",
        ),
    ],
)
def test_a_session_that_is_none_is_refused_under_the_name_of_its_option(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options(*words.split())
    assert ended.value.code == 2
    assert f"argument --session: {message}; see `python -m twin day --help`\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--session 09:30-16:00 --session 15:00-20:00",
            "--session 09:30-16:00 and 15:00-20:00: overlap from 15:00 to 16:00",
        ),
        (
            "--session 22:00-02:00 --session 01:00-03:00",
            "--session 22:00-02:00 and 01:00-03:00: overlap from 01:00 to 02:00",
        ),
        (
            "--session 09:00-10:00 --session 14:00-15:00 --session 11:00-12:00",
            "--session 09:00-10:00, 14:00-15:00, 11:00-12:00: must be in the order of one day of 24 hours",
        ),
        ("--session 20:00-21:00", "--session 20:00-21:00: --feed paper has no update then"),
        (
            "--session 09:30-16:00 --end-of-day 15:00",
            "--end-of-day 15:00: must be from 16:00, when the last session ends, to 24:00",
        ),
        (
            "--session 22:00-16:00 --end-of-day 23:00",
            "--end-of-day 23:00: must be from 16:00, when the last session ends, to 19:00",
        ),
        (
            "--end-of-day 12:00",
            "--end-of-day 12:00: the feed has 168,000 updates from then to 16:00, which no RDB would take. "
            "Give the time when it ends, or with --session the hours when it trades, over midnight too",
        ),
    ],
)
def test_sessions_and_ends_that_do_not_fit_are_refused_with_the_minutes(words: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        options(*words.split())


def test_a_session_says_what_is_traded_and_when_the_day_ends() -> None:
    part = options("--session", "09:00-11:30", "--session", "12:30-15:00")
    traded = paper().published(15 * 3600) - paper().published(9 * 3600) - 60 * 60 * 2 / 0.15
    assert (part.feed.total, part.end_of_day) == (traded, 15 * 3600)
    assert part.outside == 319_948 - traded
    scaled = options("--session", "09:00-15:00", "--updates-per-day", "100000", "--end-of-day", "16:05")
    assert (scaled.feed.total, scaled.end_of_day) == (100_000, 16 * 3600 + 300)
    # Of 319,948 updates 276,000 are traded.
    assert scaled.outside == round(43_948 * 100_000 / 276_000)


def test_without_a_session_the_whole_feed_is_traded_until_midnight() -> None:
    day = options()
    assert (day.feed.minutes, day.end_of_day, day.outside) == (paper().minutes, DAY_SECONDS, 0)


def test_a_file_that_goes_over_midnight_is_read_in_the_order_of_its_session(tmp_path: Path) -> None:
    path = tmp_path / "cme.csv"
    path.write_text(OVER_MIDNIGHT)
    with pytest.raises(
        BadFeed, match=r"^cme.csv: goes from 22:00 over midnight to 21:00: say so with --session 22:00-21:00$"
    ):
        read_feed(path)
    day = options("--feed", str(path), "--session", "22:00-21:00")
    # The day begins at 21:30.
    published = [day.feed.published(60 * minute) for minute in (30, 31, 150, 151, 1409, 1410)]
    assert published == [0, 5, 12, 23, 23, 36]
    assert (day.outside, day.end_of_day) == (0, 21 * 3600)


def test_the_day_ends_when_the_grace_after_its_last_session_does() -> None:
    day = options("--session", "07:00-16:00", "--grace", "60", "--overnight", "none")
    assert (day.end_of_day, day.min_size) == (17 * 3600, 0)
    assert day.calendar is not None
    assert (day.calendar.grace_minutes, day.calendar.overnight) == (60, "none")
    assert (
        options("--session", "07:00-16:00", "--grace", "60", "--end-of-day", "18:00").end_of_day == 18 * 3600
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--grace 60", "--grace: needs the hours when the market trades: --session HH:MM-HH:MM"),
        ("--overnight none", "--overnight: needs the hours when the market trades: --session HH:MM-HH:MM"),
        (
            "--session 22:00-16:00 --grace 181",
            "--grace 181: the day ends at 19:00, before that is over",
        ),
    ],
)
def test_a_grace_or_night_without_its_hours_is_refused(words: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        options(*words.split())


@pytest.mark.parametrize(("session", "remark"), [("16:00-09:30", True), ("09:30-16:00", False)])
def test_a_session_over_midnight_is_remarked_upon_as_its_times_may_be_swapped(
    session: str, remark: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["whatif", "--session", session, "--updates-per-day", "1000"]) == 0
    said = f"--session {session}: goes over midnight, so the day begins the evening before\n"
    assert (said in capsys.readouterr().err) == remark
