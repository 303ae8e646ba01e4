"""The calendar answers as its sessions would one by one, and bad sessions are refused by name."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.errors import BadInput
from chalicelib.core.facts.calendar import EPOCH, MINUTE, MOST_SESSIONS, Calendar, Session

START = datetime(2026, 11, 23, tzinfo=UTC)
NYSE = Calendar.of(
    [
        Session(START + timedelta(days=day, hours=14, minutes=30), START + timedelta(days=day, hours=21))
        for day in range(3)
    ]
)


def at(text: str, day: int = 23) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{text}:00Z")


spans = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300)), min_size=1, max_size=8)
moments = st.integers(-60, 5000).map(lambda halves: START + halves * MINUTE / 2)
few_minutes = st.integers(0, 200).map(lambda minutes: minutes * MINUTE)


def sessions_of(pairs: list[tuple[int, int]]) -> list[Session]:
    sessions, time = [], START
    for closed, opened in pairs:
        start = time + closed * MINUTE
        time = start + opened * MINUTE
        sessions.append(Session(start, time))
    return sessions


@given(spans, moments, few_minutes, few_minutes)
def test_it_answers_as_each_of_its_sessions_would(
    pairs: list[tuple[int, int]], now: datetime, before: timedelta, after: timedelta
) -> None:
    sessions = sessions_of(pairs)
    calendar = Calendar.of(sessions)
    assert list(calendar.sessions) == sessions
    assert calendar.reaches == sessions[-1].end
    assert calendar.in_session(now) == any(s.start <= now < s.end for s in sessions)
    assert calendar.next_open(now) == min((s.start for s in sessions if s.start > now), default=None)
    assert calendar.last_close(now) == max((s.end for s in sessions if s.end <= now), default=None)
    near = [s.start for s in sessions if s.start - before <= now < s.start + after]
    assert calendar.open_near(now, before, after) == (near[0] if near else None)


@given(spans, moments)
def test_nobody_rests_in_a_session_or_its_grace_or_after_the_last_one(
    pairs: list[tuple[int, int]], now: datetime
) -> None:
    sessions = sessions_of(pairs)
    calendar = Calendar.of(sessions, grace_minutes=20)
    if calendar.rests(now, 10 * MINUTE):
        assert not any(s.start - 10 * MINUTE <= now < s.end + 20 * MINUTE for s in sessions)
        assert sessions[0].end < now < sessions[-1].start


@given(spans)
def test_it_is_the_same_after_it_was_written_and_read(pairs: list[tuple[int, int]]) -> None:
    calendar = Calendar.of(sessions_of(pairs), 30, "none")
    assert msgspec.json.decode(msgspec.json.encode(calendar), type=Calendar) == calendar


@pytest.mark.parametrize(
    ("now", "rests"),
    [
        (at("13:00"), False),  # before the first session
        (at("20:59"), False),
        (at("21:59"), False),  # the grace
        (at("22:00"), True),
        (at("14:24", 24), True),
        (at("14:25", 24), False),  # five minutes before the open
        (at("15:00", 24), False),
        (at("23:00", 25), False),  # after the last session
    ],
)
def test_it_rests_from_the_grace_after_a_close_until_short_of_the_next_open(
    now: datetime, rests: bool
) -> None:
    assert NYSE.rests(now, 5 * MINUTE) is rests


@pytest.mark.parametrize(
    ("sessions", "field", "rule"),
    [
        ([], "sessions", "must be 1 to 3000, and are 0"),
        (
            [Session(at("10:00"), at("09:00"))],
            "sessions[0].end",
            "2026-11-23T09:00:00Z is not after the start, 2026-11-23T10:00:00Z",
        ),
        ([Session(at("10:00"), at("10:00"))], "sessions[0].end", "is not after the start"),
        (
            [Session(at("09:00"), at("12:00")), Session(at("11:00"), at("13:00"))],
            "sessions[1].start",
            "2026-11-23T11:00:00Z is before the end of the session before it, 2026-11-23T12:00:00Z",
        ),
        (
            [Session(at("10:00") + timedelta(seconds=30), at("12:00"))],
            "sessions[0].start",
            "is no whole minute",
        ),
        ([Session(at("10:00"), at("10:01", 30))], "sessions[0].end", "more than 7 days after the start"),
        (
            [Session(at("10:00").replace(year=2126), at("12:00").replace(year=2126))],
            "sessions[0].end",
            "is not before 2100",
        ),
        (
            [Session(EPOCH - 2 * MINUTE, EPOCH)],
            "sessions[0].start",
            "is before the end of the session before it",
        ),
    ],
)
def test_bad_sessions_are_refused_with_their_number_and_the_rule(
    sessions: list[Session], field: str, rule: str
) -> None:
    with pytest.raises(BadInput) as refused:
        Calendar.of(sessions)
    assert refused.value.field == field
    assert rule in refused.value.rule


@pytest.mark.parametrize("minutes", [[], [1], [1, 0], [1, 2, 3], [10**9, 1]])
def test_minutes_that_are_no_sessions_cannot_be_read(minutes: list[int]) -> None:
    text = msgspec.json.encode({"schema": 1, "minutes": minutes})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Calendar)


def test_four_sessions_a_day_for_four_hundred_days_have_12_kb_and_the_most_of_all_40() -> None:
    days = [
        Session(START + timedelta(days=day, hours=hour), START + timedelta(days=day, hours=hour + 1))
        for day in range(400)
        for hour in (1, 4, 9, 14)
    ]
    assert len(msgspec.json.encode(Calendar.of(days))) < 12_000
    longest = (10_000, 10_000)
    assert len(msgspec.json.encode(Calendar(longest * MOST_SESSIONS, by="x" * 2048))) < 40_000
