"""An operator's floor in a retiring cluster is met once, whatever becomes of the function that took it."""

from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.core.alerts.failed_raises import after_failed_raise
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.ledger import Floor, Ledger
from chalicelib.core.facts.situation import situation_of
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.builders import NOW, A, ago, cluster, live

ANN = SetFloor("c1", "ann", NOW, 3, ago(-120))
TAGS = {"highwater:retiring": "yes"}
LEDGER, GROUP = cluster({A: live(30)})


def retiring(ledger: Ledger, now: datetime, *commands: SetFloor, desired: int = 1, most: int = 10) -> Decided:
    group = msgspec.structs.replace(GROUP, tags={**GROUP.tags, **TAGS}, desired=desired, max_size=most)
    return decide(situation_of(ledger, Choice(group), now), commands)


def test_it_is_raised_again_if_the_function_dies_before_the_write() -> None:
    found = retiring(LEDGER, NOW, ANN)
    assert found.decision.target == 3
    for minute in (0.5, 1):
        found = retiring(found.ledger, NOW + minute * timedelta(minutes=1))
        assert found.decision.target is None
    assert retiring(found.ledger, ago(-2)).decision.target == 3


def test_it_is_raised_again_if_aws_refuses_it() -> None:
    found = retiring(LEDGER, NOW, ANN)
    _, ledger = after_failed_raise(found.decision, found.ledger, LEDGER, "no", refused=True)
    assert retiring(ledger, ago(-1)).decision.target == 3


@pytest.mark.parametrize(("desired", "most"), [(3, 10), (2, 2)])
def test_it_is_over_once_the_group_shows_it_so_that_nobody_is_launched_again(desired: int, most: int) -> None:
    ledger = msgspec.structs.replace(LEDGER, floor=Floor(3, "ann", ago(-120)), desired=desired)
    found = retiring(ledger, NOW, desired=desired, most=most)
    assert (found.ledger.floor, found.decision.target) == (None, None)
    assert retiring(found.ledger, ago(-5), desired=1, most=most).decision.target is None
