"""Times, sizes, numbers and names are said as a person says them."""

from datetime import UTC, datetime

import pytest

from highwater.operate.words import lines, plain, times
from highwater.operate.words.rdbs import resolved
from highwater.terminal import Refused

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("no RDB is live since 2026-11-23T09:58:20Z", "no RDB is live since 09:58 UTC"),
        ("until 2026-11-24T00:00:00Z", "until 24 Nov 00:00 UTC"),
        ("at 2027-01-02T03:04:05.678Z: x", "at 2 Jan 2027 03:04 UTC: x"),
        ("arn:aws:sts::123456789012:assumed-role/operator/ann asked for 2", "ann (operator) asked for 2"),
        ("by arn:aws:iam::123456789012:user/desk/bob: audit", "by bob: audit"),
        ("by arn:aws-cn:iam::123456789012:root", "by root"),
        ("window (0, 16166], 16166 rows; look", "updates 1 to 16,166; look"),
        ("holds 58253 rows", "holds 58,253 rows"),
        (
            "SetDesiredCapacity g 2 failed: An error occurred (AccessDenied) when calling the "
            "SetDesiredCapacity operation (reached max retries: 2): no",
            "SetDesiredCapacity g 2 failed: AccessDenied: no",
        ),
    ],
)
def test_a_sentence_of_the_api_is_said_in_plain_words(said: str, read: str) -> None:
    assert plain.plain(said, NOW) == read


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0.4, "less than a minute"),
        (1, "1 minute"),
        (109.2, "109 minutes"),
        (120, "120 minutes"),
        (185, "3 h 05 min"),
        (3000, "2 days"),
    ],
)
def test_a_length_of_time_is_in_minutes_up_to_two_hours(count: float, said: str) -> None:
    assert plain.minutes(count) == said


@pytest.mark.parametrize(
    ("count", "said"), [(4.1 * 2**30, "4.1 GiB"), (153_600_000, "146 MiB"), (2**30, "1.0 GiB")]
)
def test_memory_is_in_gib_with_one_decimal(count: float, said: str) -> None:
    assert plain.size(count) == said


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("16:30", "2026-11-23T16:30:00Z"),
        ("09:30", "2026-11-24T09:30:00Z"),
        ("90m", "2026-11-23T11:30:00Z"),
        ("2h", "2026-11-23T12:00:00Z"),
        ("3d", "2026-11-26T10:00:00Z"),
        ("2026-11-23T12:00:00-05:00", "2026-11-23T17:00:00Z"),
    ],
)
def test_an_end_may_be_a_time_of_day_a_length_or_an_instant(text: str, at: str) -> None:
    assert times.until_of("--until", text, NOW) == at


@pytest.mark.parametrize(
    "text", ["soon", "24:00", "9:30", "2026-11-23T12:00:00", "9999-12-31T23:59:59-14:00", "5x", ""]
)
def test_an_end_that_is_none_is_refused_with_examples(text: str) -> None:
    with pytest.raises(Refused, match=r"^--until .*: must be a time such as 16:30 \(UTC\), 90m"):
        times.until_of("--until", text, NOW)


@pytest.mark.parametrize("text", ["0m", "2026-11-23T10:00:00Z"])
def test_an_end_that_is_not_after_now_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is not after now, 2026-11-23T10:00:00Z"):
        times.until_of("--until", text, NOW)


def test_a_beginning_that_no_clock_in_utc_has_is_refused() -> None:
    with pytest.raises(Refused, match=r"^--since .*: must be a time such as"):
        times.since_of("--since", "0001-01-01T00:00:00+14:00", NOW)


def test_a_beginning_is_the_last_such_time() -> None:
    assert times.since_of("--since", "16:30", NOW) == "2026-11-22T16:30:00Z"
    assert times.since_of("--since", "2h", NOW) == "2026-11-23T08:00:00Z"


def test_a_table_keeps_its_columns_and_goes_on_in_its_last_one() -> None:
    rows = [("a", "1", "one two three four five six"), ("bbb", "22", "short")]
    assert lines.table(rows, 30, right=frozenset({1})) == [
        "a     1  one two three four",
        "         five six",
        "bbb  22  short",
    ]


def test_an_rdb_is_known_by_its_id_or_by_any_beginning_in_small_letters_or_capitals() -> None:
    ids = ["i-0aaaa11111111111a", "i-0aaaa22222222222b"]
    assert resolved(ids, ids[0]) == [ids[0]]
    assert resolved(ids, "i-0aaaa2") == [ids[1]]
    assert resolved(ids, "0aaaa1") == [ids[0]]
    assert resolved(ids, "i-0aaaa") == ids
    assert resolved(ids, "I-0AAAA11111111111A") == [ids[0]]
    assert resolved([*ids, "i-1"], "i-1") == resolved([*ids, "i-1"], "1") == ["i-1"]
    assert resolved(ids[:1], "i-0") == [ids[0]]
    for nobody in ("", "i-", "i", "i-2", "somebody"):
        assert resolved(ids[:1], nobody) == []
