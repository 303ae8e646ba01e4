"""A put-back that AWS did not answer may have worked: it is believed for a while, then looked for."""

import msgspec
import pytest

from chalicelib.core.alerts.failed_raises import after_failed_raise
from chalicelib.core.capacity.undone import with_causes
from chalicelib.core.facts.ledger import Asked
from tests.unit.builders import NOW, A, B, ago, cluster, due, launching, live, planned
from tests.unit.test_undone import STARTED, change


@pytest.mark.parametrize(("seconds", "again"), [(119, 6), (120, None)])
def test_a_write_that_was_not_answered_is_no_proof_that_it_is_there_again(
    seconds: int, again: int | None
) -> None:
    asked = Asked(6, ago(seconds=seconds), version=3, undid=6)
    rdbs = {A: live(), B: live()}
    ledger, _ = planned(cluster(rdbs, desired=6, asked=asked))
    assert ledger.asked is not None
    later = msgspec.structs.replace(ledger.asked, at=ago(3))
    assert due(cluster(rdbs, desired=2, asked=later)).target == again


@pytest.mark.parametrize(
    ("causes", "looked", "undid"),
    [
        (STARTED, False, 5),
        (change(2, 5, 60) + STARTED, True, 0),
        (change(2, 6, 59) + change(6, 5, 60) + STARTED, True, 6),
    ],
)
def test_a_put_back_that_was_not_answered_is_looked_for_too(causes: str, looked: bool, undid: int) -> None:
    before = Asked(2, ago(3), version=3, looked=True, undid=5)
    ledger, made = planned(cluster({A: live(), B: launching()}, asked=before))
    assert made.target == 5
    _, ledger = after_failed_raise(
        made, ledger, msgspec.structs.replace(ledger, asked=before), "no answer", refused=False
    )
    found = with_causes(ledger, [causes], NOW).asked
    assert found
    assert (found.looked, found.undid) == (looked, undid)
