"""The truth about room: who can take data now, or will soon, whatever anybody reports."""

from chalicelib.contract.report import State
from twin.fuzz.faulty import FaultyRdb


def takes_more(rdb: FaultyRdb, scale: float) -> bool:
    """Tell if an RDB takes or can take updates and is below the scale threshold, in percent."""
    ready = rdb.state in (State.LIVE, State.STANDBY) and not rdb.hung
    return ready and rdb.terminated_at is None and rdb.percent < scale


def comes(rdb: FaultyRdb) -> bool:
    """Tell if an RDB boots and will get ready."""
    return rdb.state is State.BOOTING and rdb.boots and rdb.terminated_at is None
