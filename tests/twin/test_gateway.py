"""The gateway that is played, and who judges its answers."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from chalicelib.contract.report import State
from highwater.market.gateway import Gap, Held, Told, Window, count
from highwater.market.rdb import SIZES, Cluster, Rdb
from highwater.market.tickerplant import Tickerplant
from twin.processes.asking import Answers
from twin.processes.gateway import Gateway
from twin.q.player import QPlayer

SETTINGS = Cluster("trades", SIZES["xlarge"], 40, 85)
LIVE, ROLLED, DRAINED, BOOTING = State.LIVE, State.ROLLED, State.DRAINED, State.BOOTING
WINDOWS = [Window("i-0", 0, 3), Window("i-1", 3, 5), Window("i-2", 5, None)]
ALL = {"i-0": Held(ROLLED, 0, 3, 3), "i-1": Held(ROLLED, 3, 5, 2), "i-2": Held(LIVE, 5, 7, 2)}


def test_all_rows_are_counted_if_the_answers_tile_what_is_not_persisted() -> None:
    assert count(Told(WINDOWS, 7, 0), ALL) == 7
    dropped = {"i-0": Held(DRAINED, 3, 3, 0)}
    assert count(Told(WINDOWS, 7, 3), ALL | dropped) == 4
    assert count(Told(WINDOWS, 7, 5), {"i-2": ALL["i-2"]}) == 2
    # Persisted, and not dropped yet.
    assert count(Told(WINDOWS, 7, 5), ALL) == 7


@pytest.mark.parametrize(
    ("answers", "persisted", "words"),
    [
        ({"i-0": None}, 0, "gap: updates 1 to 3: i-0 is not connected"),
        ({"i-0": None, "i-1": None}, 0, "gap: updates 1 to 5: i-0 is not connected, i-1 is not connected"),
        ({"i-1": Held(ROLLED, 4, 5, 1)}, 3, "gap: updates 4 to 4: i-1 does not hold all of them, rolled"),
        ({"i-1": Held(BOOTING, 0, 0, 0)}, 4, "gap: updates 4 to 5: i-1 does not hold all of them, booting"),
        ({"i-2": Held(LIVE, 5, 6, 1)}, 6, "gap: updates 7 to 7: i-2 does not hold all of them, live"),
        ({"i-2": Held(ROLLED, 5, 7, 2)}, 0, "gap: updates after 7: i-2 is rolled"),
        ({"i-1": Held(ROLLED, 2, 5, 3)}, 7, "two RDBs hold updates after 2"),
    ],
)
def test_what_no_answer_is_of_is_named_with_who_should_have_it(
    answers: dict[str, Held | None], persisted: int, words: str
) -> None:
    heard = {name: held for name, held in (ALL | answers).items() if held is not None}
    with pytest.raises(Gap) as gap:
        count(Told(WINDOWS, 7, persisted), heard)
    assert str(gap.value) == words


def test_updates_that_nobody_has_taken_are_a_gap() -> None:
    windows = [*WINDOWS[:2], Window("", 5, None)]
    with pytest.raises(Gap, match=r"^gap: updates 6 to 7: no RDB has them yet$"):
        count(Told(windows, 7, 0), {name: ALL[name] for name in ("i-0", "i-1")})


def test_the_gateway_asks_each_q_over_ipc_and_names_the_one_that_is_gone() -> None:
    def status(state: str, first: int, last: int) -> dict[str, object]:
        indices = {"first_index": first, "last_index": last}
        return {"state": state, "rows": last - first, **indices, "heap": 0}

    gateway = Gateway()
    with (
        QPlayer({".highwater.status[]": lambda: status("rolled", 0, 3)}) as first,
        QPlayer({".highwater.status[]": lambda: status("live", 3, 5)}) as second,
    ):
        windows: list[tuple[str, int, int, int | None]] = [
            ("i-0", first.port, 0, 3),
            ("i-1", second.port, 3, None),
        ]
        assert gateway.answer(windows, 5, 0) == 5
        first.kill()
        assert gateway.answer(windows, 5, 0) == "gap: updates 1 to 3: i-0 is not connected"
        assert gateway.answer(windows, 5, 3) == 2


def test_a_q_that_ended_and_came_back_between_two_questions_is_no_gap() -> None:
    says = {"state": "live", "rows": 3, "first_index": 0, "last_index": 3, "heap": 0}
    gateway = Gateway()
    with QPlayer({".highwater.status[]": lambda: says}) as q:
        assert gateway.answer([("i-0", q.port, 0, None)], 3, 0) == 3
        q.kill()
        q.start()
        assert gateway.answer([("i-0", q.port, 0, None)], 3, 0) == 3


@pytest.mark.parametrize(
    ("answer", "held", "wrong"),
    [
        (7, 7, []),
        (6, 7, ["the gateway counted 6 rows of 7"]),
        ("gap: updates 1 to 3: i-0 is not connected", 4, []),
        # Nothing is missing: then there is no gap.
        (
            "gap: updates 1 to 3: x",
            7,
            ["the gateway answered, while RDBs held 7 of 7: gap: updates 1 to 3: x"],
        ),
        ("rank", 4, ["the gateway answered, while RDBs held 4 of 7: rank"]),
    ],
)
def test_an_answer_is_the_count_or_names_a_gap_that_there_is(
    answer: int | str, held: int, wrong: list[str]
) -> None:
    answers = Answers()
    answers.judge(answer, 7, held)
    assert answers.wrong == wrong
    assert (answers.asked, answers.right, len(answers.gaps)) == (1, answer == 7, isinstance(answer, str))


def test_what_is_persisted_counts_as_dropped_once_no_rdb_holds_it() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    tickerplant = Tickerplant[Rdb](now, 1e9, 60)
    rdbs = [Rdb(f"i-{at}", SETTINGS, now) for at in range(2)]
    for rdb in rdbs:
        tickerplant.rdbs[rdb.instance_id] = rdb
        tickerplant.join(rdb, now)
    tickerplant.advance(now + timedelta(seconds=1), 30)
    tickerplant.roll(now + timedelta(seconds=1))
    tickerplant.advance(now + timedelta(seconds=2), 50)
    assert tickerplant.windows == [Window("i-0", 0, 30), Window("i-1", 30, None)]
    tickerplant.end_day(now + timedelta(seconds=2), Random(1))
    assert (tickerplant.day_end, tickerplant.dropped) == (50, 0)
    tickerplant.persist(rdbs[0], 50, now + timedelta(seconds=3))
    tickerplant.advance(now + timedelta(seconds=3), 55)
    assert (tickerplant.dropped, tickerplant.held) == (30, 25)
    tickerplant.advance(now + timedelta(seconds=70), 56)
    assert (tickerplant.dropped, tickerplant.held) == (50, 6)
