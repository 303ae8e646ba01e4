"""The trail of an RDB: its readings of the last minutes, by which its rise is seen (rule 1)."""

from datetime import timedelta
from typing import assert_never

from chalicelib.contract.report import Report, State
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb, Reading

# Percentage points by which memory moves without any data coming in.
NOISE = 0.5
METRIC_COMES = timedelta(minutes=3)
KEPT, MOST = timedelta(minutes=16), 20
# A report that only repeats comes later than this: what is read again from the log is read by then.
READ_AGAIN = timedelta(minutes=4)


def rising(trail: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Return a trail of metrics if it rises, else nothing: CloudWatch has it again at the next look."""
    return trail if trail and trail[-1].percent - min(r.percent for r in trail) >= NOISE else ()


def trail_after(known: Rdb, reading: Reading) -> tuple[Reading, ...]:
    """Return the trail of an RDB after a report, which counts only where no metric comes.

    CloudWatch names a reading by its minute, a report by its second: together they would show slopes that
    nothing has.
    """
    if known.metric and reading.at - known.metric.at < METRIC_COMES:
        return known.trail
    kept = [r for r in known.trail if reading.at - r.at < KEPT and r.at < reading.at]
    return (*kept, reading)[-MOST:]


def rereads_after(ledger: Ledger, known: Rdb, report: Report) -> bool:
    """Return whether an RDB holds or reads again what was taken before, once a report came.

    One that begins anew does, and one that goes on with the window of another that died: until its index is
    as far as any other's, or until it says again that it is live. What has rolled and reads its window again
    takes nothing new.
    """
    match report.state:
        case State.BOOTING:
            return known.was_ready
        case State.LIVE:
            if known.was_live and (not known.rereads or _repeats(known, report)):
                return False
            indices = (rdb.report.last_index for rdb in ledger.rdbs.values() if rdb.report)
            newest = max(filter(None, indices), default=0)
            return report.last_index is not None and report.last_index < newest
        case State.STANDBY | State.DRAINED:
            return False
        case State.ROLLED | State.UNKNOWN:
            return known.rereads
        case _:
            assert_never(report.state)


def _repeats(known: Rdb, report: Report) -> bool:
    return known.said_at is not None and report.sent_at - known.said_at >= READ_AGAIN
