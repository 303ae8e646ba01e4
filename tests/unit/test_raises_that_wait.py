"""When a raise waits: for a newer reading, and for a release that Describe does not show yet (rule 4)."""

import msgspec
import pytest

from tests.unit.builders import (
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    drained,
    due,
    gone,
    launching,
    live,
    rdb,
    read,
    rolled,
)


def test_no_host_is_asked_for_below_a_describe_that_does_not_show_a_release_yet() -> None:
    found = due(cluster({A: live(70), B: gone(1)}))
    assert (found.target, found.code) == (None, "waiting")


@pytest.mark.parametrize(
    ("read_at", "first", "wanted", "code"),
    [
        pytest.param(3, 2, None, "waiting", id="read before the other first drained"),
        pytest.param(1, 2, 3, "raise", id="read after the other first drained"),
        pytest.param(2, 2, None, "waiting", id="read in the minute in which the other first drained"),
        pytest.param(6, 4.99, None, "waiting", id="just under five minutes of waiting"),
        pytest.param(6, 5, 3, "raise", id="five minutes of waiting are over"),
    ],
)
def test_a_full_reading_from_before_anothers_first_drained_is_not_acted_on_for_five_minutes(
    read_at: float, first: float, wanted: int | None, code: str
) -> None:
    found = due(cluster({A: live(70, read_at), B: drained(0.5, first)}))
    assert (found.target, found.code) == (wanted, code)


def test_one_that_needs_no_wait_does_not_hide_another_that_does() -> None:
    known = cluster({A: drained(0.5, 2), B: live(60, 3), C: rolled()})
    assert due(known).code == "waiting"


def test_the_wait_names_whom_it_waits_for() -> None:
    assert due(cluster({A: live(70, 3), B: drained(0.5, 2)})).reason.startswith(
        f"{A} was read before another drained at 2026-11-23T11:58:00Z"
    )


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(cluster({A: drained(0.5, 2)}), id="only its own drain"),
        pytest.param(
            cluster({A: rdb(metric=read(95, 3), seen=60, peak=read(95, 3))}), id="nobody drained at all"
        ),
        pytest.param(cluster({A: launching(11), B: drained(0.5, 2)}), id="the other is pending"),
        pytest.param(
            cluster({A: live(40, 16), B: drained(0.5, 2)}), id="the other's old reading is not full"
        ),
        pytest.param(cluster({A: drained(3, 3), B: drained(0.5, 2)}), id="both are drained"),
    ],
)
def test_nothing_else_makes_a_raise_wait(known: Facts) -> None:
    assert due(known).code == "raise"


def test_the_wait_counts_from_the_latest_of_several_drains() -> None:
    known = cluster({A: live(70, 3), B: drained(0.5, 20), C: drained(0.5, 2)})
    assert due(known).code == "waiting"


def test_the_drain_of_an_rdb_that_has_left_still_makes_the_raise_wait() -> None:
    leaver = msgspec.structs.replace(drained(1, 2), member=None, released_at=ago(1))
    assert due(cluster({A: live(70, 3), B: leaver})).code == "waiting"
