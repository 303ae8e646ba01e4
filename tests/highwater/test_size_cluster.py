"""`highwater size --cluster` on a simulated day: it finds again what the day published, by metrics alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from highwater.__main__ import main
from highwater.size.measured import host_bytes_of, sessions_around
from highwater.size.metrics import memory_of
from highwater.terminal import Failed, Refused
from tests.highwater.hand import Hand, day_and_an_hour, hand_on
from twin.day.day import Day
from twin.day.options import MIDNIGHT, fixed

DAY = "2026-11-23"
SIZE = ("size", "--workers", "1", "--type", "t3a.medium", "--json", "--cluster", "trades")


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """A day by the fixed rule, in which decisions name who is live seldom, and an hour of the next one."""
    with day_and_an_hour(fixed()) as day:
        yield day


@pytest.fixture
def hand(day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Hand]:
    with hand_on(day, monkeypatch, capsys) as hand:
        yield hand


def published(day: Day) -> float:
    """The KiB of the day's updates, in which five RDBs rolled."""
    return day.options.feed.total * day.options.cluster.size.kib_per_update


def test_a_day_is_what_it_published_within_a_percent_and_costs_the_same(hand: Hand, day: Day) -> None:
    ran = hand(*SIZE, "--days", "1")
    (measured,) = ran.json["days"]
    assert (measured["day"], measured["kib_per_update"]) == (DAY, 1)
    assert measured["updates"] == pytest.approx(published(day), rel=0.01)
    assert len(day.tickerplant.rolls) == 5
    own = hand("size", "--workers", "1", "--type", "t3a.medium", "--json", "--feed", "paper").json
    assert ran.json["rows"][0]["usd_average"] == pytest.approx(own["rows"][0]["usd_average"], rel=0.01)


def test_its_minutes_are_those_in_which_it_was_published(hand: Hand, day: Day) -> None:
    early = hand(*SIZE, "--days", "1", "--session", "07:00-11:00", "--grace", "60").json
    expected = day.options.feed.published(11 * 3600) * day.options.cluster.size.kib_per_update
    assert early["days"][0]["updates"] == pytest.approx(expected, rel=0.01)


def test_a_day_that_is_not_on_record_is_said_and_left_out_and_today_is_not_asked_for(hand: Hand) -> None:
    ran = hand(*SIZE, "--days", "2")
    why = "no decision before 22 Nov 23:50 UTC is on record, so who was live is not known"
    assert f"Left out 2026-11-22: {why}" in ran.err
    assert ran.json["left_out"] == {"2026-11-22": why}
    assert [one["day"] for one in ran.json["days"]] == [DAY]


def test_the_hours_are_those_of_its_calendar_if_it_has_one(hand: Hand, tmp_path: Path) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text(
        "start,end,zone\n2026-11-24 07:00,2026-11-24 16:00,UTC\n2026-11-25 07:00,2026-11-25 16:00,UTC\n"
    )
    assert hand("calendar", "put", "trades", "--file", str(file), "--grace", "30").status == 0
    try:
        ran = hand(*SIZE, "--days", "1")
    finally:
        hand("calendar", "remove", "trades")
    assert "Its calendar's sessions, in UTC: 07:00-16:00, grace 30 minutes; --session gives" in ran.err
    assert {row["calendar"] for row in ran.json["rows"]} == {"off", "one", "none"}


def test_a_cluster_without_metrics_is_refused_in_a_sentence(
    hand: Hand, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day.aws.metrics, "_points", {})
    ran = hand(*SIZE, "--days", "1")
    assert ran.status == 2
    why = "no RDB that was live published its memory"
    assert ran.err.splitlines()[-1] == (
        f"--cluster trades: of its last 1 day before today none can be used: {why}."
    )


def test_an_unknown_cluster_is_refused_with_the_nearest_name(hand: Hand) -> None:
    ran = hand("size", "--cluster", "trade")
    assert (ran.status, ran.out) == (2, "")
    assert "Did you mean trades? There is trades." in ran.err


