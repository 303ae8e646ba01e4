"""Facts are folded into the ledger so that lost, late, doubled and reordered ones do no harm."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.cluster import (
    Group,
    Ledger,
    Member,
    Rdb,
    Reading,
    Samples,
    with_group,
    with_report,
    with_reports,
    with_samples,
    without_old_commands,
)
from chalicelib.contracts import Report, State
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    PENDING,
    TERMINATING,
    A,
    B,
    ago,
    cluster,
    drained,
    facts,
    live,
    minutes_ago,
    percents,
    rdb,
    read,
    readings,
    report,
)

EMPTY = Ledger(cluster="trades")

deliveries = st.lists(
    st.builds(
        lambda instance_id, state, percent, sequence: (
            report(state, percent, 30 - sequence / 60, instance_id, sequence),
            ago(29.9 - sequence / 60),
        ),
        st.sampled_from([A, B]),
        st.sampled_from(State),
        percents,
        st.integers(1, 1000),
    ),
    max_size=8,
    unique_by=lambda pair: (pair[0].instance_id, pair[0].sequence),
)


@settings(deadline=None)
@given(deliveries.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_reports_does_not_matter_for_the_folded_ledger(
    both: tuple[list[tuple[Report, object]], list[tuple[Report, object]]],
) -> None:
    sent, shuffled = (msgspec.convert(pairs, list[tuple[Report, type(NOW)]]) for pairs in both)
    assert with_reports(EMPTY, sent) == with_reports(EMPTY, shuffled)


@settings(deadline=None)
@given(deliveries, st.integers(0, 7), st.integers(0, 30))
def test_folding_a_doubled_or_older_report_changes_nothing_but_the_note(
    pairs: list[tuple[Report, object]], which: int, late: int
) -> None:
    sent = msgspec.convert(pairs, list[tuple[Report, type(NOW)]])
    ledger, ignored = with_reports(EMPTY, sent)
    assert ignored == ()
    if not sent:
        return
    again, _ = sent[which % len(sent)]
    folded, note = with_report(ledger, again, NOW + timedelta(minutes=late))
    assert folded == ledger
    assert note is not None
    assert note.startswith(f"sequence: {again.sequence} of {again.instance_id} is not after ")
