"""`highwater size`: each row says what its days cost and risk, one is recommended; bad input is refused."""

import os
from pathlib import Path
from typing import Any

import pytest

from highwater.size.asked import asked_of
from highwater.size.command import COMMAND
from highwater.size.running import run_days
from highwater.terminal import Failed
from highwater.whatif.host_types import HOST_TYPES
from tests.highwater.size_scene import calm_then_burst, day_file, sized

PAPER = ("--type", "t3a.medium", "--json")


def test_a_row_has_its_cost_its_risk_and_its_gib_hours(capsys: pytest.CaptureFixture[str]) -> None:
    ran = sized(capsys, *PAPER, "--rule", "fixed", "--scale", "60", "--roll", "80,85")
    row, tighter = ran.result["rows"]
    assert ran.status == 0
    assert (row["usd_average"], row["hosts"], row["minutes_without_live"]) == (3.1426, 6, 0)
    assert row["least_cushion"] == pytest.approx(21.2, abs=0.2)
    # What the paper says of 80 %.
    assert (tighter["roll"], tighter["hosts"]) == (80, 7)
    assert tighter["usd_average"] == pytest.approx(3.54, rel=0.04)
    hours = row["usd_average"] / 0.0376
    assert row["gib_hours_average"] == pytest.approx(4 * hours, abs=0.1)
    assert (row["hard"], row["max_size_reached"], row["updates_unheld"]) == (None, [], 0)


def test_of_many_days_a_row_has_the_average_and_the_worst_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = day_file(tmp_path, "small.csv", {"10:00": 1000})
    large = day_file(tmp_path, "large.csv", {f"10:{minute:02}": 5000 for minute in range(60)})
    ran = sized(capsys, *PAPER, "--feed", small, "--feed", large, "--kib-per-update", "55.5")
    (row,) = ran.result["rows"]
    usd = [day["usd"] for day in row["days"]]
    assert usd[0] == pytest.approx(24 * 0.0376, abs=0.01)
    assert row["usd_average"] == pytest.approx(sum(usd) / 2, abs=1e-4)
    assert row["usd_worst"] == max(usd) == usd[1]
    assert row["gib_hours_worst"] > row["gib_hours_average"]
    assert [day["updates"] for day in ran.result["days"]] == [1000, 300_000]


