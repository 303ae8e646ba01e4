"""The walls that the harness and the benches know are the walls of the core: a new one is not forgotten."""

from random import Random
from unittest.mock import Mock

import pytest

from bench.facts import group_of
from bench.fleet import Fleet
from chalicelib.adapters.autoscaling import Groups
from chalicelib.contract.report import State
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.walls import WALLS, Wall, hook_stands, missing
from tests.unit.builders import NOW, A, cluster, rdb, report
from twin.fuzz import convergence
from twin.fuzz.operators import Operators
from twin.fuzz.referee import walls_put_up
from twin.fuzz.world import World

NAMES = {wall.name for wall in WALLS}


def situation(group: Group, hook: bool) -> Situation:
    ledger = Ledger(group.cluster, hook=HookSeen(hook, NOW))
    return Situation(ledger, group, ClusterSettings(), NOW)


def test_the_harness_looks_for_every_wall_when_a_day_is_over() -> None:
    assert convergence.WALLS.keys() == NAMES


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_the_referee_sees_each_wall_go_up_by_the_call_that_repairs_it(wall: Wall) -> None:
    bare = rdb(report(State.LIVE), Member("InService", healthy=True, protected=False))
    _, group = cluster({A: bare}, walls=False)
    repair = wall.repair(situation(group, hook=False))
    assert repair is not None
    operation = "".join(word.title() for word in repair.operation.split("_"))
    assert [name.split()[0] for name in walls_put_up(operation, repair.parameters)] == [wall.name]


def test_the_operators_of_the_harness_take_every_wall_down() -> None:
    world, down = World("walls", "highwater"), set()
    world.run([])
    operators = Operators(world.site, Mock(), Mock(), Mock(took_down=lambda wall: down.add(wall.split()[0])))
    random = Random(0)
    for act in (operators.removes_protection, operators.resumes_processes, operators.removes_hook):
        act(random)
    for _ in range(20):
        operators.updates_stack(random)
    assert down == NAMES


def test_the_groups_of_the_harness_and_of_the_benches_stand_behind_every_wall() -> None:
    groups = Groups(Fleet(1, 2, lambda: NOW).client("autoscaling"), Mock())
    (created,) = groups.all()
    assert missing(situation(created, hook_stands(groups.hooks(created)))) == ()
    assert missing(situation(group_of("trades", 2), hook=True)) == ()
