"""The estimate is a formula over what happens in a day; test_counts.py holds it against the twin."""

import argparse
import json
import re
from typing import Any

import boto3
import pytest

from highwater.checkout import ROOT
from highwater.deploy.commands import cost
from highwater.deploy.packaging.package import MERGE
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.rules.cost import (
    ALARMS,
    DATA,
    DAYS,
    GB,
    OWN_METRICS,
    SWEEP_GB,
    VOLUME_GIB,
    estimate,
    of_static_host,
    usd_per_month,
    usd_per_rdb_month,
)
from highwater.deploy.rules.counts import Counts, Usage, counts_of
from highwater.deploy.rules.prices import PRICES
from highwater.terminal import Refused


def parsed(*words: str) -> argparse.Namespace:
    return cost.COMMAND.parser().parse_args(words)


def of(part: str, usage: Usage) -> list[float]:
    return [item.per_day for item in estimate(usage) if item.part == part]


def item(usage: Usage, name: str) -> float:
    (found,) = [item.per_day for item in estimate(usage) if item.name == name]
    return found


def test_without_a_cluster_only_the_control_plane_is_paid_for_about_nine_dollars_a_month() -> None:
    assert sum(of("clusters", Usage(clusters=0))) == 0
    assert 8.5 < DAYS * sum(of("control plane", Usage(clusters=0))) < 9.5


def test_two_clusters_add_twice_what_one_adds_and_leave_the_control_plane_as_it_is() -> None:
    one, two = Usage(instance_price=0.05), Usage(clusters=2, instance_price=0.05)
    assert of("clusters", two) == pytest.approx([2 * per_day for per_day in of("clusters", one)])
    assert of("control plane", two) == of("control plane", one)


# How often as much 400 RDBs have as 60, which are 6.7 times fewer. The ledger has all RDBs, and each has it
# written and read; a reconcile asks for the metrics of all who have just rolled.
GROWS = {"metrics_asked": 7.8, "bytes_written": 39, "bytes_read": 29}


@pytest.mark.parametrize("what", Counts.__struct_fields__)
def test_all_grows_with_the_rdbs_and_not_faster_but_the_ledger_and_by_little_the_metrics_asked(
    what: str,
) -> None:
    some, most = (getattr(counts_of(Usage(rdbs=n, rdb_hours=24 * n)), what) for n in (60, 400))
    assert most <= GROWS.get(what, 400 / 60) * some
    assert (most > 400 / 60 * some) == (what in GROWS)


def test_the_ledgers_are_a_fifth_of_what_highwater_itself_costs_at_four_hundred_rdbs() -> None:
    usage = Usage(rdbs=400, rdb_hours=9600)
    share = DAYS * item(usage, "ledgers") / usd_per_month(estimate(usage))["highwater"]
    assert share == pytest.approx(0.21, abs=0.01)


@pytest.mark.parametrize(("clusters", "rdbs"), [(10, 20), (1, 400)])
def test_an_rdb_costs_at_most_ninety_cents_a_month_without_hosts_and_what_they_hold(
    clusters: int, rdbs: int
) -> None:
    usage = Usage(clusters=clusters, rdbs=rdbs, rdb_hours=24 * rdbs)
    share = usd_per_rdb_month(estimate(usage), usage)
    assert share is not None
    assert 0.5 < share <= 0.90


def test_without_rdbs_there_is_no_share_of_one() -> None:
    usage = Usage(clusters=0)
    assert usd_per_rdb_month(estimate(usage), usage) is None


def test_every_line_names_its_prices_and_every_price_is_in_a_line_and_has_its_source() -> None:
    usage = Usage(clusters=5, rdbs=1000, rdb_hours=24_000, cpu_percent=99, instance_price=0.04)
    items = estimate(usage)
    named = {price for item in items for price in item.prices}
    assert named == {*PRICES, "given"}
    assert all(price.usd > 0 and price.unit and price.offer for price in PRICES.values())
    assert {*DATA} <= {item.name for item in items}


def test_more_than_ten_thousand_metrics_are_in_the_next_tier() -> None:
    def metrics(clusters: int) -> float:
        return DAYS * item(Usage(clusters=clusters, rdbs=100, rdb_hours=2400), "metrics of RDBs")

    below, above = metrics(90) - metrics(80), metrics(200) - metrics(190)
    assert below - above == pytest.approx(10 * 2600 / 24 * 0.20)


