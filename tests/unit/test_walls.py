"""The walls: what keeps AWS from ending an instance by itself, and how a missing one is found (rule 7)."""

import msgspec
import pytest

from chalicelib.contract.release import RELEASE
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import HookSeen, KnownGroup, Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.release.walls import (
    HOOK,
    WALLS,
    Operation,
    Repair,
    hook_due,
    hook_stands,
    missing,
    repair_of,
)
from tests.unit.builders import NOW, PENDING, A, B, ago, cluster, drained, live, planned, situation

Facts = tuple[Ledger, Group]
BARE = Member("InService", healthy=True, protected=False)


def found(known: Facts) -> list[str]:
    return [wall.wall for wall in missing(situation(known))]


def bare(known: Rdb) -> Rdb:
    return msgspec.structs.replace(known, member=BARE)


def test_no_wall_is_missing_on_a_group_as_the_template_makes_it() -> None:
    assert found(cluster({A: live()})) == []


def test_every_wall_of_a_group_without_any_is_found_and_repaired_in_one_decision() -> None:
    known = cluster({A: bare(live())}, walls=False)
    walls = ["suspended", "protects-new", "protected", "retains", "undeletable", "hook"]
    assert found(known) == walls
    _, decision = planned(known)
    assert list(decision.repair) == walls
    assert {alert.key for alert in decision.told} == {f"wall {wall}" for wall in walls}


@pytest.mark.parametrize(("minutes", "told"), [(None, False), (9.9, False), (10, True)])
def test_the_walls_of_a_new_group_are_built_and_only_one_that_is_missing_later_is_told(
    minutes: float | None, told: bool
) -> None:
    ledger, group = cluster({A: bare(live())}, walls=False)
    known = None if minutes is None else KnownGroup(group.name, ago(minutes))
    ledger = msgspec.structs.replace(ledger, group=known)
    _, decision = planned((ledger, group))
    assert len(decision.repair) == len(WALLS)
    assert bool(decision.alerts) is told


@pytest.mark.parametrize(("written_by", "told"), [(None, False), (RELEASE, True), ("0.4.0", False)])
def test_a_wall_that_another_release_may_not_have_had_is_built_without_a_word(
    written_by: str | None, told: bool
) -> None:
    ledger, group = cluster({A: bare(live())}, walls=False)
    _, decision = planned((msgspec.structs.replace(ledger, version=7, release=written_by), group))
    assert len(decision.repair) == len(WALLS)
    assert bool(decision.alerts) is told


def test_each_wall_is_repaired_by_one_call_that_puts_it_up() -> None:
    open_walls = situation(cluster({A: bare(live()), B: live()}, walls=False))
    calls = {wall.name: repair_of(wall.name, open_walls) for wall in WALLS}
    hook = {
        "LifecycleHookName": "highwater-terminating",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "HeartbeatTimeout": 7200,
        "DefaultResult": "ABANDON",
    }
    update: Operation = "update_auto_scaling_group"
    assert calls == {
        "suspended": Repair(
            "suspend_processes", {"ScalingProcesses": ["AZRebalance", "ReplaceUnhealthy", "Terminate"]}
        ),
        "protects-new": Repair(update, {"NewInstancesProtectedFromScaleIn": True}),
        "protected": Repair("set_instance_protection", {"InstanceIds": [A], "ProtectedFromScaleIn": True}),
        "retains": Repair(
            update, {"InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}}
        ),
        "undeletable": Repair(update, {"DeletionProtection": "prevent-all-deletion"}),
        "hook": Repair("put_lifecycle_hook", hook),
    }


@pytest.mark.parametrize(
    ("protection", "walls"),
    [
        ("prevent-all-deletion", []),
        ("prevent-force-deletion", []),
        ("none", ["undeletable"]),
        ("a value of next year", ["undeletable"]),
    ],
)
def test_a_group_that_keeps_its_instances_from_force_is_left_as_it_is(
    protection: str, walls: list[str]
) -> None:
    ledger, group = cluster({A: live()})
    assert found((ledger, msgspec.structs.replace(group, deletion_protection=protection))) == walls


def test_the_hook_that_its_repair_puts_up_stands_among_others() -> None:
    shown = {**HOOK, "AutoScalingGroupName": "trades-rdb", "GlobalTimeout": 172_800}
    assert hook_stands([{"LifecycleHookName": "another"}, shown])
    assert not hook_stands([])


@pytest.mark.parametrize("changed", HOOK)
def test_a_hook_of_which_one_setting_is_another_does_not_stand(changed: str) -> None:
    assert not hook_stands([{**HOOK, changed: "another"}])


def test_nothing_is_left_to_protect_when_every_member_is_protected() -> None:
    assert repair_of("protected", situation(cluster({A: live()}))) is None


@pytest.mark.parametrize("process", ["AZRebalance", "ReplaceUnhealthy", "Terminate"])
def test_a_process_that_was_resumed_is_found_by_its_name(process: str) -> None:
    ledger, group = cluster({A: live()})
    group = msgspec.structs.replace(group, suspended=group.suspended - {process})
    (wall,) = missing(situation((ledger, group)))
    assert (wall.wall, wall.text) == ("suspended", f"{process} not suspended")


def test_everything_that_is_open_is_named_in_one_sentence() -> None:
    ledger, group = cluster({A: bare(live()), B: bare(live())})
    group = msgspec.structs.replace(group, suspended=frozenset({"Terminate"}))
    assert [wall.text for wall in missing(situation((ledger, group)))] == [
        "AZRebalance, ReplaceUnhealthy not suspended",
        f"{A}, {B} not protected from scale-in",
    ]


def test_other_processes_that_are_suspended_are_left_alone() -> None:
    ledger, group = cluster({A: live()})
    assert found((ledger, msgspec.structs.replace(group, suspended=group.suspended | {"Launch"}))) == []


def test_only_members_in_service_that_stay_must_be_protected() -> None:
    leaving = msgspec.structs.replace(bare(drained()), released_at=ago(1))
    known = cluster({A: leaving, B: msgspec.structs.replace(live(), member=PENDING)})
    assert found(known) == []


@pytest.mark.parametrize(
    ("seen", "one", "due"),
    [
        (None, live(), True),
        (HookSeen(stands=False, at=NOW), live(), True),
        (HookSeen(stands=True, at=ago(49.9)), live(), False),
        (HookSeen(stands=True, at=ago(50)), live(), True),
        (HookSeen(stands=True, at=ago(9.9)), drained(), False),
        (HookSeen(stands=True, at=ago(10)), drained(), True),
    ],
)
def test_the_hook_is_looked_at_each_hour_before_a_release_and_after_it_was_missing(
    seen: HookSeen | None, one: Rdb, due: bool
) -> None:
    ledger, group = cluster({A: one})
    assert hook_due(situation((msgspec.structs.replace(ledger, hook=seen), group))) is due


def test_a_capacity_that_was_lowered_is_raised_back_in_the_decision_that_mends_the_walls() -> None:
    known = cluster({A: bare(live()), B: live(80)}, desired=1, walls=False)
    _, decision = planned(known)
    assert (decision.target, decision.release) == (2, ())
    assert decision.repair
