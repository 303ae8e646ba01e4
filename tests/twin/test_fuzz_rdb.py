"""The harness's RDB, whose q hangs and whose saves fail."""

from chalicelib.contract.report import Report, State
from highwater.market.host import Outbox
from highwater.market.rdb import Cluster, Size
from twin.fuzz.account import START
from twin.fuzz.faulty import FaultyRdb


def test_what_q_should_have_persisted_while_it_hung_or_failed_to_is_made_up_for() -> None:
    cluster = Cluster("trades", Size(0, 1000, 1, 0), 60, 85)
    said: list[Report] = []
    rdb = FaultyRdb("i-00000001", cluster, Outbox(said.append, lambda *_: None), START)
    rdb.join(START)
    rdb.go_live(0, START)
    rdb.take(2000, START)
    rdb.hung = True
    rdb.persisted(2000, START)
    assert (rdb.rows, rdb.state) == (851, State.ROLLED)
    assert rdb.said(START).state is State.UNKNOWN
    rdb.persisted(rdb.recover(), START)
    assert (rdb.rows, rdb.state) == (0, State.DRAINED)


def test_an_rdb_whose_save_failed_says_that_it_is_drained_and_has_rows() -> None:
    said: list[Report] = []
    cluster = Cluster("trades", Size(0, 1000, 1, 0), 60, 85)
    rdb = FaultyRdb("i-00000001", cluster, Outbox(said.append, lambda *_: None), START)
    rdb.replay(0, 10, START)
    rdb.fail_to_drain(START)
    assert (said[-1].state, said[-1].rows) == (State.DRAINED, 10)
    rdb.persisted(10, START)
    assert rdb.rows == 10
    rdb.persisted(rdb.recover(), START)
    assert rdb.rows == 0