def test_one_static_host_has_all_but_the_control_plane() -> None:
    usage = Usage(instance_price=0.0376, rdb_hours=83.6)
    static = {one.name: one.per_day for one in of_static_host(usage, 0.3008)}
    ours = {one.name: one.per_day for one in estimate(usage)}
    assert static["RDB host"] == pytest.approx(24 * 0.3008)
    assert static["tickerplant"] == pytest.approx(24 * 0.0376)
    assert static["root volumes"] < ours["root volumes"]
    for name in ("tickerplant logs", "traffic between zones"):
        assert static[name] == ours[name]


def test_with_its_price_one_static_host_is_shown_beside_the_cluster(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--rdbs", "6", "--rdb-hours", "45", "--instance-price", "0.0752")
    for static, beside in (((), False), (("--static-price", "0.4536"), True)):
        assert cost.COMMAND.run(parsed(*words, *static), boto3.Session()) == 0
        said = capsys.readouterr().out
        assert ("together" in said, "one static host" in said) == (True, beside)


def test_hosts_are_paid_for_only_with_their_price_and_tickerplants_are_among_them() -> None:
    assert "hosts" not in [item.name for item in estimate(Usage())]
    day = Usage(rdb_hours=83.6, instance_price=0.0376)
    assert item(day, "hosts") == pytest.approx((83.6 + 24) * 0.0376)


@pytest.mark.parametrize(("percent", "per_day"), [(0, None), (20, None), (45, 48 * 2 * 0.25 * 0.05)])
def test_cpu_above_the_baseline_of_t3_hosts_is_paid_for(percent: float, per_day: float | None) -> None:
    items = {i.name: i.per_day for i in estimate(Usage(rdbs=1, rdb_hours=24, cpu_percent=percent))}
    assert items.get("CPU above baseline") == (per_day and pytest.approx(per_day))


def test_only_dashboards_beyond_the_free_ones_are_paid_for() -> None:
    assert item(Usage(clusters=3), "dashboards") == 0
    assert DAYS * item(Usage(clusters=5), "dashboards") == pytest.approx(2 * 3.00)


def test_what_is_counted_is_what_the_templates_and_the_code_hold() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    assert (config["lambda_memory_size"], config["xray"]) == (1024 * GB, True)
    sweep = config["stages"]["prod"]["lambda_functions"]["sweep"]
    assert sweep["lambda_memory_size"] == 1024 * SWEEP_GB
    plane, cluster = read_template(MERGE)["Resources"], read_template(CLUSTER_TEMPLATE)
    of_type = [resource["Type"] for resource in plane.values() if "Type" in resource]
    assert of_type.count("AWS::KMS::Key") == 1
    assert "AWS::CloudWatch::Dashboard" not in of_type
    assert sum(one["Type"] == "AWS::CloudWatch::Dashboard" for one in cluster["Resources"].values()) == 1
    assert sum(map(watched, plane.values())) == ALARMS
    assert sum(map(watched, cluster["Resources"].values())) == 0
    source = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    assert len(set(re.findall(r'\bcount\("(\w+)"', source))) == OWN_METRICS
    assert float(cluster["Parameters"]["VolumeGiB"]["Default"]) == VOLUME_GIB


def watched(resource: dict[str, Any]) -> int:
    """The metrics of an alarm; those of a query are as many as there are RDBs, and priced with them."""
    if resource.get("Type") != "AWS::CloudWatch::Alarm":
        return 0
    alarm = resource["Properties"]
    return 1 if "MetricName" in alarm else sum("MetricStat" in query for query in alarm["Metrics"])


def test_more_hours_than_a_day_has_are_refused_by_name() -> None:
    args = parsed("--rdbs", "2", "--rdb-hours", "49")
    with pytest.raises(Refused, match=r"^--rdb-hours: must be at most 24 for each of the 2 RDBs, 48 in all"):
        cost.COMMAND.run(args, boto3.Session())


@pytest.mark.parametrize(
    "words",
    [
        ("--rdbs", "six"),
        ("--clusters", "-1"),
        ("--log-gb", "nan"),
        ("--rdbs", "100000"),
        ("--clusters", "1001"),
        ("--cpu-percent", "101"),
        ("--price-factor", "inf"),
        ("--standby-hours", "-1"),
        ("--static-price", "1e9"),
    ],
)
def test_a_number_that_is_none_is_bad_input(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*words)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"{words[0]}: must be a " in said
    assert f", not {words[1]!r}" in said


def test_no_more_rdbs_are_priced_than_a_cluster_may_have() -> None:
    largest = read_template(CLUSTER_TEMPLATE)["Parameters"]["MaxSize"]["MaxValue"]
    assert largest == cost.MOST_RDBS == parsed("--rdbs", str(largest)).rdbs


def test_another_region_is_priced_by_a_factor_that_is_given_or_not_at_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    elsewhere = ("--region", "eu-west-1", "--instance-price", "0.04")
    with pytest.raises(Refused, match=r"^--region: the prices are those of us-east-1\. Give --price-factor"):
        cost.COMMAND.run(parsed(*elsewhere), boto3.Session())
    assert cost.COMMAND.run(parsed(*elsewhere, "--price-factor", "1.1"), boto3.Session()) == 0
    assert "unverified prices of us-east-1 times 1.1" in " ".join(capsys.readouterr().out.split())
    assert cost.COMMAND.run(parsed("--region", "us-east-1"), boto3.Session()) == 0


def test_a_price_factor_is_for_every_price_but_that_of_a_host_which_is_given() -> None:
    here, there = (
        Usage(instance_price=0.04, cpu_percent=30),
        Usage(instance_price=0.04, cpu_percent=30, price_factor=2),
    )
    assert item(there, "hosts") == item(here, "hosts")
    for part in ("control plane", "clusters"):
        hosts = item(here, "hosts") if part == "clusters" else 0
        assert sum(of(part, there)) - hosts == pytest.approx(2 * (sum(of(part, here)) - hosts))


def test_the_sums_are_those_of_the_lines_and_what_was_not_said_is_the_usual(
    capsys: pytest.CaptureFixture[str],
) -> None:
    args = parsed("--json", "--rdbs", "3")
    assert cost.COMMAND.run(args, boto3.Session()) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["usage"] == {
        "clusters": 1,
        "rdbs": 3,
        "rdb_hours": 72,
        "standby_hours": None,
        "log_gb": 10,
        "instance_price": 0,
        "cpu_percent": 0,
        "price_factor": 1,
    }
    for part, per_day in shown["per_day"].items():
        assert 0 < per_day == pytest.approx(sum(i["per_day"] for i in shown["items"] if i["part"] == part))


def test_the_prices_are_shown_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.COMMAND.run(parsed("--json", "--prices"), boto3.Session()) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["as_of"], shown["region"]) == ("November 2026", "us-east-1")
    assert shown["prices"]["metric"]["page"].startswith("https://")
    assert cost.COMMAND.run(parsed("--prices"), boto3.Session()) == 0
    assert "none compared" in capsys.readouterr().out


def test_the_table_shows_each_line_and_the_sum_of_both_parts(capsys: pytest.CaptureFixture[str]) -> None:
    args = parsed()
    assert cost.COMMAND.run(args, boto3.Session()) == 0
    shown, total = capsys.readouterr().out, sum(item.per_day for item in estimate(Usage()))
    assert all(f"{item.name} " in shown for item in estimate(Usage()))
    assert f"{total:.4f}" in shown


def test_it_is_said_what_highwater_itself_costs_beside_the_hosts_and_what_they_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "--rdbs", "20", "--instance-price", "0.04"
    assert cost.COMMAND.run(parsed("--json", *words), boto3.Session()) == 0
    shown = json.loads(capsys.readouterr().out)
    own, rest = shown["usd_per_month"]["highwater"], shown["usd_per_month"]["rest"]
    assert own + rest == pytest.approx(DAYS * sum(shown["per_day"].values()))
    assert own / 20 == pytest.approx(shown["usd_per_rdb_month"])
    assert cost.COMMAND.run(parsed(*words), boto3.Session()) == 0
    out = capsys.readouterr().out
    assert f"Highwater itself {own:.2f}, the rest of the clusters {rest:.2f} USD a month." in out
