"""What the control plane promises in the harness is noticed when it is taken out of the control plane."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, get_args

import pytest

from chalicelib.contract.report import Report, parse_report
from chalicelib.core import decide
from chalicelib.core.account import former_cluster
from chalicelib.core.alerts import cluster_alerts, telling
from chalicelib.core.capacity import counted, demand, raises, undone
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.demand import Demand
from chalicelib.core.capacity.raises import Raise, raise_of
from chalicelib.core.capacity.room import Room, room_of
from chalicelib.core.commands import applying
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.commands.hand_back import BY
from chalicelib.core.decision import DecisionCode
from chalicelib.core.facts import situation
from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import DrainAsked, Rdb
from chalicelib.core.facts.settings import ClusterSettings, settings_of
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import waits_for_data
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.release import releases
from chalicelib.core.undecided import undecided_of
from chalicelib.reconcile import controller
from chalicelib.triggers.aws_events import Published
from twin.fuzz import functions
from twin.fuzz.causes import CAUSES
from twin.fuzz.judge import UNDECIDED
from twin.fuzz.plan import Fault, Kind
from twin.fuzz.world import World

TIMES = (600.0, 620.0, 640.0, 1500.0, 1520.0, 2400.0)
due = releases._due


class Scene(NamedTuple):
    """Faults of some kinds at six times of a world of some hours."""

    kinds: tuple[Kind, ...]
    dice: int = 0
    seed: str = "7/1"


class Mutant(NamedTuple):
    """A name of a module or class, what it means instead, and the invariant that a scene then breaks."""

    invariant: str
    scene: Scene
    where: Any
    name: str
    means: Any


def play(scene: Scene, stop_at: str = "") -> set[str]:
    """Return the invariants that a scene breaks."""
    world = World(scene.seed, "highwater")
    world.run([Fault(0, at, kind, scene.dice) for at in TIMES for kind in scene.kinds], stop_at=stop_at)
    return {each.invariant for each in world.account.tally.broken}


unbroken = cache(play)


def without_topic(published: Published, now: datetime) -> Report:
    return parse_report(published.message, now)


def unknown_for_ever(rdb: Rdb, settings: ClusterSettings, now: datetime) -> Room:
    return room_of(rdb, settings, min(now, rdb.unanswered.since) if rdb.unanswered else now)


def without_last_settings(tags: dict[str, str], _known: ClusterSettings) -> tuple[ClusterSettings, Any]:
    return settings_of(tags, None)


def stopped_by_a_bad_tag(situation: Situation, capacity: Capacity, wanted: Demand) -> Raise:
    bad = any(doubt.case == "configuration" for doubt in situation.doubts)
    return Raise(None, "configuration", "") if bad else raise_of(situation, capacity, wanted)


def chosen_by(key: Callable[[Group], Any]) -> Callable[..., Choice]:
    def choice_of(_ledger: Ledger, groups: Sequence[Group], _now: datetime) -> Choice:
        return Choice(max(groups, key=key))

    return choice_of


def another_clusters(_controller: object, shown: tuple[Group, ...]) -> tuple[tuple[Group, ...], str]:
    return tuple(filter(former_cluster, shown)) or shown, ""


def without_the_dead(situation: Situation) -> set[str]:
    return {i for i in due(situation) if not situation.ledger.rdbs[i].dead_at}


def without_renamed(
    ledger: Ledger, failures: tuple[str, ...], _group: Group | None, asked: Iterable[Command], now: datetime
) -> Any:
    return undecided_of(ledger, failures, None, asked, now)


def hands_back_anybody(commanded: Commanded, **_: bool) -> Commanded:
    """One standby after the other, needed or not."""
    request = DrainAsked(BY, commanded.situation.now)
    standbys = [i for i, rdb in commanded.situation.ledger.rdbs.items() if waits_for_data(rdb.state)]
    drains = any(rdb.drain for rdb in commanded.situation.ledger.rdbs.values())
    return commanded if drains or not standbys else commanded.with_drain(standbys[-1], request)


def sleeps_whatever_waits(situation: Situation) -> bool:
    calendar = situation.calendar
    return calendar is not None and calendar.overnight == "none" and situation.rests


NIGHT = Scene(("night", "rdb_crashed"))
ILL = Scene(("boots_forever",))
RENAMED = Scene(("renamed_tag",), dice=11)
NOT_LAUNCHED = Scene(("launch_failed", "rdb_crashed"), dice=5, seed="7/0")
SECOND_GROUP = Scene(("second_group", "rdb_crashed"))
NEVER = property(lambda _settings: timedelta(days=1))

MUTANTS = {
    "alerts": Mutant(
        "silent_waits", Scene(("never_reports", "q_dead"), 0, "7/0"), decide, "alerts_of", lambda *_: ()
    ),
    "alerts of launches": Mutant("silent_waits", NOT_LAUNCHED, decide, "alerts_of", lambda *_: ()),
    "a launch that is overdue": Mutant(
        "silent_waits", NOT_LAUNCHED, cluster_alerts, "overdue", lambda *_, **__: None
    ),
    "another name": Mutant("silent_waits", RENAMED, controller, "undecided_of", without_renamed),
    "the end of alerts": Mutant(
        "stale_alerts", Scene(("q_dead",), 0, "7/0"), telling, "_is_over", lambda *_: False
    ),
    "putting back": Mutant(
        "lowered", Scene(("raised_between", "q_dead"), 0, "7/0"), undone, "_owed", lambda *_: 0
    ),
    "the age of commands": Mutant(
        "double_launches", Scene(("old_command",), seed="7/0"), applying, "too_old", lambda *_: False
    ),
    "what AWS owes": Mutant("double_launches", ILL, Capacity, "owed", property(lambda _capacity: 0)),
    "the last good settings": Mutant(
        "double_launches", Scene(("bad_tag",), 7, "7/2"), situation, "settings_of", without_last_settings
    ),
    "raises in spite of a bad tag": Mutant(
        "late_launches", Scene(("bad_tag", "rdb_crashed")), decide, "raise_of", stopped_by_a_bad_tag
    ),
    "the deadline of unknown": Mutant(
        "late_launches", Scene(("q_dead",)), counted, "room_of", unknown_for_ever
    ),
    "the boot deadline": Mutant("late_launches", ILL, ClusterSettings, "boot_deadline", NEVER),
    "the group that is known": Mutant(
        "late_launches",
        SECOND_GROUP._replace(seed="7/4"),
        controller,
        "choice_of",
        chosen_by(lambda group: group.name),
    ),
    "pauses between launches": Mutant("launches_in_vain", ILL, raises, "pause", lambda *_: None),
    "its own topic": Mutant(
        "of_another_cluster", Scene(("forged_elsewhere",)), functions, "report_of", without_topic
    ),
    "its own group": Mutant("of_another_cluster", RENAMED, controller.Controller, "_own", another_clusters),
    "who may be handed back": Mutant(
        "needed_hand_backs", Scene(("burst",), seed="7/0"), decide, "with_hand_back", hands_back_anybody
    ),
    "a floor that stands": Mutant(
        "needed_hand_backs",
        Scene(("capacity_asked",), seed="7/0"),
        demand,
        "_standing_floor",
        lambda *_: Demand(0, "", name="floor"),
    ),
    "an end of the open": Mutant(
        "double_launches",
        Scene(("calendar_wrong",), seed="7/0"),
        Calendar,
        "open_near",
        lambda calendar, now, *_: calendar.next_open(now),
    ),
    "a night without hosts": Mutant(
        "double_launches", NIGHT._replace(seed="7/2"), Situation, "sleeps", property(lambda _situation: False)
    ),
    "the updates that wait at night": Mutant(
        "needed_hand_backs",
        NIGHT._replace(dice=1, seed="7/2"),
        Situation,
        "sleeps",
        property(sleeps_whatever_waits),
    ),
    "the hours of the calendar": Mutant(
        "needed_hand_backs",
        Scene(("calendar_put",), seed="7/0"),
        Situation,
        "rests",
        property(lambda situation: situation.calendar is not None),
    ),
    "withdrawing a hand back": Mutant(
        "double_launches",
        Scene(("needed_again",), 1, "7/0"),
        decide,
        "withdrawn",
        lambda commanded: commanded,
    ),
    "the release of the dead": Mutant(
        "days_not_converged", Scene(("rdb_crashed",)), releases, "_due", without_the_dead
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_a_promise_that_is_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch, mutant: Mutant) -> None:
    assert mutant.invariant not in unbroken(mutant.scene)
    monkeypatch.setattr(mutant.where, mutant.name, mutant.means)
    assert mutant.invariant in play(mutant.scene, mutant.invariant)


def test_the_harness_judges_each_case_of_alert_by_its_cause() -> None:
    assert CAUSES.keys() == set(get_args(AlertCase))


def test_the_harness_knows_the_codes_of_a_cluster_that_is_not_decided() -> None:
    assert UNDECIDED - {"not listed"} <= set(get_args(DecisionCode))
