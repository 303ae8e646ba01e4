"""The runway: the minutes until the RDB that fills is at its roll threshold."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.runway import runway_minutes
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import DEFAULTS, A, B, ago, drained, live, rdb, read, report, rolled

ROLL = DEFAULTS.roll_threshold


def filling(known: Rdb, percent: int) -> Rdb:
    """An RDB that filled by 20 % in the last ten minutes."""
    return msgspec.structs.replace(known, trail=(read(percent - 20, 11), read(percent, 1)))


@pytest.mark.parametrize(
    ("trail", "minutes"),
    [
        pytest.param((read(40, 11), read(60, 1)), 12.5, id="two percent a minute, 25 to go"),
        pytest.param((read(5, 11), read(5.2, 5), read(13.2, 1)), 35.9, id="it stood by before"),
        pytest.param((read(80, 11), read(90, 1)), 0.0, id="past the threshold"),
        pytest.param((read(60, 11), read(60, 1)), None, id="flat"),
        pytest.param((read(60, 11), read(50, 1)), None, id="falling"),
        pytest.param((read(60, 1),), None, id="one reading"),
        pytest.param((), None, id="nothing that rises"),
    ],
)
def test_the_runway_is_the_free_memory_over_the_slope_since_it_rises(
    trail: tuple[Reading, ...], minutes: float | None
) -> None:
    one = msgspec.structs.replace(live(), trail=trail)
    found = runway_minutes({A: one}, ROLL)
    assert found == (None if minutes is None else pytest.approx(minutes))


def test_the_least_runway_counts_and_only_of_those_that_take_data() -> None:
    counted = {A: filling(live(), 65), B: filling(rdb(report(State.STANDBY)), 45)}
    assert runway_minutes(counted, ROLL) == pytest.approx(10)
    for other in (rolled(), drained()):
        assert runway_minutes({A: filling(live(), 45), B: filling(other, 65)}, ROLL) == pytest.approx(20)


@pytest.mark.parametrize(("before", "minutes"), [(State.ROLLED, 20), (State.LIVE, 10)])
def test_one_whose_q_does_not_answer_fills_only_if_it_took_data_before(before: State, minutes: float) -> None:
    silent = rdb(report(State.UNKNOWN), unanswered=Unanswered(ago(2), before))
    counted = {A: filling(live(), 45), B: filling(silent, 65)}
    assert runway_minutes(counted, ROLL) == pytest.approx(minutes)


def test_the_runway_ends_at_the_clusters_own_roll_threshold() -> None:
    assert runway_minutes({A: filling(live(), 65)}, 75) == pytest.approx(5)


def test_what_it_read_from_the_log_at_once_is_no_part_of_the_slope() -> None:
    dead = (read(3.8, 5), read(51, 4), read(53, 3), read(55, 2), read(57, 1))
    over_minutes = (read(3.8, 5), read(30, 4), read(55, 3), read(57, 2), read(59, 1))
    for trail, minutes in ((dead, 14), (over_minutes, 13)):
        one = msgspec.structs.replace(live(), trail=trail)
        assert runway_minutes({A: one}, ROLL) == pytest.approx(minutes)


def test_a_rise_that_has_just_begun_counts_until_more_is_known() -> None:
    for trail in ((read(3.8, 2), read(51, 1)), (read(3.8, 3), read(51, 2), read(51, 1))):
        one = msgspec.structs.replace(live(), trail=trail)
        assert runway_minutes({A: one}, ROLL) is not None


def test_a_burst_counts_by_its_newest_minute() -> None:
    burst = msgspec.structs.replace(
        live(), trail=(read(5, 5), read(15, 4), read(30, 3), read(50, 2), read(70, 1))
    )
    assert runway_minutes({A: burst}, ROLL) == pytest.approx(0.75)


def test_there_is_no_runway_without_anybody_that_fills() -> None:
    assert runway_minutes({}, ROLL) is None