def test_each_day_knows_the_volume_of_the_one_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a large day demand keeps a reserve that the small one alone would not have."""
    small = day_file(tmp_path, "small.csv", {f"10:{minute:02}": 500 for minute in range(60)})
    large = day_file(tmp_path, "large.csv", {f"10:{minute:02}": 8000 for minute in range(60)})
    words = (*PAPER, "--lead", "600", "--kib-per-update", "55.5")
    alone = sized(capsys, *words, "--feed", small).result["rows"][0]["days"][0]
    after = sized(capsys, *words, "--feed", large, "--feed", small).result["rows"][0]["days"][1]
    assert after["day"] == alone["day"] == "small.csv"
    assert after["instance_hours"] > alone["instance_hours"]


def test_every_combination_is_tried_once_and_the_cheapest_that_holds_is_recommended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = sized(
        capsys,
        "--json",
        "--type",
        "t3a.large",
        "--type",
        "t3a.xlarge",
        "--scale",
        "60,none",
    )
    result = ran.result
    assert len(result["rows"]) == 4
    assert len({row["choice"] for row in result["rows"]}) == 4
    costs = [row["usd_average"] for row in result["rows"]]
    assert costs == sorted(costs)
    assert result["recommended"] == result["rows"][0]
    assert result["why"].startswith("it is the cheapest of 4 choices that has a live RDB all through the day")
    assert (result["next_cheaper"], result["risk"]) == (None, "No choice that was tried is cheaper.")


def test_what_the_next_cheaper_would_risk_is_said_with_its_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    burst = day_file(tmp_path, "burst.csv", calm_then_burst(250_000))
    calm = day_file(tmp_path, "calm.csv", {f"10:{minute:02}": 100 for minute in range(60)})
    words = ("--kib-per-update", "55.5", "--lead", "600", "--rule", "fixed", "--json")
    hosts = ("--type", "t3a.medium", "--type", "t3a.2xlarge")
    ran = sized(capsys, *words, *hosts, "--feed", calm, "--feed", burst)
    result = ran.result
    assert (ran.status, result["recommended"]["type"], result["holds"]) == (0, "t3a.2xlarge", True)
    assert "none of its RDBs rolls" in result["why"]
    risky = result["next_cheaper"]
    assert (risky["type"], risky["minutes_without_live"] > 1) == ("t3a.medium", True)
    assert (
        f"risk {risky['minutes_without_live']:g} minutes without a live RDB, all of them on burst.csv"
        in (result["risk"])
    )
    alone = sized(capsys, *words, *hosts[:2], "--feed", burst)
    assert (alone.status, alone.result["holds"]) == (1, False)
    assert "none of 1 choice has a live RDB all through the day" in alone.result["why"]


def test_a_lead_is_what_hosts_take_and_the_longest_one_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    result = sized(capsys, *PAPER, "--lead", "60,600").result
    assert result["recommended"]["lead_seconds"] == 600
    assert "at the longest lead, 600 s," in result["why"]


def test_a_cushion_that_is_asked_for_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--json", "--type", "t3a.medium", "--rule", "fixed", "--scale", "60,80")
    assert sized(capsys, *words).result["recommended"]["scale"] == 80
    assert sized(capsys, *words, "--cushion", "15").result["recommended"]["scale"] == 60


def test_a_choice_that_reaches_max_size_is_not_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    ran = sized(capsys, *PAPER, "--max-size", "6")
    assert (ran.status, ran.result["rows"][0]["max_size_reached"]) == (1, ["the paper's day"])
    assert "MaxSize reached on the paper's day" in ran.result["why"]
    assert sized(capsys, *PAPER, "--max-size", "7").status == 0


def test_with_sessions_the_calendars_are_tried_and_a_night_without_hosts_costs_least(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = sized(capsys, *PAPER, "--session", "07:00-16:00", "--grace", "60").result
    cost = {row["calendar"]: row["usd_average"] for row in result["rows"]}
    assert cost.keys() == {"off", "one", "none"}
    assert cost["none"] < cost["one"]
    assert result["recommended"]["calendar"] == "none"


def test_the_memory_of_an_update_is_that_of_the_column_bytes_unless_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "day.csv"
    file.write_text("minute,updates,bytes\n10:00,1000,2048000\n")
    ran = sized(capsys, *PAPER, "--feed", str(file))
    assert (ran.result["days"][0]["kib_per_update"], "An update takes" in ran.err) == (2.0, False)
    ran = sized(capsys, *PAPER, "--feed", str(file), "--kib-per-update", "3")
    assert ran.result["days"][0]["kib_per_update"] == 3
    plain = day_file(tmp_path, "plain.csv", {"10:00": 1000})
    assert "An update takes the memory that the paper measured" in sized(capsys, *PAPER, "--feed", plain).err


def test_a_type_by_hand_has_its_memory_and_price(capsys: pytest.CaptureFixture[str]) -> None:
    result = sized(capsys, "--json", "--type", "own.large:64:0.5").result
    (row,) = result["rows"]
    assert (row["type"], row["gib"], row["usd_average"]) == ("own.large", 64, 12)
    dearer = sized(capsys, "--json", "--type", "own.large:64:0.5", "--price-factor", "1.1").result
    assert dearer["rows"][0]["usd_average"] == 13.2


def test_a_type_that_does_not_hold_every_day_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--type", "t3a.micro", "--type", "t3a.xlarge", "--max-size", "10", "--json")
    ran = sized(capsys, *words)
    assert (ran.status, [row["type"] for row in ran.result["rows"]]) == (0, ["t3a.xlarge"])
    assert ran.err.startswith("Left out t3a.micro, roll 85: 319,948 updates of 67 KiB are 20.4 GiB: 32 ")


def test_the_recommendation_says_what_it_would_be_where_columns_double(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--type", "t3a.medium", "--rule", "fixed", "--scale", "50")
    line, doubled = (
        sized(capsys, "--json", *words, "--memory", each).result for each in ("line", "doubling")
    )
    would, row = line["doubling"], doubled["rows"][0]
    assert {**would, "name": ""} == {**row, "name": ""}
    assert would["usd_average"] > line["recommended"]["usd_average"]
    assert line["if_doubling"] == (
        f"Where columns double (--memory doubling) it would cost {would['usd_average']:.2f} USD a day, with "
        f"{would['hosts']} hosts at most, and risk a least cushion of {would['least_cushion']} minutes, on "
        "the paper's day."
    )
    assert (doubled["doubling"], doubled["if_doubling"]) == (None, "")
    assert "8 columns that double." in " ".join(sized(capsys, *words, "--memory", "doubling").out.split())
    short = sized(capsys, "--json", *words, "--max-size", "7").result
    assert short["if_doubling"].startswith(
        "Where columns double (--memory doubling) it holds too little: 319,948 updates of 55.5 KiB are "
        "16.9 GiB: 9 t3a.medium hosts"
    )


def test_the_rows_are_shown_with_the_settings_that_differ(capsys: pytest.CaptureFixture[str]) -> None:
    ran = sized(capsys, "--type", "t3a.medium", "--type", "t3a.large", "--rule", "demand,fixed")
    assert "Each with roll 85, lead 60 s, no calendar." in ran.out
    (heading,) = (line for line in ran.out.splitlines() if line.strip().startswith("type"))
    assert heading.split()[:3] == ["type", "rule", "USD"]
    assert "Recommended: t3a.medium, roll 85, lead 60 s, no calendar, since it is the cheapest" in ran.out


def test_a_name_is_shown_as_it_is_whatever_brackets_and_colons_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = day_file(tmp_path, "[red]:smile:.csv", {"10:00": 1000})
    ran = sized(capsys, "--feed", file, "--type", "[/x]:4:0.1")
    assert ran.status == 0
    assert "RDB hosts on [red]:smile:.csv," in ran.out
    assert [line.split()[0] for line in ran.out.splitlines() if "no roll" in line] == ["[/x]"]


def test_days_of_files_with_one_name_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("mon", "tue"):
        (tmp_path / folder).mkdir()
    files = [day_file(tmp_path / folder, "day.csv", {"10:00": 1000}) for folder in ("mon", "tue")]
    feeds = [word for file in files for word in ("--feed", file)]
    assert [day["day"] for day in sized(capsys, *PAPER, *feeds).result["days"]] == files
    assert [day["day"] for day in sized(capsys, *PAPER, *feeds[:2]).result["days"]] == ["day.csv"]


def test_a_page_that_cannot_be_written_after_all_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    ran = sized(capsys, *PAPER, "--page", "/dev/full")
    assert (ran.status, ran.result) == (
        1, {"failed": "--page /dev/full: cannot be written: No space left on device."},
    )  # fmt: skip


class _Deadly:
    """A choice that ends the process that takes it."""

    def __reduce__(self) -> Any:
        return os._exit, (9,)


def test_a_process_that_ends_before_its_days_is_said() -> None:
    market = asked_of(COMMAND.parser().parse_args([])).market
    deadly: Any = [_Deadly(), _Deadly()]
    with pytest.raises(Failed, match=r"^A process ended before its days were done.*give fewer --workers.$"):
        run_days(deadly, market, 2, 1.0, lambda _: None)


def test_the_table_of_types_is_of_one_region_and_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    shown = sized(capsys, "--prices", "--json").result
    assert (shown["region"], shown["as_of"]) == ("us-east-1", "November 2026")
    assert shown["types"]["t3a.medium"] == {"gib": 4, "usd": 0.0376}
    assert shown["types"].keys() == HOST_TYPES.keys()
    assert "us-east-1, November 2026; verify those that matter" in " ".join(
        sized(capsys, "--prices").out.split()
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--type", "t3a.mediun"), "'t3a.mediun' is not in the table: the nearest are t3a.medium, "),
        (("--type", "x:y:z"), "must be NAME:GIB:USD, with GIB from 0.25 to 32768"),
        (("--memory", "double"), "must be line, doubling or doubling:COLUMNS, not 'double'"),
        (("--rule", "fixd"), "must be of demand, fixed, not 'fixd'; did you mean fixed?"),
        (("--roll", "85,100"), "must be a number from 1 to 99, not '100'"),
        (("--roll", "50"), "--scale 60 and --roll 50: must be 0 < scale < roll < 100"),
        (("--calendar", "one"), "--calendar: needs the hours when the market trades: --session HH:MM-HH:MM"),
        (("--session", "22:00-21:00", "--calendar", "off"), "a day that begins the evening before needs"),
        (("--feed", "nowhere.csv"), "--feed nowhere.csv: cannot be read: No such file or directory"),
        (("--region", "eu-west-1"), "--region: the prices are those of us-east-1. Give --price-factor"),
        (
            ("--updates-per-day", "100000000", "--type", "t3a.small", "--type", "t3a.large"),
            "no type that was tried holds every day; the largest does not: 100,000,000 updates of 55.5 KiB "
            "are 5.2 TiB: 830 t3a.large hosts filled to 85 %, but --max-size is 40. For the paper's day give "
            "another --type, --max-size, --kib-per-update or --updates-per-day.",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = sized(capsys, *words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert why in ran.err


def test_a_bad_line_is_named_with_its_file_and_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = day_file(tmp_path, "good.csv", {"10:00": 1})
    bad = tmp_path / "bad.csv"
    bad.write_text("minute,updates\n10:00,5\n10:01,many\n")
    ran = sized(capsys, "--json", "--feed", good, "--feed", str(bad))
    assert ran.status == 2
    assert ran.result == {"refused": "bad.csv line 3: expected a whole number of updates, found 'many'"}


def test_days_side_by_side_are_those_of_one_process(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--json", "--type", "t3a.medium", "--type", "t3a.large")
    assert sized(capsys, *words, "--workers", "2").result == sized(capsys, *words).result


@pytest.mark.parametrize("workers", [1, 2])
def test_how_far_it_is_is_told_after_each_day(workers: int) -> None:
    asked = asked_of(COMMAND.parser().parse_args(["--type", "t3a.xlarge", "--roll", "80,85"]))
    shares: list[float] = []
    run_days(asked.choices, asked.market, workers, 1.0, shares.append)
    assert shares == [0.5, 1.0]
