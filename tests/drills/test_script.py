"""A file of events: what is taken, and what is refused with its line before anything is simulated."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from chalicelib.contract.report import Report
from tests.drills.conftest import Play
from twin.__main__ import main
from twin.autoscaling.model import PROCESSES
from twin.day.options import Options
from twin.drill.day import opening_of
from twin.drill.events import AnyEvent, HttpCall, Process, ReportSent
from twin.drill.play import PLAYS
from twin.drill.script import BadScript, parse_script
from twin.drill.selectors import NobodySelected

GOOD: dict[str, dict[str, Any]] = {
    "q_dies": {"rdb": "live"},
    "q_hangs": {"rdb": "standby"},
    "q_returns": {"rdb": "rolled"},
    "reporter_dies": {"rdb": "newest"},
    "reporter_returns": {"rdb": "oldest"},
    "host_dies": {"rdb": "#3"},
    "host_stops": {"rdb": "i-0123456789abcdef0"},
    "launches": {"become": "fail", "error": "no capacity", "until": "10:00"},
    "aws_refuses": {"operation": "SetDesiredCapacity", "code": "Denied", "message": "no", "until": "10:00"},
    "aws_disconnects": {"operation": "SetDesiredCapacity", "times": 1},
    "tag": {"key": "highwater:lead-seconds", "value": None, "group": "other"},
    "group": {"name": "other", "tags": {"highwater:role": "rdb"}, "min": 0, "max": 1, "desired": 1},
    "suspend": {"processes": ["Launch"]},
    "resume": {"processes": ["Terminate", "AZRebalance"]},
    "set_desired": {"desired": 6, "between": True},
    "report": {"rdb": "live", "state": "standby", "sequence_ahead_seconds": 840, "from_cluster": "quotes"},
    "reports": {"count": 3000, "minutes": 10},
    "metric": {"rdb": "live", "percent": 99, "until": "24:00"},
    "wake_up": {"command": {"type": "lift_hold"}, "age_seconds": 259200},
    "ledger": {"cluster": "quotes", "document": "{"},
    "http": {"method": "POST", "path": "/clusters", "body": {"change": 1}, "headers": {"a": "b"}},
    "terminate": {"rdb": "live", "through": "group", "decrement": True},
    "q_password": {"new": "secret"},
}  # fmt: skip


def line(do: str, /, **changes: Any) -> str:
    return json.dumps({"at": "09:00", "do": do, **GOOD[do], **changes})


def refusal(*lines: str) -> str:
    with pytest.raises(BadScript) as refused:
        parse_script("faults.jsonl", lines)
    return str(refused.value)


def test_every_event_of_the_page_is_taken_and_can_be_played() -> None:
    script = parse_script("faults.jsonl", [line(do) for do in GOOD])
    assert {type(event) for _, event in script.events} == set(get_args(AnyEvent)) == {*PLAYS, HttpCall}


def test_a_report_may_have_any_field_of_the_contract() -> None:
    assert set(Report.__struct_fields__) <= set(ReportSent.__struct_fields__)


def test_the_processes_are_those_of_ec2_auto_scaling() -> None:
    assert set(get_args(Process)) == set(PROCESSES)


@pytest.mark.parametrize("do", GOOD)
def test_a_field_that_an_event_does_not_have_is_refused_with_those_that_it_has(do: str) -> None:
    refused = refusal(line("q_dies"), line(do, wrong=1))
    assert refused.startswith(f"faults.jsonl line 2: wrong: is no field of {do}, which has at, ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("q_dies", do="q_died"), "do: expected one of q_dies, q_hangs, "),
        (line("q_dies", rdb="first"), "rdb: expected an instance id, live, standby, rolled, newest, "),
        (line("q_dies", rdb="#0"), "rdb: expected an instance id, "),
        (line("q_dies", at="9:00"), 'at: expected a time of day, HH:MM or HH:MM:SS, up to 24:00, found "9'),
        (line("q_dies", at="24:01"), "at: expected a time of day, "),
        ('{"at": "09:00", "do": "q_dies"}', "rdb: is missing: expected an instance id, "),
        ('{"at": "09:00"}', "do: is missing: expected one of q_dies, "),
        ("q_dies", "expected one JSON object: "),
        ('{"at": "09:00", "do": "q_dies", "rdb": "live", "rdb": "rolled"}', "rdb: is there twice"),
        ("[1]", "expected one JSON object, found [1]"),
        (line("aws_refuses", operation="RunInstances"), "operation: expected a call of the functions: "),
        (
            line("aws_refuses", code="InsufficientInstanceCapacity"),
            "code: InsufficientInstanceCapacity is why EC2 does not launch, and SetDesiredCapacity never",
        ),
        (line("aws_refuses", until="08:59"), "until: expected a time after 09:00, found 08:59"),
        (
            line("launches", become="die"),
            "become: expected one of never_report, boot_forever, fail, vanish, well",
        ),
        (line("launches", become="well"), 'error: only goes with "become": "fail"'),
        (line("report", instance_id="i-0123456789abcdef0"), "rdb: give either rdb or instance_id"),
        (line("report", rows="none"), "rows: expected "),
        (line("terminate", through="ec2"), 'decrement: only goes with "through": "group"'),
        (line("wake_up", command={"type": "raise"}), 'command: expected a command such as {"type": "lift'),
        (line("http", path="clusters"), "path: expected a path of the API such as /clusters/trades/capacity"),
        (line("suspend", processes=["Lunch"]), "processes: expected a list of some of AZRebalance, "),
        (line("metric", percent="high"), 'percent: expected a number from 0 to 100, found "high"'),
        (line("metric", percent=300), "percent: expected a number from 0 to 100, found 300"),
        (line("tag", value=60), "value: expected a text in double quotes, or null, which removes the tag, "),
        (line("http", method="PATCH"), "method: expected GET, POST, PUT or DELETE, found "),
        ('{"at": "09:00", "do": "report"}', "rdb: is missing: give rdb, or instance_id in its place"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_what_was_expected(text: str, expected: str) -> None:
    assert refusal(line("q_dies"), "", text).startswith(f"faults.jsonl line 3: {expected}")


def test_events_out_of_order_are_refused() -> None:
    refused = refusal(line("q_dies", at="09:00:01"), line("q_returns"))
    assert (
        refused
        == "faults.jsonl line 2: expected events in the order of the clock, found 09:00 after 09:00:01"
    )


def test_a_file_without_events_is_refused() -> None:
    assert refusal("", " ") == "faults.jsonl line 1: expected at least one event, one JSON object a line"


def test_a_bad_file_ends_the_command_with_2_before_anything_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "faults.jsonl"
    bad.write_text(line("q_dies", rdb="first") + "\n")
    with pytest.raises(SystemExit) as ended:
        main(["day", "--events", str(bad), "--html", str(tmp_path / "day.html")])
    assert ended.value.code == 2
    assert "twin: faults.jsonl line 1: rdb: expected" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["faults.jsonl"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (line("q_dies", do="q_died"), "did you mean q_dies?"),
        (line("aws_refuses", operation="SetDesiredCapacty"), "did you mean SetDesiredCapacity?"),
        (line("launches", becom="well"), "did you mean become?"),
        (line("wake_up", command={"type": "raise"}), "set_hold, lift_hold, set_calendar, remove_calendar"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_refused_with_the_nearest_or_with_all(text: str, meant: str) -> None:
    assert refusal(text).endswith(meant)


@pytest.mark.parametrize("until", [[], ["--until", "09:00"]])
def test_a_refused_run_leaves_the_files_of_an_earlier_one(tmp_path: Path, until: list[str]) -> None:
    events, page = tmp_path / "faults.jsonl", tmp_path / "day.html"
    page.write_text("an earlier day")
    events.write_text(line("q_dies", rdb="live" if until else "first") + "\n")
    written = ["--html", str(page), "--log", str(tmp_path / "log"), "--json", str(tmp_path / "day.json")]
    with pytest.raises(SystemExit) as ended:
        main(["day", "--events", str(events), *written, *until])
    assert ended.value.code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"faults.jsonl", "day.html"}
    assert page.read_text() == "an earlier day"


def test_a_file_of_events_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["day", "--events", str(tmp_path / "none.jsonl"), "--html", str(tmp_path / "day.html")])
    assert ended.value.code == 2
    assert f"--events {tmp_path}/none.jsonl: cannot be read: No such file" in capsys.readouterr().err


def test_an_event_that_finds_no_such_rdb_is_named_with_its_file(play: Play, tmp_path: Path) -> None:
    events = tmp_path / "mine.jsonl"
    events.write_text('{"at": "09:02", "do": "q_dies", "rdb": "standby"}\n')
    with pytest.raises(
        NobodySelected, match=r"^mine.jsonl line 1, 09:02: standby is nobody here: there are #1 "
    ):
        play(str(events), until="09:03")


def test_a_run_that_ends_before_the_first_event_names_the_option_and_the_line() -> None:
    script = parse_script("faults.jsonl", [line("q_dies", at="10:30")])
    with pytest.raises(
        ValueError, match=r"--until 10:00: the run ends before faults\.jsonl line 1, which is at 10:30"
    ):
        opening_of(script, Options(until=10 * 3600))
