"""The fuzz harness: what holds under it, and that it sees what it looks for."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.contract.report import Report
from chalicelib.core.wake_ups import Verdict
from twin.__main__ import main
from twin.fuzz.campaign import Options, fuzz
from twin.fuzz.facts import Facts, Raised
from twin.fuzz.faults import FAULTS, Fault
from twin.fuzz.rdbs import Rdb, Tickerplant
from twin.fuzz.rules import Highwater
from twin.fuzz.shrink import minimised
from twin.fuzz.tally import INVARIANTS
from twin.fuzz.wire import Killed, Trouble
from twin.fuzz.world import World

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
OTHERS = ("desired-plus-one", "oldest-first", "missing-is-idle")


@pytest.mark.parametrize("seed", [0, 1])
def test_every_invariant_holds_through_random_days_with_faults(seed: int) -> None:
    outcome = fuzz(Options(steps=12_000, seed=seed))
    assert outcome.held, "\n\n".join(failure.text for failure in outcome.failures)
    assert outcome.figures["releases"] > 0
    assert outcome.figures["launches"] > 0


def test_every_kind_of_fault_happens() -> None:
    faults = fuzz(Options(steps=40_000, rule="missing-is-idle", shrink_seconds=0)).figures["faults"]
    # The walls and holds of the real one are not there to be hurt under this rule.
    assert {kind for kind, number in faults.items() if number == 0} <= {"hook_removed"}
    assert faults.keys() == FAULTS.keys()


@pytest.mark.parametrize("rule", OTHERS)
def test_the_rules_of_other_autoscalers_kill_loaded_rdbs_under_the_same_faults(rule: str) -> None:
    figures = fuzz(Options(steps=8_000, rule=rule, shrink_seconds=0)).figures
    assert figures["unsafe_terminations"] > 0
    assert figures["updates_unheld"] > 0


def test_a_control_plane_that_believes_forged_proofs_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def believes(_rule: Highwater, _report: Report, _genuine: bool) -> Verdict:
        return Verdict(True, "not looked at")

    monkeypatch.setattr(Highwater, "verdict", believes)
    assert fuzz(Options(steps=8_000, shrink_seconds=0)).figures["unsafe_terminations"] > 0


def test_the_same_seed_gives_the_same_history() -> None:
    histories: list[list[str]] = [[], []]
    for history in histories:
        World("7/0", "highwater", history).run()
    assert histories[0] == histories[1]


def test_a_world_without_faults_converges_each_day_and_breaks_nothing() -> None:
    for number in range(3):
        world = World(f"calm/{number}", "highwater")
        world.run([])
        assert world.tally.broken == []


def test_shrinking_leaves_only_what_the_failure_needs() -> None:
    def fails(items: Sequence[int]) -> bool:
        return {17, 60} <= set(items)

    assert minimised(list(range(100)), fails, lambda: False) == [17, 60]


def test_shrinking_ends_when_its_time_is_over() -> None:
    assert minimised([1, 2, 3], lambda items: bool(items), lambda: True) == [1, 2, 3]


def test_a_breach_comes_with_the_faults_that_lead_to_it() -> None:
    (failure, *_) = fuzz(Options(steps=2_000, rule="missing-is-idle", shrink_seconds=5)).failures
    assert len(failure.faults) < failure.found_among
    assert failure.broken.invariant in failure.history[-1]
    again = World(failure.seed, failure.rule)
    again.run(failure.faults, stop_at=failure.broken.invariant)
    assert again.tally.broken[-1] == failure.broken


def test_the_command_writes_its_figures_and_exits_1_for_a_broken_invariant(tmp_path: Path) -> None:
    file = tmp_path / "fuzz.json"
    command = ["fuzz", "--steps", "4000", "--rule", "desired-plus-one", "--shrink-seconds", "0"]
    assert main([*command, "--json", str(file)]) == 1
    figures: dict[str, Any] = json.loads(file.read_text())
    assert figures["steps"] >= 4000
    assert figures["rule"] == "desired-plus-one"
    assert {"launches", "releases", "operator_terminations", "days", *INVARIANTS} <= figures.keys()


def test_a_number_of_steps_below_one_is_bad_input() -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["fuzz", "--steps", "0"])
    assert exit_info.value.code == 2


def founded() -> World:
    """A cluster with one live RDB and no faults."""
    world = World("calm", "highwater")
    world.run([], stop_at="")
    return world


@pytest.mark.parametrize(
    ("kind", "error"),
    [("killed", Killed), ("timed_out", ReadTimeoutError), ("throttled", ClientError)],
)
def test_a_trouble_waits_for_the_calls_that_it_lets_pass(kind: str, error: type[BaseException]) -> None:
    world = founded()
    world.wire.armed.append(Trouble(kind, skip=1))
    world.wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    with pytest.raises(error):
        world.wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    world.wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    assert world.tally.faults[kind] == 1


def test_a_call_that_timed_out_after_its_effect_has_had_it() -> None:
    world = founded()
    desired = world.group()["DesiredCapacity"] + 1
    world.wire.armed.append(Trouble("timed_out", acts_only=True, after_effect=True))
    with pytest.raises(ReadTimeoutError):
        world.wire.call(
            "autoscaling",
            "SetDesiredCapacity",
            {"AutoScalingGroupName": world.group_name, "DesiredCapacity": desired},
        )
    assert world.group()["DesiredCapacity"] == desired


def test_a_call_of_ours_that_names_a_loaded_rdb_is_a_breach() -> None:
    world = founded()
    rdb = next(rdb for rdb in world.plant.running() if rdb is world.plant.live)
    rdb.rows = 1
    world.wire.call(
        "autoscaling",
        "TerminateInstanceInAutoScalingGroup",
        {"InstanceId": rdb.instance_id, "ShouldDecrementDesiredCapacity": False},
    )
    assert world.tally.counts["unsafe_terminations"] == 1


def test_a_lower_desired_capacity_of_ours_is_a_breach_and_an_operators_is_not() -> None:
    world = founded()
    name = {"AutoScalingGroupName": world.group_name}
    desired = world.group()["DesiredCapacity"]
    world.autoscaling.call("UpdateAutoScalingGroup", {**name, "MinSize": 0, "DesiredCapacity": desired - 1})
    assert world.tally.counts["desired_lowered_without_release"] == 0
    world.autoscaling.call("SetDesiredCapacity", {**name, "DesiredCapacity": desired})
    world.wire.call("autoscaling", "SetDesiredCapacity", {**name, "DesiredCapacity": desired - 1})
    assert world.tally.counts["desired_lowered_without_release"] == 1


def plant(said: list[str]) -> tuple[Tickerplant, Rdb, Rdb]:
    """A tickerplant with a live RDB and a standby of 1,000 rows each."""
    found = Tickerplant(60, 85, lambda rdb: said.append(f"{rdb.instance_id} {rdb.state}"))
    first, second = (Rdb(f"i-0000000{n}", 1000, START) for n in (1, 2))
    for rdb in (first, second):
        found.rdbs[rdb.instance_id] = rdb
        found.join(rdb)
    return found, first, second


def test_the_live_rdb_hands_over_at_the_roll_threshold_and_no_update_is_lost() -> None:
    said: list[str] = []
    found, first, second = plant(said)
    found.advance(START, 1000, 20)
    assert (first.state, second.state) == ("rolled", "live")
    assert first.rows + second.rows == 1000
    assert (found.waiting, found.unheld) == (0, 0)
    assert said[-2:] == ["i-00000001 rolled", "i-00000002 live"]


def test_updates_wait_in_the_log_while_nobody_is_live_and_are_replayed() -> None:
    found, first, second = plant([])
    found.die(first)
    found.drain(second)
    found.advance(START, 100, 20)
    assert found.waiting == 100
    third = Rdb("i-00000003", 1000, START)
    found.rdbs[third.instance_id] = third
    found.join(third)
    found.advance(START, 0, 20)
    assert (third.rows, found.waiting) == (100, 0)


def test_a_drained_rdb_stays_drained_whatever_happens_to_it() -> None:
    found, _, second = plant([])
    found.drain(second)
    found.recover(second)
    found.join(second)
    assert second.state == "drained"
    assert second not in found.queue


@pytest.mark.parametrize(
    ("rdb", "room"),
    [
        ({"member": {"lifecycle": "Pending", "healthy": True}}, True),
        ({"member": {"lifecycle": "InService", "healthy": False}}, False),
        ({"metric": {"percent": 30.0, "at": START.isoformat()}}, True),
        ({"metric": {"percent": 70.0, "at": START.isoformat()}}, False),
        ({"metric": {"percent": 30.0, "at": (START - timedelta(minutes=15)).isoformat()}}, False),
        ({"metric": {"percent": 30.0, "at": START.isoformat()}, "drain": {}}, True),
        ({"released_at": START.isoformat()}, False),
    ],
)
def test_room_is_judged_by_the_facts_in_the_ledger(rdb: dict[str, Any], room: bool) -> None:
    document = {"member": {"lifecycle": "InService", "healthy": True}, "first_seen": START.isoformat(), **rdb}
    group = {"DesiredCapacity": 1, "Instances": []}
    facts = Facts(json.dumps({"rdbs": {"i-1": document}}), {"AutoScalingGroups": [group]}, None, START)
    assert (facts.room(60, 85, 60) is not None) is room


def test_a_launch_that_was_asked_for_is_room_until_describe_must_show_it() -> None:
    described = {"AutoScalingGroups": [{"DesiredCapacity": 0, "Instances": []}]}
    asked = Raised(1, START, {})
    soon, late = START + timedelta(seconds=119), START + timedelta(seconds=120)
    assert Facts("{}", described, asked, soon).room(60, 85, 60) is not None
    assert Facts("{}", described, asked, late).room(60, 85, 60) is None


def test_a_plan_holds_faults_as_data() -> None:
    plan = World("7/0", "highwater").run()
    assert all(isinstance(fault, Fault) and fault.kind in FAULTS for fault in plan)
