"""A simulated day is priced by its own counts, and the page shows what the command prints."""

import argparse
import json
from pathlib import Path

import boto3
import pytest

from highwater.checkout import ROOT
from highwater.deploy.commands import cost
from highwater.deploy.rules.cost import DAYS, estimate, usd_per_month, usd_per_rdb_month
from highwater.deploy.rules.counts import Counts, Usage
from highwater.terminal import Refused

PAGE = (ROOT / "docs" / "deploy.md").read_text().partition("## Costs")[2].partition("\n## ")[0]


def parsed(*words: str) -> argparse.Namespace:
    return cost.COMMAND.parser().parse_args(words)


def day(tmp_path: Path, **counted: float | None) -> str:
    """The JSON of a day, as `python -m twin day` writes it, in a file; a count that is None is left out."""
    names = {*Counts.__struct_fields__} - {"bytes_read"} | {"standby_hours", "rolled_hours"}
    counts = {
        name: count for name, count in {**dict.fromkeys(names, 1), **counted}.items() if count is not None
    }
    file = tmp_path / "day.json"
    file.write_text(json.dumps({"hosts": 20, "instance_hours": 200.5, "log_gb": 7.5, "counted": counts}))
    return str(file)


def test_a_days_json_is_priced_by_what_it_counted_and_by_what_it_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "--json", "--day", day(tmp_path, reports=500, bytes_logged=9e6, standby_hours=2.5)
    assert cost.COMMAND.run(parsed(*words), boto3.Session()) == 0
    shown = json.loads(capsys.readouterr().out)
    usage, counts, formula = shown["usage"], shown["counts"], shown["formula"]
    assert (usage["rdbs"], usage["rdb_hours"], usage["standby_hours"], usage["log_gb"]) == (
        20,
        200.5,
        2.5,
        7.5,
    )
    assert (counts["reports"], counts["bytes_logged"], counts["wake_ups"]) == (500, 9e6, 1)
    assert counts["bytes_read"] == formula["bytes_read"] > 1
    assert 0 < shown["usd_per_rdb_month"] < 10
    assert cost.COMMAND.run(parsed(*words, "--log-gb", "3"), boto3.Session()) == 0
    assert json.loads(capsys.readouterr().out)["usage"]["log_gb"] == 3
    assert cost.COMMAND.run(parsed(*words[1:]), boto3.Session()) == 0
    assert "by the formula: bytes_read." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("counted", [{"log_bytes": 5}, {"bytes_logged": None}])
def test_a_day_that_counts_something_else_than_what_is_priced_is_refused(
    tmp_path: Path, counted: dict[str, float | None]
) -> None:
    file = day(tmp_path, **counted)
    with pytest.raises(
        Refused, match=rf"^--day: {file} is of another version: .* both count {next(iter(counted))}"
    ):
        cost.COMMAND.run(parsed("--day", file), boto3.Session())


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "cannot be read as JSON"), ("[]", "has no hosts"), ('{"hosts": 1}', "has no instance_hours")],
)
def test_a_file_that_is_no_days_json_is_refused_by_its_name(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(Refused, match=rf"^--day: {file} .*{what}"):
        cost.COMMAND.run(parsed("--day", str(file)), boto3.Session())


def test_the_page_has_the_table_that_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.COMMAND.run(parsed("--clusters", "1", "--rdbs", "6"), boto3.Session()) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    block = PAGE.partition("```\n")[2].partition("```")[0]
    assert [line.rstrip() for line in block.splitlines()] == printed


@pytest.mark.parametrize(
    ("clusters", "rdbs", "said"),
    [(1, 20, "$1.20 in one cluster of 20"), (10, 20, "$0.89 in ten"), (1, 400, "$0.86 in one of 400")],
)
def test_the_page_says_what_an_rdb_costs(clusters: int, rdbs: int, said: str) -> None:
    usage = Usage(clusters=clusters, rdbs=rdbs, rdb_hours=24 * rdbs)
    assert said.startswith(f"${usd_per_rdb_month(estimate(usage), usage):.2f} ")
    assert said in " ".join(PAGE.split())


def test_the_page_says_what_a_cluster_of_twenty_and_the_ledgers_of_four_hundred_cost() -> None:
    text, month = " ".join(PAGE.split()), usd_per_month(estimate(Usage(rdbs=20, rdb_hours=480)))
    assert f"Highwater itself {month['highwater']:.2f}, the rest of the clusters {month['rest']:.2f}" in text
    few, many = share_of_ledgers(20), share_of_ledgers(400)
    assert f"It is {few:.1f} % of what Highwater itself costs at 20 RDBs, and {many:.0f} % at 400." in text


def share_of_ledgers(rdbs: int) -> float:
    items = estimate(Usage(rdbs=rdbs, rdb_hours=24 * rdbs))
    (ledgers,) = [item.per_day for item in items if item.name == "ledgers"]
    return 100 * DAYS * ledgers / usd_per_month(items)["highwater"]
