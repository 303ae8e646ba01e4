"""The market model: no update is lost or held twice, and RDBs report as they live."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import Report, State
from highwater.market.feed import paper
from highwater.market.host import Outbox, RdbHost
from highwater.market.rdb import SIZES, Cluster, Rdb, Size
from highwater.market.tickerplant import Tickerplant
from highwater.market.waiting import WaitingReporter

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
# Of 1,000 updates 601 reach the scale threshold and 851 the roll threshold.
SMALL = Cluster("trades", Size(0, 1000, 1, 0), 60, 85)
PLENTY = 1_000_000


class Scene:
    """A tickerplant with so many RDBs; the first one is live. Each look at it is 20 seconds later."""

    def __init__(self, rdbs: int, replay_rate: float = PLENTY) -> None:
        self.now = START
        self.said: list[Report] = []
        self.plant = Tickerplant[RdbHost](START, replay_rate, 20)
        self.rdbs = [self.joined() for _ in range(rdbs)]

    def joined(self) -> RdbHost:
        instance_id = f"i-{len(self.plant.rdbs):08x}"
        rdb = RdbHost(instance_id, SMALL, Outbox(self.said.append, lambda *_: None), self.now)
        self.plant.rdbs[instance_id] = rdb
        self.plant.join(rdb, self.now)
        return rdb

    def published(self, updates: int) -> None:
        self.now += timedelta(seconds=20)
        self.plant.advance(self.now, self.plant.published + updates)

    def ended(self, rdb: RdbHost) -> None:
        rdb.terminated_at = self.now
        self.plant.leave(rdb, self.now)
        rdb.rows = 0

    def end_day(self) -> None:
        self.plant.end_day(self.now, Random(0))

    @property
    def states(self) -> list[State]:
        return [rdb.state for rdb in self.rdbs]

    def windows(self) -> list[tuple[int, int]]:
        """Of the RDBs that are there, in order."""
        running = [rdb for rdb in self.plant.rdbs.values() if rdb.terminated_at is None]
        return sorted(
            (rdb.last_index - rdb.rows, rdb.last_index) for rdb in running if rdb.last_index and rdb.rows
        )


def test_the_live_rdb_hands_over_at_the_roll_threshold_and_no_update_is_lost() -> None:
    scene = Scene(2)
    scene.published(1000)
    assert scene.states == [State.ROLLED, State.LIVE]
    assert [rdb.rows for rdb in scene.rdbs] == [851, 149]
    assert (scene.plant.waiting, scene.plant.unheld) == (0, 0)
    assert [report.state for report in scene.said[-2:]] == [State.ROLLED, State.LIVE]


def test_updates_wait_in_the_log_while_nobody_is_live_and_are_replayed() -> None:
    scene = Scene(2)
    scene.plant.drain(scene.rdbs[1], scene.now)
    scene.ended(scene.rdbs[0])
    scene.published(100)
    assert (scene.plant.waiting, scene.plant.seconds_without_live) == (100, 20)
    third = scene.joined()
    scene.published(0)
    assert (third.rows, scene.plant.waiting) == (100, 0)


def test_a_live_rdb_takes_no_more_at_once_than_it_can_replay() -> None:
    scene = Scene(1, replay_rate=10)
    scene.published(500)
    assert (scene.rdbs[0].rows, scene.plant.waiting) == (200, 300)


def test_the_window_of_a_live_rdb_that_died_goes_to_the_next_one_from_its_start() -> None:
    scene = Scene(3)
    scene.published(1000)
    scene.ended(scene.rdbs[1])
    scene.published(0)
    assert scene.windows() == [(0, 851), (851, 1000)]
    assert scene.plant.unheld == 0


def test_updates_that_died_with_a_rolled_rdb_are_unheld() -> None:
    scene = Scene(2)
    scene.published(1000)
    scene.ended(scene.rdbs[0])
    assert scene.plant.unheld == 851


def test_a_drained_rdb_stays_drained_whatever_happens_to_it() -> None:
    scene = Scene(2)
    drained = scene.rdbs[1]
    scene.plant.drain(drained, scene.now)
    scene.plant.join(drained, scene.now)
    scene.published(1000)
    assert drained.state is State.DRAINED
    assert drained not in scene.plant.queue


def test_at_the_end_of_a_day_all_are_emptied_and_only_the_live_one_goes_on() -> None:
    scene = Scene(3)
    scene.published(1000)
    scene.end_day()
    assert scene.states == [State.ROLLED, State.LIVE, State.DRAINED]
    scene.published(7)
    assert scene.states == [State.DRAINED, State.LIVE, State.DRAINED]
    assert scene.windows() == [(1000, 1007)]
    assert (scene.rdbs[1].first_index, scene.plant.unheld) == (1000, 0)
    scene.ended(scene.rdbs[1])
    assert (scene.plant.waiting, scene.plant.unheld) == (7, 0)


def test_rows_that_came_after_the_end_of_the_day_stay() -> None:
    live, rolled = Scene(2).rdbs
    live.take(100, START)
    live.persisted(60, START)
    rolled.replay(0, 100, START)
    rolled.persisted(60, START)
    assert (live.rows, live.first_index, live.state) == (40, 60, State.LIVE)
    assert (rolled.rows, rolled.state) == (40, State.ROLLED)


def test_neither_a_live_rdb_nor_one_with_rows_drains_and_none_but_a_standby_goes_live() -> None:
    scene = Scene(2)
    scene.published(1000)
    for rdb in scene.rdbs:
        rdb.drain(scene.now)
        rdb.go_live(2000, scene.now)
    assert scene.states == [State.ROLLED, State.LIVE]
    assert scene.windows() == [(0, 851), (851, 1000)]


def test_a_day_that_ended_while_nobody_was_live_is_persisted_with_whoever_takes_its_window_over() -> None:
    scene = Scene(0)
    scene.published(100)
    scene.end_day()
    scene.published(7)
    late = scene.joined()
    scene.published(0)
    scene.published(0)
    assert (late.rows, late.first_index, scene.plant.unheld) == (7, 100, 0)


def test_a_q_that_was_started_again_reads_its_closed_window_from_the_log() -> None:
    scene = Scene(2)
    scene.published(1000)
    rolled = scene.rdbs[0]
    rolled.rows, rolled.state = 0, State.BOOTING
    scene.plant.join(rolled, scene.now)
    assert (rolled.state, scene.windows()) == (State.ROLLED, [(0, 851), (851, 1000)])


def publish(scene: Scene, updates: int) -> None:
    scene.published(updates)


def launch(scene: Scene, _: int) -> None:
    scene.joined()


def roll(scene: Scene, _: int) -> None:
    scene.plant.roll(scene.now)


def kill_live(scene: Scene, _: int) -> None:
    if scene.plant.live is not None:
        scene.ended(scene.plant.live)


def drain_standby(scene: Scene, _: int) -> None:
    for rdb in scene.plant.queue[-1:]:
        scene.plant.drain(rdb, scene.now)


def end_day(scene: Scene, _: int) -> None:
    scene.end_day()


ACTS: list[Callable[[Scene, int], None]] = [publish, launch, roll, kill_live, drain_standby, end_day]


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3000)), max_size=40))
def test_every_update_is_held_once_or_persisted_or_waits_whatever_happens(acts: list[Any]) -> None:
    scene = Scene(1)
    for act, updates in acts:
        act(scene, updates)
        windows = scene.windows()
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(windows))
        assert scene.plant.unheld == 0
        assert scene.plant.held + scene.plant.waiting <= scene.plant.published
        assert all(rdb.percent <= 100 for rdb in scene.plant.rdbs.values())


def test_a_report_comes_with_memory_that_leaps() -> None:
    scene = Scene(1)
    rdb, said = scene.rdbs[0], len(scene.said)
    for updates, reports in ((100, 0), (200, 1), (250, 1), (400, 2)):
        rdb.take(updates, START)
        assert len(scene.said) == said + reports


def test_a_report_comes_with_each_change_with_the_crossing_and_every_five_minutes() -> None:
    scene = Scene(1)
    rdb, now = scene.rdbs[0], START
    assert [report.state for report in scene.said] == [State.STANDBY, State.LIVE]
    rdb.take(601, now)
    rdb.take(602, now)
    assert (rdb.crossings, len(scene.said)) == ([now], 3)
    for _ in range(2):
        rdb.tick(now + timedelta(minutes=5))
    assert len(scene.said) == 4
    sequences = [report.sequence for report in scene.said]
    assert sorted(set(sequences)) == sequences
    assert (scene.said[-1].first_index, scene.said[-1].last_index) == (0, 602)


def test_a_drained_rdb_reports_and_every_rdb_measures_its_memory_each_minute() -> None:
    measured: list[datetime] = []
    said: list[datetime] = []
    outbox = Outbox(lambda report: said.append(report.sent_at), lambda sample: measured.append(sample.at))
    rdb = RdbHost("i-00000001", SMALL, outbox, START)
    rdb.join(START)
    rdb.drain(START)
    for second in range(0, 601, 10):
        rdb.tick(START + timedelta(seconds=second))
    assert len(said) == 2 + 10
    assert len(measured) == 10


def test_the_papers_day_fills_six_medium_hosts_without_any_aws() -> None:
    medium = Cluster("trades", SIZES["medium"], 60, 85)
    plant, feed = Tickerplant[RdbHost](START, 20_000, 20), paper()
    silent = Outbox(lambda _report: None, lambda *_: None)
    for second in range(0, 24 * 3600, 10):
        now = START + timedelta(seconds=second)
        if not plant.queue:
            instance_id = f"i-{len(plant.rdbs):08x}"
            plant.rdbs[instance_id] = RdbHost(instance_id, medium, silent, now)
            plant.join(plant.rdbs[instance_id], now)
        plant.advance(now, feed.published(second))
        for rdb in plant.rdbs.values():
            rdb.tick(now)
    assert len(plant.rolls) == 5
    assert (plant.held, plant.unheld) == (feed.total, 0)


def test_a_live_rdb_that_is_asked_to_drain_for_the_night_rolls_and_drains_once_its_rows_are_persisted() -> (
    None
):
    plant: Tickerplant[Rdb] = Tickerplant(START, 100, 20)
    rdb = plant.rdbs["i-1"] = Rdb("i-1", Cluster("trades", SIZES["medium"], 60, 85), START)
    plant.join(rdb, START)
    plant.advance(START + timedelta(seconds=10), 50)
    plant.drain(rdb, START + timedelta(seconds=10))
    assert rdb.state is State.LIVE
    plant.end_day(START + timedelta(seconds=20), Random(0))
    plant.drain(rdb, START + timedelta(seconds=20), live_too=True)
    assert (rdb.state, rdb.rows, plant.live) == (State.ROLLED, 50, None)
    plant.advance(START + timedelta(seconds=50), 50)
    assert (rdb.state, rdb.rows, plant.unheld) == (State.DRAINED, 0, 0)
    assert plant.seconds_without_live == 0
    plant.advance(START + timedelta(seconds=60), 51)
    plant.advance(START + timedelta(seconds=70), 51)
    assert (plant.waiting, plant.seconds_without_live) == (1, 20)


def test_the_tickerplant_says_at_once_that_updates_wait_and_that_they_do_no_more() -> None:
    plant: Tickerplant[Rdb] = Tickerplant(START, 100, 20)
    said: list[int] = []
    reporter = WaitingReporter("trades", lambda report: said.append(report.waiting))
    reporter.tick(plant, START)
    plant.advance(START + timedelta(seconds=10), 50)
    reporter.tick(plant, START + timedelta(seconds=10))
    reporter.tick(plant, START + timedelta(seconds=20))
    rdb = plant.rdbs["i-1"] = Rdb("i-1", Cluster("trades", SIZES["medium"], 60, 85), START)
    plant.join(rdb, START + timedelta(seconds=30))
    reporter.tick(plant, START + timedelta(seconds=30))
    reporter.tick(plant, START + timedelta(seconds=330))
    assert said == [0, 50, 0, 0]
