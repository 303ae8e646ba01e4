"""A day of real processes: eight q's and eight reporters, each in its own, and the real functions."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chalicelib.core.decision import Decision
from rdb.contract.report import State
from twin.processes import day
from twin.processes.cluster import Processes, Settings

HOSTS = 8
# Updates a second; an RDB takes 58,900 until it rolls.
RATE = 14_000
LATE = re.compile("did not .* within|does not answer|timed out|timeout on endpoint")


@dataclass
class Evening:
    """The facts just before the day ended: q's state and what the ledger had, by instance."""

    says: dict[str, str]
    known: dict[str, str]
    processes: int
    updates: int
    held: int
    desired: int


@dataclass
class Day:
    """One day, over."""

    cluster: Processes
    evening: Evening
    decisions: list[Decision]
    log: list[dict[str, object]]


def _evening(cluster: Processes) -> Evening:
    def known() -> dict[str, str]:
        return {i: str(rdb.state) for i, rdb in cluster.ledger().rdbs.items() if rdb.member}

    def says() -> dict[str, str]:
        return {i: str(host.state) for i, host in cluster.hosts.items()}

    cluster.until("the last hand-over in the ledger", lambda: known() == says())
    running = sum(host.plays + host.reports for host in cluster.hosts.values())
    plant = cluster.tickerplant
    return Evening(says(), known(), running, plant.published, plant.held, cluster.desired)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    directory: Path = tmp_path_factory.mktemp("hosts")
    log = directory / "functions.log"
    with log.open("w") as lines:
        cluster = Processes(directory, lines, Settings(scale=20, roll=85, max_size=HOSTS + 2))
        with cluster.running():
            day.fill(cluster, HOSTS, RATE)
            evening = _evening(cluster)
            day.end(cluster)
            decisions = cluster.decisions(1000)[::-1]
            yield Day(
                cluster, evening, decisions, [json.loads(line) for line in log.read_text().splitlines()]
            )


def test_capacity_rises_by_one_each_time_the_live_one_fills(lived: Day) -> None:
    raised = [decision.target for decision in lived.decisions if decision.target]
    assert raised == list(range(2, HOSTS + 1))
    assert lived.evening.desired == HOSTS


def test_every_rdb_rolls_onto_its_standby_and_the_ledger_has_what_each_q_says(lived: Day) -> None:
    assert sorted(lived.evening.says.values()) == ["live"] + ["rolled"] * (HOSTS - 1)
    assert lived.evening.known == lived.evening.says
    assert lived.evening.processes == 2 * HOSTS


def test_every_update_is_held_until_the_end_of_the_day(lived: Day) -> None:
    assert lived.evening.held == lived.evening.updates > 0


def test_exactly_the_drained_ones_are_released_each_once_and_with_decrement(lived: Day) -> None:
    rolled = {i for i, state in lived.evening.says.items() if state == State.ROLLED}
    assert {ended.instance_id for ended in lived.cluster.ended} == rolled
    assert {(ended.state, ended.rows) for ended in lived.cluster.ended} == {("drained", 0)}
    assert sorted(lived.cluster.terminated) == sorted((i, True) for i in rolled)
    assert lived.cluster.broken == []


def test_each_drained_report_is_proven_to_sts_and_nothing_else_is_asked_there(lived: Day) -> None:
    drained = [report for report in lived.cluster.reports if report["state"] == State.DRAINED]
    assert {report["instance_id"] for report in drained} == {e.instance_id for e in lived.cluster.ended}
    assert all(report["proof"] for report in drained)
    assert lived.cluster.aws.functions.calls["sts:GetCallerIdentity"] == len(drained)
    assert [line for line in lived.log if line.get("message") == "unproven"] == []


def test_the_day_ends_with_the_live_one(lived: Day) -> None:
    (live,) = [i for i, state in lived.evening.says.items() if state == State.LIVE]
    assert lived.cluster.members == {live: "InService"}
    assert lived.cluster.desired == 1
    assert str(lived.cluster.hosts[live].state) == State.LIVE
    assert lived.cluster.aws.functions.failures == []


def test_no_reporter_was_refused_or_misunderstood(lived: Day) -> None:
    logs = [path.read_text() for path in lived.cluster.directory.glob("*/reporter.log")]
    assert len(logs) == HOSTS
    lines = [json.loads(line) for text in logs for line in text.splitlines()]
    whys = {line["why"] for line in lines if line["level"] == "WARNING"}
    # A machine under load may be late: that is no fault of anybody.
    assert {why for why in whys if not LATE.search(why)} == set()
