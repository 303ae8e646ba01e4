"""`highwater windows`: which RDB holds which updates, as a table, and what is amiss below it."""

from typing import Any

import pytest

from highwater.operate.commands.windows import lines_of
from highwater.operate.words.plain import instant
from highwater.operate.words.times import span_of
from tests.highwater.hand import hand_on
from tests.highwater.views import LIVE, NEXT, OLD
from tests.system.conftest import running_day

AT = "2026-11-23T10:30:00Z"
PLANT = {
    "instance_id": "i-0123456789abcdef0",
    "updates": 150_000,
    "queue": 1,
    "waiting": 0,
    "reported_at": "2026-11-23T10:28:00Z",
}


def window(instance_id: str, state: str, first: int, last: int, **changed: Any) -> dict[str, Any]:
    return {
        "instance_id": instance_id,
        "host": None,
        "port": None,
        "state": state,
        "first_index": first,
        "last_index": last,
        "first_time": None,
        "last_time": None,
        "rows": last - first,
        "reported_at": "2026-11-23T10:25:00Z",
        **changed,
    }


def shown(*windows: dict[str, Any], **changed: Any) -> list[str]:
    return asked({}, *windows, **changed)


def asked(span: dict[str, str], *windows: dict[str, Any], **changed: Any) -> list[str]:
    found = {"cluster": "trades", "at": AT, "tickerplant": PLANT, "windows": list(windows), "breaks": []}
    return lines_of({**found, **changed}, 140, span)


def test_each_window_is_a_line_with_its_updates_its_times_and_where_its_q_is() -> None:
    times = {"first_time": "2026-11-23T09:00:00Z", "last_time": "2026-11-23T09:58:00Z"}
    lines = shown(
        window(
            OLD, "rolled", 0, 58_253, host="10.0.12.7", port=5001, reported_at="2026-11-23T09:58:00Z", **times
        ),
        window(NEXT, "unknown", 58_253, 100_000, last_time="2026-11-23T10:20:00Z"),
        window(LIVE, "live", 100_000, 120_000, first_time="2026-11-23T10:20:00Z"),
    )
    assert lines == [
        "instance             state    updates                     came                q at",
        f"{OLD}  rolled   1 to 58,253                 09:00 to 09:58 UTC  10.0.12.7:5001",
        f"{NEXT}  unknown  58,254 to 100,000, it said  until 10:20 UTC     not known",
        f"{LIVE}  live     100,001 on                  10:20 UTC on        not known",
        "",
        f"The q of {NEXT} does not answer: nobody knows whether it holds what it said before.",
        "By reports of which the oldest came 5 minutes ago.",
        "The tickerplant had 150,000 updates, 2 minutes ago.",
    ]


def test_who_is_live_with_nothing_yet_goes_on_and_who_rolled_with_nothing_holds_none() -> None:
    lines = shown(window(OLD, "rolled", 7, 7), window(LIVE, "live", 7, 7))
    assert [" ".join(line.split()) for line in lines[1:3]] == [
        f"{OLD} rolled none not known not known",
        f"{LIVE} live 8 on not known not known",
    ]


def test_updates_that_no_rdb_holds_or_two_are_named_and_whether_that_is_told() -> None:
    since = "2026-11-23T10:10:00Z"
    both = {"first_index": 100, "last_index": 200, "rdbs": [OLD, LIVE], "since": since}
    lines = shown(breaks=[{"kind": "gap", **both, "told": True}, {"kind": "overlap", **both, "told": False}])
    assert "GAP: no RDB holds the updates 101 to 200, between" in " ".join(lines)
    assert f"{OLD} and {LIVE}, since 10:10 UTC." in " ".join(lines)
    assert f"OVERLAP: {OLD} and {LIVE} both hold the updates 101 to 200" in " ".join(lines)
    assert " ".join(lines).endswith("since 10:10 UTC; it is told if it lasts.")


def test_the_range_is_said_with_its_day_and_that_who_does_not_say_when_is_in_it() -> None:
    span = {"from": "2026-11-22T12:00:00Z", "to": "2026-11-22T13:00:00Z"}
    said = "Asked for: what came from 22 Nov 12:00 UTC to 22 Nov 13:00 UTC."
    untimed = window(LIVE, "live", 0, 7)
    assert f"{said} RDBs that do not say when theirs came are shown for every range." in asked(span, untimed)
    assert said in asked(span, {**untimed, "first_time": "2026-11-22T11:00:00Z"})
    assert "Asked for: what came from 10:00 UTC." in asked({"from": "2026-11-23T10:00:00Z"})


def test_a_time_of_day_that_ends_a_range_is_the_next_after_its_begin() -> None:
    now = instant(AT)
    today, yesterday = "2026-11-23T", "2026-11-22T"
    assert span_of("10:00", "11:00", now) == {"from": f"{today}10:00:00Z", "to": f"{today}11:00:00Z"}
    assert span_of("11:00", "10:00", now) == {"from": f"{yesterday}11:00:00Z", "to": f"{today}10:00:00Z"}
    assert span_of("12:00", "13:00", now) == {"from": f"{yesterday}12:00:00Z", "to": f"{yesterday}13:00:00Z"}
    assert span_of(None, "11:00", now) == {"to": f"{yesterday}11:00:00Z"}
    assert span_of("1h", "2h", now) == {"from": f"{today}09:30:00Z", "to": f"{today}08:30:00Z"}


def test_nothing_and_no_tickerplant_are_said() -> None:
    lines = shown(tickerplant=None, breaks=None)
    assert lines == [
        "No RDB holds anything of that.",
        "",
        "No tickerplant of the cluster reports, so nobody checks that the windows tile.",
    ]


def test_updates_that_wait_are_said() -> None:
    assert "150,000 updates, of which 7 wait for a live RDB, 2 minutes ago." in " ".join(
        shown(tickerplant={**PLANT, "waiting": 7})
    )


def test_it_shows_a_running_cluster_and_refuses_what_is_no_time_or_no_cluster(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_day() as day, hand_on(day, monkeypatch, capsys) as hand:
        whole = hand("windows", "trades")
        assert (whole.status, "live 1 on" in whole.said) == (0, True)
        assert hand("windows", "trades", "--from", "23:00", "--to", "1m", "--json").json["windows"] != []
        wrong = hand("windows", "trades", "--from", "1m", "--to", "2h")
        assert (wrong.status, "from: must not be after to" in wrong.err) == (2, True)
        bad = hand("windows", "trades", "--to", "soon")
        assert (bad.status, "--to soon: must be a time such as" in bad.err) == (2, True)
        unknown = hand("windows", "trade")
        assert (unknown.status, "Did you mean trades?" in unknown.err) == (2, True)
