"""The fuzz harness: it does what a plan says, and sees what it looks for."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.clients import Unreadable
from chalicelib.contract.report import Report, State
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from chalicelib.core.plan import Plan
from chalicelib.reconcile.controller import Controller
from highwater.market.host import Measured
from twin.__main__ import main
from twin.fuzz.account import START
from twin.fuzz.campaign import Options, fuzz
from twin.fuzz.convergence import unconverged
from twin.fuzz.faults import FAULTS
from twin.fuzz.judge import Judge
from twin.fuzz.plan import WEIGHTS, Fault, Kind
from twin.fuzz.referee import Referee
from twin.fuzz.rules import Highwater
from twin.fuzz.shrink import minimised, shrink
from twin.fuzz.tally import INVARIANTS, Broken
from twin.fuzz.wire import Failure, Killed, Trouble
from twin.fuzz.world import World

OTHERS = ("desired-plus-one", "oldest-first", "missing-is-idle")
UNHURT = {"hook_removed", "unreadable_ledger", "raised_between", "needed_again", "yesterday_forgotten"}


def test_every_kind_of_fault_in_a_plan_can_be_done() -> None:
    assert FAULTS.keys() == WEIGHTS.keys() == set(get_args(Kind))


def test_every_kind_of_fault_happens() -> None:
    faults = fuzz(Options(steps=40_000, rule="missing-is-idle", shrink_seconds=0)).figures["faults"]
    # The walls, holds and ledger of the real one are not there to be hurt under this rule.
    assert {kind for kind, n in faults.items() if n == 0 and WEIGHTS[kind]} <= UNHURT | {"yesterday_wrong"}
    assert faults.keys() == WEIGHTS.keys()


@pytest.mark.parametrize("rule", OTHERS)
def test_the_rules_of_other_autoscalers_kill_loaded_rdbs_under_the_same_faults(rule: str) -> None:
    figures = fuzz(Options(steps=8_000, rule=rule, shrink_seconds=0)).figures
    assert figures["unsafe_terminations"] > 0
    assert figures["unheld"] > 0


@pytest.mark.parametrize(("percent", "needless"), [(10.0, 1), (95.0, 0)])
def test_a_rule_without_a_ledger_is_judged_by_what_describe_and_the_metrics_show(
    world: World, percent: float, needless: int
) -> None:
    site = world.site
    site.wire.watcher = Judge(world.account, [site], [Referee(site, walls=False)])
    for member in site.group()["Instances"]:
        site.metrics.put("trades", Measured(member["InstanceId"], percent, site.agenda.now()))
    site.wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    set_desired(world, site.group()["DesiredCapacity"] + 1)
    assert site.tally.counts["double_launches"] == needless


def test_a_control_plane_that_believes_forged_proofs_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def believes(_rule: Highwater, _report: Report, _genuine: bool) -> Verdict:
        return Verdict(True, "not looked at")

    monkeypatch.setattr(Highwater, "verdict", believes)
    worlds = (World(f"0/{number}", "highwater") for number in range(10))
    assert any(unsafe_terminations(world) for world in worlds)


def unsafe_terminations(world: World) -> int:
    world.run(stop_at="unsafe_terminations")
    return world.account.tally.counts["unsafe_terminations"]


def of_another_cluster() -> str:
    """The first breach in a world of two hours."""
    world = World("7/0", "highwater")
    world.run([], stop_at="of_another_cluster")
    return world.account.tally.broken[-1].text


def test_a_sweep_that_leaves_the_second_cluster_out_is_a_breach(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = Controller.survey

    def one(controller: Controller, *, sparing: bool = False) -> Iterator[Plan]:
        return (plan for plan in survey(controller, sparing=sparing) if plan.decision.cluster == "trades")

    monkeypatch.setattr(Controller, "survey", one)
    assert of_another_cluster() == "quotes: the sweep listed it as not listed"


def test_a_sweep_that_fails_without_a_fault_of_aws_is_a_breach(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_controller: Controller, **_asked: bool) -> Iterator[Plan]:
        raise Unreadable("one bad item")

    monkeypatch.setattr(Controller, "survey", fails)
    assert of_another_cluster() == "quotes: the sweep failed for all: one bad item"


def test_a_raise_of_the_second_cluster_that_is_late_is_a_breach(monkeypatch: pytest.MonkeyPatch) -> None:
    reconcile = Highwater.reconcile

    def one(rule: Highwater, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        if cluster == "trades":
            reconcile(rule, cluster, wake_ups)

    monkeypatch.setattr(Highwater, "reconcile", one)
    assert re.fullmatch(r"quotes: full since .*, and not raised", of_another_cluster())


def test_the_same_seed_gives_the_same_history() -> None:
    histories: list[list[str]] = [[], []]
    for history in histories:
        World("0/9", "highwater", history).run()
    assert len(histories[0]) > 100
    assert histories[0] == histories[1]


def test_two_processes_give_the_figures_of_one() -> None:
    one, two = (
        fuzz(Options(steps=1, seed=7, rule="missing-is-idle", shrink_seconds=0, processes=processes)).figures
        for processes in (1, 2)
    )
    assert {**one, "steps_per_second": 0} == {**two, "steps_per_second": 0}


def test_shrinking_leaves_only_what_the_failure_needs() -> None:
    def fails(items: Sequence[int]) -> bool:
        return {17, 60} <= set(items)

    assert minimised(list(range(100)), fails) == [17, 60]


def test_shrinking_ends_when_its_time_is_over() -> None:
    plan = World("7/0", "missing-is-idle").run()
    failure = shrink("7/0", "missing-is-idle", plan, Broken("unsafe_terminations", START, "?"), 0)
    assert 0 < len(failure.faults) <= failure.found_among == len(plan)


def test_a_breach_comes_with_the_faults_that_lead_to_it() -> None:
    (failure, *_) = fuzz(Options(steps=2_000, rule="missing-is-idle", shrink_seconds=5)).failures
    assert len(failure.faults) < failure.found_among
    assert failure.broken.invariant in failure.history[-1]
    again = World(failure.seed, failure.rule)
    again.run(failure.faults, stop_at=failure.broken.invariant)
    assert again.account.tally.broken[-1] == failure.broken


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


@pytest.fixture
def world() -> World:
    """A cluster with one live RDB and no faults."""
    world = World("calm", "highwater")
    world.run([])
    return world


@pytest.mark.parametrize(
    ("kind", "error"),
    [("killed", Killed), ("timed_out", ReadTimeoutError), ("throttled", ClientError)],
)
def test_a_trouble_waits_for_the_calls_that_it_lets_pass(
    world: World, kind: Failure, error: type[BaseException]
) -> None:
    wire = world.site.wire
    wire.armed.append(Trouble(kind, skip=1))
    wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    with pytest.raises(error):
        wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    wire.call("autoscaling", "DescribeAutoScalingGroups", {})
    assert world.account.tally.faults[kind] == 1


def set_desired(world: World, desired: int) -> None:
    params = {"AutoScalingGroupName": world.site.group_name, "DesiredCapacity": desired}
    world.site.wire.call("autoscaling", "SetDesiredCapacity", params)


def test_a_call_that_timed_out_after_its_effect_has_had_it(world: World) -> None:
    desired = world.site.group()["DesiredCapacity"] + 1
    world.site.wire.armed.append(Trouble("timed_out", acts_only=True, after_effect=True))
    with pytest.raises(ReadTimeoutError):
        set_desired(world, desired)
    assert world.site.group()["DesiredCapacity"] == desired


def test_a_call_of_ours_that_names_a_loaded_rdb_is_a_breach(world: World) -> None:
    rdb = world.site.plant.live
    assert rdb is not None
    rdb.rows = 1
    world.site.wire.call(
        "autoscaling",
        "TerminateInstanceInAutoScalingGroup",
        {"InstanceId": rdb.instance_id, "ShouldDecrementDesiredCapacity": False},
    )
    assert world.account.tally.counts["unsafe_terminations"] == 1


def test_a_lower_desired_capacity_of_ours_is_a_breach_and_an_operators_is_not(world: World) -> None:
    site, counts = world.site, world.account.tally.counts
    desired = site.group()["DesiredCapacity"]
    assert site.act("UpdateAutoScalingGroup", MinSize=0, DesiredCapacity=desired - 1)
    assert counts["lowered"] == 0
    assert site.act("SetDesiredCapacity", DesiredCapacity=desired)
    set_desired(world, desired - 1)
    assert counts["lowered"] == 1


@pytest.mark.parametrize("refused", [False, True])
def test_a_raise_that_was_undone_is_put_back_in_time_unless_aws_refuses_it(
    world: World, refused: bool
) -> None:
    site, desired = world.site, world.site.group()["DesiredCapacity"]
    assert site.act("SetDesiredCapacity", DesiredCapacity=desired + 2)
    world.referee.set_by_operator(desired, desired + 2)
    set_desired(world, desired + 1)
    site.agenda.run_until(site.agenda.now() + timedelta(minutes=4))
    if refused:
        site.wire.armed.append(Trouble("resource_contention"))
        with pytest.raises(ClientError):
            set_desired(world, desired + 2)
    site.agenda.run_until(site.agenda.now() + timedelta(minutes=2))
    assert world.account.tally.counts["lowered"] == (not refused)


@pytest.mark.parametrize(("minutes", "taken"), [(2, True), (4, False)])
def test_who_lowers_to_our_number_just_after_us_may_be_taken_for_us(
    world: World, minutes: float, taken: bool
) -> None:
    desired = world.site.group()["DesiredCapacity"]
    set_desired(world, desired)
    world.site.agenda.run_until(world.site.agenda.now() + timedelta(minutes=minutes))
    world.referee.set_by_operator(desired + 1, desired)
    assert world.referee.is_asked_for(desired + 1) is taken
    world.referee.set_by_operator(desired + 2, desired + 1)
    assert not world.referee.is_asked_for(desired + 2)


def test_an_rdb_that_should_be_gone_is_named_with_what_was_refused(world: World) -> None:
    rdb = world.site.plant.live
    assert rdb is not None
    rdb.state = State.DRAINED
    assert world.site.act("UpdateAutoScalingGroup", MinSize=0)
    refusal = Refusal("release", ("no proof",), instance_id=rdb.instance_id)
    refused = {"refused": msgspec.to_builtins((refusal,))}
    world.site.table.decisions[world.site.cluster.name] = json.dumps(refused)
    found = unconverged(world.site, Highwater(world.account, [world.site]))
    assert f"{rdb.instance_id} is drained and still InService (no proof)" in found


def test_a_plan_holds_faults_as_data() -> None:
    plan = World("7/0", "highwater").run()
    assert all(isinstance(fault, Fault) and fault.kind in FAULTS for fault in plan)