class Client:
    """CloudWatch that answers so; an error is raised."""

    def __init__(self, *results: dict[str, Any], error: ClientError | None = None) -> None:
        self._results, self._error = results, error

    def get_paginator(self, _operation: str) -> "Client":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        if self._error:
            raise self._error
        return [{"MetricDataResults": [result]} for result in self._results]


def asked(client: Client) -> Any:
    return memory_of(client, "trades", ["i-1"], MIDNIGHT, MIDNIGHT + timedelta(days=1))


def test_a_caller_without_permission_is_told_which_action_to_allow() -> None:
    said = "User: ann is not authorized to perform: cloudwatch:GetMetricData"
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "GetMetricData")
    with pytest.raises(Refused, match=f"{said}.*: allow it in your own policy"):
        asked(Client(error=error))


def test_pages_of_one_rdb_count_together_and_its_last_status_counts() -> None:
    times = [MIDNIGHT + timedelta(minutes=n) for n in range(3)]
    pages = (
        {"Id": "m0", "Timestamps": times[1:], "Values": [2.0, 101.0], "StatusCode": "PartialData"},
        {"Id": "m0", "Timestamps": times[:1], "Values": [1.0], "StatusCode": "Complete"},
    )
    assert asked(Client(*pages)) == {"i-1": list(zip(times, (1, 2, 100), strict=True))}
    with pytest.raises(Failed, match=r"in part alone \(PartialData\): run this again"):
        asked(Client(*pages[:1]))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--days", "3"), "--days: is of the days of a cluster: name it with --cluster."),
        (("--host-gib", "4"), "--host-gib: is of the days of a cluster: name it with --cluster."),
        (
            ("--cluster", "trades", "--kib-per-update", "2"),
            "--kib-per-update: an update of --cluster is a KiB of memory, as its metrics say.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["size", *words]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_no_day_is_asked_for_whose_minutes_cloudwatch_has_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["size", "--cluster", "trades", "--days", "15"])
    assert "--days: must be a whole number from 1 to 14, not '15'" in capsys.readouterr().err


def test_the_hours_of_a_calendar_are_those_of_most_days_also_over_midnight_and_with_a_pause() -> None:
    def session(begin: str, end: str) -> dict[str, str]:
        return {"start": f"2026-11-{begin}:00Z", "end": f"2026-11-{end}:00Z"}

    calendar = [
        session("22T23:00", "23T07:00"), session("23T14:30", "23T21:00"),
        session("23T23:00", "24T07:00"), session("24T14:30", "24T21:00"),
        session("24T23:00", "25T07:00"), session("25T14:30", "25T18:00"),
    ]  # fmt: skip
    begin, end = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
    assert [str(one) for one in sessions_around(calendar, begin, end)] == ["23:00-07:00", "14:30-21:00"]
    assert sessions_around(calendar, begin, end)[0].begin < 0
    assert sessions_around([session("23T16:00", "24T00:00")], begin, end)[0].end == 24 * 3600
    assert sessions_around(calendar, end, end + timedelta(days=1)) == ()


def test_a_host_that_is_gone_is_taken_to_have_the_memory_of_those_that_are_there() -> None:
    there: list[dict[str, Any]] = [
        {"instance_id": "i-1", "memory_total": 4},
        {"instance_id": "i-2", "memory_total": None},
    ]
    assert host_bytes_of(there, {"i-1": [], "i-9": []}, None) == {"i-1": 4, "i-9": 4}
    other = [*there, {"instance_id": "i-3", "memory_total": 8 * 2**30}]
    assert host_bytes_of(other, {"i-1": [], "i-3": []}, None) == {"i-1": 4, "i-3": 8 * 2**30}
    assert host_bytes_of(other, {"i-9": []}, 16.0) == {"i-9": 16 * 2**30}
    with pytest.raises(Refused, match=r"^Hosts of 0\.0 and 8\.0 GiB are there now, .*: give --host-gib\.$"):
        host_bytes_of(other, {"i-9": []}, None)
    with pytest.raises(Refused, match=r"^No RDB is there now that says .*: give --host-gib\.$"):
        host_bytes_of([], {"i-9": []}, None)
