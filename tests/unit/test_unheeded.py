"""A report that its clock keeps from counting, after a `drained`: q may hold rows again, and stays."""

from datetime import datetime

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.clocks import with_ahead
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.stand_in import mended
from chalicelib.core.facts.wake_ups import Ahead, Verdict
from tests.unit.builders import EMPTY, NOW, A, B, ago, cluster, decision, drained, leaving, live, report

HELD = Verdict(holds=True, why="STS vouches for it")


def test_a_drained_is_in_doubt_once_a_later_report_is_refused_for_its_clock() -> None:
    ledger, group = cluster({A: drained(3), B: live()})
    refused = with_ahead(ledger, [(Ahead(A, 75), ago(2)), (Ahead(B, 75), ago(2))])
    assert leaving(decision((ledger, group))) == (A,)
    assert leaving(decision((refused, group))) == ()
    assert refused.rdbs[B].unheeded_at is None
    again = report(State.DRAINED, 5, 1)
    proven, _ = with_report(refused, again, again.sent_at, HELD)
    assert leaving(decision((proven, group))) == (A,)


@pytest.mark.parametrize(("takes_back", "unheeded"), [(9, NOW), (12, NOW), (8, None), (None, None)])
def test_a_drained_is_in_doubt_once_a_report_of_a_clock_set_back_takes_it_back(
    takes_back: int | None, unheeded: datetime | None
) -> None:
    ledger, _ = with_report(EMPTY, report(State.DRAINED, 5, sequence=9), ago(1), HELD)
    again = msgspec.structs.replace(report(State.STANDBY, 4, sequence=3), takes_back=takes_back)
    after, note = with_report(ledger, again, NOW)
    assert note == f"sequence: 3 of {A} is not after 9"
    assert after.rdbs[A].unheeded_at == unheeded
    assert after.rdbs[A].drained


@pytest.mark.parametrize(("meanwhile", "unheeded"), [(live(), ago(1)), (drained(), None)])
def test_a_drained_of_the_ledger_that_is_mended_is_in_doubt_by_what_was_said_meanwhile(
    meanwhile: Rdb, unheeded: datetime | None
) -> None:
    """The clock of the host was set back, so that the later word has the lower sequence."""
    assert meanwhile.report
    behind = msgspec.structs.replace(meanwhile, report=msgspec.structs.replace(meanwhile.report, sequence=1))
    old, new = cluster({A: drained(5)})[0], cluster({A: behind})[0]
    found = mended(old, msgspec.structs.replace(new, stands_in="the ledger cannot be decoded"))
    assert (found.rdbs[A].drained, found.rdbs[A].unheeded_at) == (True, unheeded)
