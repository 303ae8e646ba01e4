"""An RDB's memory in CloudWatch is folded into the ledger: the newest and the highest."""

import msgspec

from chalicelib.core.facts.folding import with_samples
from chalicelib.core.facts.rdb import Samples
from tests.unit.builders import A, B, C, cluster, live, rdb, read, report


def test_the_earlier_reading_that_the_runway_needs_is_kept_with_the_newest() -> None:
    ledger, _ = cluster({A: live(30)})
    seen = Samples(newest=read(40, 1), highest=read(40, 1), earlier=read(20, 9))
    known = with_samples(ledger, {A: seen}).rdbs[A]
    assert (known.metric, known.earlier) == (read(40, 1), read(20, 9))


def test_of_two_equally_high_readings_the_later_is_remembered() -> None:
    ledger, _ = cluster({A: rdb(report(), peak=read(90, 9))})
    seen = Samples(newest=read(10, 1), highest=read(90, 3))
    assert with_samples(ledger, {A: seen}).rdbs[A].peak == read(90, 3)


def test_an_rdb_without_new_samples_keeps_its_last_known_ones() -> None:
    ledger, _ = cluster({A: rdb(report(), metric=read(40), peak=read(50)), B: live(30)})
    after = with_samples(ledger, {B: Samples(read(31, 0), read(45, 9))})
    assert after.rdbs[A] == ledger.rdbs[A]
    assert (after.rdbs[B].metric, after.rdbs[B].peak) == (read(31, 0), read(45, 9))


def test_samples_of_a_host_that_nobody_knows_are_ignored() -> None:
    ledger, _ = cluster({A: live(30)})
    assert with_samples(ledger, {C: Samples(read(1), read(1))}) == ledger


def test_a_host_that_is_measured_alone_is_unheard_where_others_of_its_group_report() -> None:
    ledger, _ = cluster({A: live(30), B: rdb()})
    seen = {B: Samples(read(4), read(4))}
    assert with_samples(ledger, seen).rdbs[B].unheard
    assert not with_samples(ledger.with_rdb(B, report=report()), seen).rdbs[B].unheard
    assert not with_samples(ledger.with_rdb(A, report=None, received_at=None), seen).rdbs[B].unheard
    assert not with_samples(ledger.with_rdb(A, member=None), seen).rdbs[B].unheard


def test_one_that_rolled_by_its_metric_has_rolled_until_a_newer_reading_has_the_other_name() -> None:
    known = msgspec.structs.replace(rdb(report(), metric=read(86, 2)), rested=True)
    ledger, _ = cluster({A: known})
    for minutes, rested in ((3, True), (2, True), (1, False)):
        seen = Samples(read(86, minutes), read(86, minutes))
        assert with_samples(ledger, {A: seen}).rdbs[A].rested is rested
