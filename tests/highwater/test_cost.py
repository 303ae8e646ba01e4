"""The bill is a formula over what happens in a day; test_live holds it against what happens on the twin."""

import argparse
import json

import boto3
import msgspec
import pytest

from highwater.deploy.commands import cost
from highwater.deploy.commands.cost import as_data, holdings, sizing_of
from highwater.deploy.cost import prices
from highwater.deploy.cost.bill import costs
from highwater.deploy.cost.sizing import MINUTES, Sizing
from highwater.deploy.rules import templates
from highwater.terminal import Refused

HOLDS = holdings()


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cost.add(parser.add_subparsers())
    return parser.parse_args(["cost", *words])


def per_day(sizing: Sizing, name: str) -> float:
    (item,) = [item for item in costs(sizing, HOLDS) if item.name == name and item.part == "clusters"]
    return item.per_day


def test_without_a_cluster_only_the_control_plane_is_paid_for() -> None:
    bill = costs(Sizing(clusters=0), HOLDS)
    assert sum(item.per_day for item in bill if item.part == "clusters") == 0
    assert sum(item.per_day for item in bill if item.part == "control plane") > 0


def test_two_clusters_add_twice_what_one_adds_and_leave_the_control_plane_as_it_is() -> None:
    one, two = (costs(Sizing(clusters=n, instance_price=0.05), HOLDS) for n in (1, 2))
    assert [i.per_day for i in two if i.part == "clusters"] == pytest.approx(
        [2 * i.per_day for i in one if i.part == "clusters"]
    )
    assert [i for i in two if i.part == "control plane"] == [i for i in one if i.part == "control plane"]


def test_every_sweep_pays_for_every_rdb() -> None:
    asked = per_day(Sizing(rdbs=6, rdb_hours=144), "GetMetricData, sweeps") / prices.METRIC_ASKED
    assert asked == pytest.approx(MINUTES * 6)


def test_metrics_that_reconciles_ask_for_grow_faster_than_the_rdbs() -> None:
    few, many = (per_day(Sizing(rdbs=n, rdb_hours=24.0 * n), "GetMetricData, reconciles") for n in (6, 60))
    assert many > 90 * few


def test_hosts_are_on_the_bill_only_with_their_price() -> None:
    assert "EC2, RDBs" not in [item.name for item in costs(Sizing(), HOLDS)]
    assert per_day(Sizing(rdb_hours=83.6, instance_price=0.0376), "EC2, RDBs") == pytest.approx(83.6 * 0.0376)


def test_only_dashboards_beyond_the_free_ones_are_paid_for() -> None:
    def dashboards(number: int) -> float:
        bill = costs(Sizing(), msgspec.structs.replace(HOLDS, dashboards=number))
        return next(item.per_month for item in bill if item.name == "dashboards")

    assert dashboards(prices.FREE_DASHBOARDS) == 0
    assert dashboards(prices.FREE_DASHBOARDS + 2) == pytest.approx(2 * prices.DASHBOARD_MONTH)


def test_what_is_paid_for_is_read_from_the_templates_and_the_code() -> None:
    assert HOLDS.keys == 1
    assert HOLDS.alarmed > 0
    assert HOLDS.own_metrics > 0
    assert HOLDS.log_days > 0


def test_a_hosts_volume_is_the_clusters_unless_said() -> None:
    default = templates.parameters(templates.read_template(templates.CLUSTER_TEMPLATE))["VolumeGiB"].default
    assert default is not None
    assert sizing_of(parsed()).volume_gib == float(default)
    assert sizing_of(parsed("--volume-gib", "50")).volume_gib == 50


def test_more_hours_than_a_day_has_are_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"^--rdb-hours: must be at most 24 for each of the 2 RDBs, 48 in all"):
        sizing_of(parsed("--rdbs", "2", "--rdb-hours", "49"))


@pytest.mark.parametrize("words", [("--rdbs", "six"), ("--clusters", "-1"), ("--log-gb", "nan")])
def test_a_number_that_is_none_is_bad_input(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*words)
    assert ended.value.code == 2
    assert f"{words[0]}: {words[1]!r} is not a" in capsys.readouterr().err


def test_the_sums_are_those_of_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    args = parsed("--json")
    assert args.run(args, boto3.Session()) == 0
    shown = json.loads(capsys.readouterr().out)
    for part, per_day in shown["per_day"].items():
        assert per_day == pytest.approx(sum(i["per_day"] for i in shown["items"] if i["part"] == part))
    assert shown == as_data(Sizing(), costs(Sizing(), HOLDS))
