"""What follows the commit of a decision: what became of it is kept, recorded and told (rule 8)."""

import msgspec
import pytest

from chalicelib.adapters.clients import Outcome
from chalicelib.core.facts.wake_ups import SetFloor, WakeUp
from tests.unit.builders import NOW, A, B, cluster, live
from tests.unit.controllers import Aws

REFUSED = Outcome(False, "SetDesiredCapacity trades-rdb 5 failed: AccessDenied", refused=True)
FLOOR = WakeUp("trades", "operator", NOW, "ann", command=SetFloor("c1", "ann", NOW, 5))
SWEEP = WakeUp("trades", "sweep", NOW, "sweep")


def reconciled(aws: Aws, wake_up: WakeUp = FLOOR) -> Aws:
    aws.controller().reconcile("trades", [wake_up])
    return aws


def test_a_raise_that_aws_refuses_is_in_the_ledger_when_it_is_told_and_in_the_outcome() -> None:
    aws = reconciled(Aws(cluster({A: live(30)}), answer=REFUSED))
    assert aws.told == ["raise"]
    assert aws.kept.ledger.alerts["raise"].told == NOW
    assert [said.outcome[0] for said in aws.kept.outcomes] == [REFUSED.text]


def test_what_acting_found_is_not_told_where_another_writer_was_first_since_that_one_tells() -> None:
    aws = Aws(cluster({A: live(30)}), answer=REFUSED)
    aws.kept.loses = {1}
    assert reconciled(aws).told == []
    assert len(aws.kept.written) == 2


def test_a_ledger_that_cannot_be_written_after_acting_is_told_all_the_same_and_is_in_the_outcome() -> None:
    aws = Aws(cluster({A: live(30)}), answer=REFUSED)
    aws.kept.refuses = {1}
    assert reconciled(aws).told == ["raise"]
    assert len(aws.kept.written) == 2
    assert aws.kept.outcomes[0].outcome[-1] == "PutItem failed: no"


def test_a_write_that_fails_is_in_the_outcome_though_every_call_was_answered_as_it_was_meant() -> None:
    for refuses, last in ((set[int](), []), ({1}, ["PutItem failed: no"])):
        aws = Aws(cluster({A: live(30), B: live(30, minutes=100)}))
        aws.kept.refuses = refuses
        assert reconciled(aws, SWEEP).told == [f"silent {B}"]
        assert [said.outcome[-1] for said in aws.kept.outcomes] == last


@pytest.mark.parametrize("owed", [False, True])
def test_where_nothing_is_new_only_what_stood_in_for_the_ledger_is_written(owed: bool) -> None:
    aws = reconciled(Aws(cluster({A: live(30)})), SWEEP)
    calm = aws.kept.ledger
    aws.kept.owed = owed
    reconciled(aws, SWEEP)
    assert (aws.kept.ledger == calm) is not owed
    assert msgspec.structs.replace(aws.kept.ledger, version=calm.version) == calm
