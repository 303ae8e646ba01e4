"""The harness judges a wait from when it could be known, and takes no alert for its cause that is none."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from chalicelib.contract.report import State
from twin.fuzz.causes import CAUSES
from twin.fuzz.launches import STOOD, Launches
from twin.fuzz.tally import Broken
from twin.fuzz.truth import Now
from twin.fuzz.waits import Waits
from twin.fuzz.world import World


@pytest.fixture(scope="module")
def world() -> World:
    """A cluster with one live RDB and no faults."""
    world = World("calm", "highwater")
    world.run([])
    return world


def test_the_wait_for_a_host_that_may_still_come_begins_once_it_is_gone(world: World) -> None:
    site, gone = world.site, 8
    waits, start, rdb = Waits(site, world.referee), site.agenda.now(), site.plant.live
    assert rdb is not None
    for minute in range(25):
        there = [rdb] if minute < gone else []
        coming = frozenset(each.instance_id for each in there)
        group = {"DesiredCapacity": 0, "SuspendedProcesses": []}
        truth = SimpleNamespace(
            group=group, serving=there, has_room=False, may_come=lambda _, coming=coming: coming
        )
        waits._judge_wait(start + timedelta(minutes=minute), cast(Now, truth), blind=False)
    (broken,) = world.account.tally.broken
    since = start + timedelta(minutes=gone)
    assert broken.text.startswith(f"no room since {since:%H:%M:%S}")
    assert world.account.tally.counts["waits_judged"] == 1


def test_a_raise_was_asked_for_though_somebody_lowers_it_again(world: World) -> None:
    site, raised, lowered = world.site, 8, 20
    waits, start = Waits(site, world.referee), site.agenda.now()
    judged = world.account.tally.counts["waits_judged"]
    for minute in range(raised + 15):
        group = {"DesiredCapacity": int(raised <= minute != lowered), "SuspendedProcesses": []}
        truth = SimpleNamespace(group=group, serving=[], has_room=False, may_come=lambda _: frozenset[str]())
        waits._judge_wait(start + timedelta(minutes=minute), cast(Now, truth), blind=False)
    assert world.account.tally.counts["waits_judged"] == judged


@pytest.mark.parametrize(
    ("skew", "hung", "is_cause"), [(31, False, True), (29, False, False), (0, True, True), (0, False, False)]
)
def test_who_answers_again_may_stand_as_unknown_while_some_function_refuses_what_it_says(
    world: World, monkeypatch: pytest.MonkeyPatch, skew: int, hung: bool, is_cause: bool
) -> None:
    rdb = world.site.plant.live
    assert rdb is not None
    monkeypatch.setattr(rdb, "skew", timedelta(seconds=skew))
    monkeypatch.setattr(rdb, "hung", hung)
    assert CAUSES["unknown"](Now(world.site), rdb.instance_id) is is_cause


@pytest.mark.parametrize(("skew", "names"), [(300, True), (0, False)])
def test_a_contradiction_is_the_cause_of_a_wait_where_reports_are_refused(
    world: World, skew: int, names: bool
) -> None:
    waits, rdb = Waits(world.site, world.referee), world.site.plant.live
    assert rdb is not None
    rdb.skew = timedelta(seconds=skew)
    key = f"contradiction {rdb.instance_id}"
    assert waits._names_it(world.site.agenda.now(), Now(world.site), key) is names


@pytest.mark.parametrize(
    ("told", "broken"),
    [
        (("*", "misnamed {group}"), 0),
        (("{cluster}", "renamed"), 0),
        (("*", "misnamed another"), 1),
        (("another", "renamed"), 1),
    ],
)
def test_a_changed_tag_may_be_told_of_the_account(
    world: World, monkeypatch: pytest.MonkeyPatch, told: tuple[str, str], broken: int
) -> None:
    site, truth = world.site, Now(world.site)
    names = {"group": site.group_name, "cluster": site.cluster.name}
    standing = (told[0].format(**names), told[1].format(**names))
    monkeypatch.setattr(world.account.topic, "standing", {standing: "its tag is no name"})
    monkeypatch.setattr(world.account.tally, "broken", found := list[Broken]())
    waits, start = Waits(site, world.referee), site.agenda.now()
    monkeypatch.setattr(site, "named", "no name!")
    waits._judge_name(start, truth, blind=False)
    waits._judge_name(start + timedelta(minutes=8), truth, blind=False)
    assert len(found) == broken


@pytest.mark.parametrize(("health", "of_use"), [("Healthy", True), ("Unhealthy", False)])
def test_who_was_ready_for_a_while_was_of_use_unless_unhealthy(
    world: World, health: str, of_use: bool
) -> None:
    launches, rdb = Launches(world.site, world.referee), world.site.plant.live
    assert rdb is not None
    launches._useful_since = rdb.launched_at - timedelta(minutes=1)
    standby = SimpleNamespace(
        **{**vars(rdb), "rows": 0, "percent": 5.0, "history": [(State.LIVE, world.site.agenda.now() - STOOD)]}
    )
    members = [{"InstanceId": rdb.instance_id, "HealthStatus": health}]
    launches._learn(cast(Now, SimpleNamespace(group={"Instances": members}, serving=[standby])))
    assert (launches._useful_since == rdb.launched_at) is of_use


@pytest.mark.parametrize(("floor", "is_cause"), [(5, True), (4, False)])
def test_a_floor_above_max_size_is_the_cause_of_its_alert(floor: int, is_cause: bool) -> None:
    truth = SimpleNamespace(lacks_room=False, serving=[], floor=floor, group={"MaxSize": 4})
    assert CAUSES["max-size"](cast(Now, truth), "") is is_cause


@pytest.mark.parametrize(("operation", "is_cause"), [("GetMetricData", True), (None, False)])
def test_who_has_rolled_may_stand_as_silent_while_metrics_are_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch, operation: str | None, is_cause: bool
) -> None:
    rdb = world.site.plant.live
    assert rdb is not None
    monkeypatch.setattr(world.site.wire, "refused", {operation} - {None})
    assert CAUSES["silent"](Now(world.site), rdb.instance_id) is is_cause


@pytest.mark.parametrize(("minutes", "broken"), [(3, 0), (4, 1)])
def test_a_wall_that_was_up_again_before_anybody_looked_was_down(
    world: World, monkeypatch: pytest.MonkeyPatch, minutes: int, broken: int
) -> None:
    site, found, now = world.site, list[Broken](), world.site.agenda.now()
    monkeypatch.setattr(world.account.topic, "standing", {(site.cluster.name, "wall hook"): "down"})
    monkeypatch.setattr(world.account.tally, "broken", found)
    monkeypatch.setitem(world.referee._down, "hook", (now - timedelta(minutes=minutes), now))
    waits = Waits(site, world.referee)
    waits._judge_alerts(now - timedelta(minutes=20), Now(site), blind=False)
    waits._judge_alerts(now, Now(site), blind=False)
    assert len(found) == broken
