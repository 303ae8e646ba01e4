"""A feed gives as many updates as it says, when it says, or the line number and what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highwater.market.feed import Feed, paper
from highwater.whatif.feed_file import BadFeed, read_feed

DAY = 24 * 3600
HEADER = "minute,updates\n"

feeds = st.dictionaries(st.integers(0, 1439), st.integers(0, 100_000), max_size=20)
seconds = st.integers(-60, DAY + 60)


def written(folder: Path, text: str) -> Path:
    path = folder / "day.csv"
    path.write_text(text)
    return path


def test_the_papers_feed_has_319948_updates_a_day() -> None:
    assert paper().total == 319_948
    assert paper().published(DAY) == 319_948


@pytest.mark.parametrize(
    ("hour", "published"),
    [
        (0, 0),
        (7, 0),
        (8, 6857),
        (9, 19948),
        (10, 55948),
        (11, 103948),
        (15, 295948),
        (16, 319948),
        (24, 319948),
    ],
)
def test_the_papers_feed_has_come_so_far_by_the_hour(hour: int, published: int) -> None:
    assert paper().published(hour * 3600) == published


@pytest.mark.parametrize("total", [0, 1, 1000, 319_948, 32_000_000, 2**40])
def test_a_scaled_feed_has_the_total_that_was_asked_for(total: int) -> None:
    scaled = paper().scaled(total)
    assert scaled.total == total
    assert scaled.published(DAY) == total


def test_a_scaled_feed_keeps_its_shape() -> None:
    tenfold = paper().scaled(3_199_480)
    for hour in range(25):
        assert tenfold.published(hour * 3600) == pytest.approx(10 * paper().published(hour * 3600), abs=10)


def test_updates_come_evenly_within_their_minute() -> None:
    feed = Feed({1: 60})
    assert [feed.published(s) for s in (0, 60, 61, 90, 119, 120, DAY)] == [0, 0, 1, 30, 59, 60, 60]


@settings(deadline=None)
@given(feeds, seconds, seconds)
def test_what_was_published_never_falls_and_never_passes_the_total(
    by_minute: dict[int, int], one: int, other: int
) -> None:
    feed = Feed(by_minute)
    early, late = sorted((one, other))
    assert 0 <= feed.published(early) <= feed.published(late) <= feed.total == sum(by_minute.values())


@settings(deadline=None)
@given(feeds, st.integers(0, 1440))
def test_by_the_full_minute_exactly_the_minutes_before_it_were_published(
    by_minute: dict[int, int], minute: int
) -> None:
    expected = sum(updates for at, updates in by_minute.items() if at < minute)
    assert Feed(by_minute).published(minute * 60) == expected


@settings(deadline=None)
@given(feeds.filter(lambda feed: sum(feed.values()) > 0), st.integers(0, 10**9))
def test_any_feed_that_is_not_empty_can_be_scaled_to_any_total(by_minute: dict[int, int], total: int) -> None:
    assert Feed(by_minute).scaled(total).total == total


def test_a_feed_is_read_from_its_file(tmp_path: Path) -> None:
    feed = read_feed(written(tmp_path, HEADER + "00:00,5\n07:30,120\n23:59,7\n")).feed
    assert feed.total == 132
    assert [feed.published(s) for s in (60, 7.5 * 3600, 7.5 * 3600 + 30, 23 * 3600)] == [5, 5, 65, 125]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the header minute,updates and at least one row"),
        (HEADER, "line 1: expected the header minute,updates and at least one row"),
        ("07:00,5\n", "line 1: expected the header minute,updates, found '07:00,5'"),
        ("updates,minute\n", "line 1: expected the header minute,updates, found 'updates,minute'"),
        (
            HEADER + "07:00\n",
            "line 2: expected two fields, HH:MM and a whole number, found '07:00'",
        ),
        (HEADER + "07:00,5,6\n", "line 2: expected two fields, HH:MM and a whole number, found '07:00,5,6'"),
        (HEADER + "07:00,5\n\n", "line 3: expected two fields, HH:MM and a whole number, found ''"),
        (HEADER + "07:00,5\n24:00,5\n", "line 3: expected a minute from 00:00 to 23:59, found '24:00'"),
        (HEADER + "07:60,5\n", "line 2: expected a minute from 00:00 to 23:59, found '07:60'"),
        (HEADER + "7:00,5\n", "line 2: expected a minute from 00:00 to 23:59, found '7:00'"),
        (HEADER + "-7:00,5\n", "line 2: expected a minute from 00:00 to 23:59, found '-7:00'"),
        (HEADER + "noon,5\n", "line 2: expected a minute from 00:00 to 23:59, found 'noon'"),
        (HEADER + "07:00,-5\n", "line 2: expected a whole number of updates, found '-5'"),
        (HEADER + "07:00,5.5\n", "line 2: expected a whole number of updates, found '5.5'"),
        (HEADER + "07:00,\n", "line 2: expected a whole number of updates, found ''"),
        (HEADER + "07:00, 5\n", "line 2: expected a whole number of updates, found ' 5'"),
        (HEADER + "07:00,٣\n", "line 2: expected a whole number of updates, found '٣'"),
        (HEADER + "07:00,5\n07:01,5\n07:00,5\n", "line 4: expected each minute once, found 07:00 again"),
        (
            HEADER + "07:30,412\n07:29,5\n",
            "line 3: expected the order of the clock, 07:29 is before the line above, 07:30",
        ),
        (
            HEADER + "23:00,5\n01:00,5\n18:00,5\n00:30,5\n",
            "line 5: expected the order of the clock, 00:30 is before the line above, 18:00",
        ),
    ],
)
def test_a_bad_feed_is_refused_with_the_line_and_what_was_expected(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BadFeed) as caught:
        read_feed(written(tmp_path, text))
    assert str(caught.value) == f"day.csv {message}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"minute,updates\n00:00,\xff\n", id="not UTF-8"),
        pytest.param(b"minute,updates\n00:00," + b"1" * 200_000, id="a field that never ends"),
    ],
)
def test_a_file_that_is_no_text_of_lines_is_refused_in_our_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(content)
    with pytest.raises(BadFeed, match=r"^day\.csv: expected lines of UTF-8 text, HH:MM,updates"):
        read_feed(path)


def test_a_file_with_bytes_says_what_an_update_takes_in_memory(tmp_path: Path) -> None:
    file = read_feed(written(tmp_path, "minute,updates,bytes\n09:30,10,20480\n09:31,30,20480\n"))
    assert (file.feed.total, file.kib_per_update) == (40, 1.0)
    assert read_feed(written(tmp_path, HEADER + "09:30,10\n")).kib_per_update is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("09:30,10", "expected HH:MM and two whole numbers, found '09:30,10'"),
        ("09:30,10,1.5", "expected a whole number of bytes, found '1.5'"),
    ],
)
def test_a_line_without_its_bytes_is_named(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(BadFeed, match=rf"^day\.csv line 2: {why}$"):
        read_feed(written(tmp_path, f"minute,updates,bytes\n{line}\n"))
