"""Facts are folded into the ledger so that lost, late, doubled and reordered ones do no harm."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.cluster import Group, Ledger, Member, Rdb, Reading, Samples
from chalicelib.contracts import Report, State, Verdict
from chalicelib.folding import (
    with_dead,
    with_group,
    with_report,
    with_reports,
    with_samples,
    without_old_commands,
)
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    PENDING,
    TERMINATING,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    facts,
    live,
    percents,
    rdb,
    rdbs,
    read,
    readings,
    report,
)

Delivery = tuple[Report, datetime, Verdict]
HELD = Verdict(holds=True, why="held")
FAILED = Verdict(holds=False, why="its age is 16 minutes")
EMPTY = Ledger(cluster="trades")


def delivery(instance_id: str, state: State, percent: int, sequence: int) -> Delivery:
    """A report sent in the order of its sequence and received six seconds later."""
    return report(state, percent, 30 - sequence / 60, instance_id, sequence), ago(29.9 - sequence / 60), HELD


deliveries = st.lists(
    st.builds(delivery, st.sampled_from([A, B]), st.sampled_from(State), percents, st.integers(1, 1000)),
    min_size=1,
    max_size=8,
    unique_by=lambda pair: (pair[0].instance_id, pair[0].sequence),
)
shuffled = deliveries.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))


@settings(deadline=None)
@given(shuffled)
def test_the_order_of_reports_does_not_matter_for_the_folded_ledger(
    orders: tuple[list[Delivery], list[Delivery]],
) -> None:
    in_order, out_of_order = orders
    assert with_reports(EMPTY, in_order) == with_reports(EMPTY, out_of_order)


@settings(deadline=None)
@given(shuffled)
def test_whatever_the_order_of_their_delivery_the_newest_report_of_each_rdb_stands(
    orders: tuple[list[Delivery], list[Delivery]],
) -> None:
    ledger = EMPTY
    for said, received_at, verdict in orders[1]:
        ledger, _ = with_report(ledger, said, received_at, verdict)
    newest = {said.instance_id: said for said, *_ in sorted(orders[0], key=lambda pair: pair[0].sequence)}
    assert {i: known.report for i, known in ledger.rdbs.items()} == newest


@settings(deadline=None)
@given(deliveries, st.integers(0, 7), st.integers(0, 30))
def test_folding_a_doubled_or_older_report_changes_nothing_but_the_note(
    sent: list[Delivery], which: int, late: int
) -> None:
    ledger, ignored = with_reports(EMPTY, sent)
    assert ignored == ()
    again, *_ = sent[which % len(sent)]
    folded, note = with_report(ledger, again, NOW + timedelta(minutes=late))
    assert folded == ledger
    assert note is not None
    assert note.startswith(f"sequence: {again.sequence} of {again.instance_id} is not after ")


@settings(deadline=None)
@given(deliveries)
def test_a_batch_delivered_twice_folds_as_if_delivered_once(sent: list[Delivery]) -> None:
    once, _ = with_reports(EMPTY, sent)
    twice, notes = with_reports(once, sent)
    assert twice == once
    assert len(notes) == len(sent)
    assert with_reports(EMPTY, [*sent, *sent])[0] == once


@settings(deadline=None)
@given(deliveries, st.dictionaries(st.sampled_from([A, B]), readings))
def test_the_highest_reading_is_never_forgotten(sent: list[Delivery], highest: dict[str, Reading]) -> None:
    ledger, _ = with_reports(EMPTY, sent)
    seen = {i: Samples(newest=read(1, 0), highest=top, lowest=1.0) for i, top in highest.items()}
    after = with_samples(ledger, seen)
    for instance_id, known in after.rdbs.items():
        reported = [said.memory_used for said, *_ in sent if said.instance_id == instance_id]
        measured = [highest[instance_id].percent] if instance_id in highest else []
        assert known.peak is not None
        assert known.peak.percent == max([*reported, *measured])


def test_an_older_report_is_named_with_the_one_that_stands() -> None:
    ledger, _ = with_report(EMPTY, report(sequence=9), NOW)
    assert with_report(ledger, report(sequence=8), NOW) == (ledger, f"sequence: 8 of {A} is not after 9")


def test_a_report_of_one_rdb_leaves_the_others_alone() -> None:
    ledger, _ = cluster({A: live(30), B: drained()})
    after, _ = with_report(ledger, report(instance_id=A, minutes=0), NOW)
    assert after.rdbs[B] == ledger.rdbs[B]
    assert after.rdbs[A].report == report(instance_id=A, minutes=0)


def test_a_host_that_reports_before_describe_shows_it_is_kept_from_then_on() -> None:
    ledger, note = with_report(EMPTY, report(State.BOOTING, 2), NOW)
    assert note is None
    assert (ledger.rdbs[A].first_seen, ledger.rdbs[A].member) == (NOW, None)


@pytest.mark.parametrize(
    ("states", "first"),
    [
        ([State.DRAINED], 0),
        ([State.ROLLED, State.DRAINED, State.DRAINED, State.DRAINED], 1),
        ([State.DRAINED, State.STANDBY], None),
        ([State.DRAINED, State.STANDBY, State.DRAINED], 2),
        ([State.LIVE, State.ROLLED], None),
    ],
)
def test_the_first_drained_report_is_remembered_while_the_rdb_stays_drained(
    states: list[State], first: int | None
) -> None:
    ledger = EMPTY
    for number, state in enumerate(states):
        ledger, _ = with_report(ledger, report(state, 5, 20 - number), ago(20 - number), HELD)
    assert ledger.rdbs[A].first_drained_at == (None if first is None else ago(20 - first))


@pytest.mark.parametrize(
    ("sent", "received", "counts"), [(5, 4, 5), (4, 5, 5)], ids=["a slow delivery", "a fast clock"]
)
def test_a_drain_began_when_it_was_sent_but_not_after_it_was_received(
    sent: int, received: int, counts: int
) -> None:
    ledger, _ = with_report(EMPTY, report(State.DRAINED, 5, sent), ago(received), HELD)
    assert ledger.rdbs[A].first_drained_at == ago(counts)


@pytest.mark.parametrize(
    ("verdict", "proven", "unproven"),
    [(HELD, True, ""), (FAILED, False, "its age is 16 minutes"), (None, False, "")],
)
def test_a_drained_report_is_proven_by_its_verdict_alone(
    verdict: Verdict | None, proven: bool, unproven: str
) -> None:
    said = report(State.DRAINED, 5)
    known = with_report(EMPTY, said, NOW, verdict)[0].rdbs[A]
    assert (known.proven == said.sequence, known.unproven) == (proven, unproven)
    assert (known.first_drained_at is not None) is proven


def test_a_newer_drained_without_a_proof_does_not_displace_a_proven_one() -> None:
    ledger, _ = with_report(EMPTY, report(State.DRAINED, 5, 2), ago(2), HELD)
    after, note = with_report(ledger, report(State.DRAINED, 5, 1), ago(1), FAILED)
    assert after == ledger
    assert note is not None
    assert note.endswith("after a proven drained: its age is 16 minutes")
    bare, note = with_report(ledger, report(State.DRAINED, 5, 1), ago(1))
    assert bare == ledger
    assert str(note).endswith("after a proven drained: none came with it")


def test_a_newer_report_of_another_state_leaves_the_proof_with_the_older_one() -> None:
    ledger, _ = with_report(EMPTY, report(State.DRAINED, 5, 2), ago(2), HELD)
    after, _ = with_report(ledger, report(State.LIVE, 5, 1), ago(1))
    known = after.rdbs[A]
    assert known.report is not None
    assert known.proven is not None
    assert known.proven < known.report.sequence


def test_a_batch_folds_each_report_with_its_own_verdict_and_says_which_it_ignored() -> None:
    said, again = report(State.DRAINED, 5), report(State.DRAINED, 5, instance_id=B)
    ledger, notes = with_reports(EMPTY, [(said, NOW, HELD), (again, NOW, FAILED), (said, NOW, HELD)])
    assert (ledger.rdbs[A].proven, ledger.rdbs[B].proven) == (said.sequence, None)
    assert notes == (f"sequence: {said.sequence} of {A} is not after {said.sequence}",)


def test_the_earlier_reading_that_the_runway_needs_is_kept_with_the_newest() -> None:
    ledger, _ = cluster({A: live(30)})
    seen = Samples(newest=read(40, 1), highest=read(40, 1), lowest=20.0, earlier=read(20, 9))
    known = with_samples(ledger, {A: seen}).rdbs[A]
    assert (known.metric, known.earlier, known.idle) == (read(40, 1), read(20, 9), 20.0)


def test_of_two_equally_high_readings_the_later_is_remembered() -> None:
    ledger, _ = cluster({A: rdb(report(), peak=read(90, 9))})
    seen = Samples(newest=read(10, 1), highest=read(90, 3), lowest=10.0)
    assert with_samples(ledger, {A: seen}).rdbs[A].peak == read(90, 3)


def test_the_dead_are_remembered_since_when_and_nobody_else_is_touched() -> None:
    ledger, _ = cluster({A: live(30), B: live(30)})
    after = with_dead(ledger, [B, "i-0000000000000dead"], NOW)
    assert after == msgspec.structs.replace(
        ledger, rdbs={A: ledger.rdbs[A], B: msgspec.structs.replace(ledger.rdbs[B], dead_at=NOW)}
    )


def test_a_verdict_on_anything_but_drained_proves_nothing() -> None:
    assert with_report(EMPTY, report(State.ROLLED, 5), NOW, HELD)[0].rdbs[A].proven is None


# Readings.


@pytest.mark.parametrize(
    ("said", "metric", "expected"),
    [
        pytest.param(None, None, None, id="nothing known"),
        pytest.param(None, read(40, 3), read(40, 3), id="the metric alone"),
        pytest.param(report(percent=30, minutes=1), None, read(30, 1), id="the report alone"),
        pytest.param(report(percent=30, minutes=1), read(40, 3), read(40, 3), id="two minutes apart"),
        pytest.param(report(percent=30, minutes=1), read(40, 3.1), read(30, 1), id="further apart"),
        pytest.param(report(percent=40, minutes=2), read(30, 1), read(40, 2), id="the report is higher"),
    ],
)
def test_the_newest_reading_counts_and_the_higher_where_they_are_close(
    said: Report | None, metric: Reading | None, expected: Reading | None
) -> None:
    assert rdb(said, metric=metric).reading == expected


def test_an_rdb_without_new_samples_keeps_its_last_known_ones() -> None:
    ledger, _ = cluster({A: rdb(metric=read(40), peak=read(50), idle=2.0), B: live(30)})
    after = with_samples(ledger, {B: Samples(read(31, 0), read(45, 9), 1.5)})
    assert after.rdbs[A] == ledger.rdbs[A]
    assert (after.rdbs[B].metric, after.rdbs[B].peak, after.rdbs[B].idle) == (read(31, 0), read(45, 9), 1.5)


def test_samples_of_a_host_that_nobody_knows_are_ignored() -> None:
    ledger, _ = cluster({A: live(30)})
    assert with_samples(ledger, {C: Samples(read(1), read(1), 1.0)}) == ledger


@pytest.mark.parametrize(("known", "seen", "idle"), [(None, 3.0, 3.0), (2.0, 3.0, 2.0), (3.0, 2.0, 2.0)])
def test_the_lowest_sample_ever_is_what_an_idle_host_takes(
    known: float | None, seen: float, idle: float
) -> None:
    ledger, _ = cluster({A: rdb(idle=known)})
    assert with_samples(ledger, {A: Samples(read(9), read(9), seen)}).rdbs[A].idle == idle


# The group.


def described(ledger: Ledger, **members: Member) -> tuple[Ledger, tuple[str, ...]]:
    """The ledger folded with a group of `a`, `b`, ... as given."""
    ids = {"a": A, "b": B, "c": C}
    _, group = cluster({})
    shown = msgspec.structs.replace(group, members={ids[key]: member for key, member in members.items()})
    return with_group(ledger, shown, NOW)


def test_a_member_that_was_never_seen_is_first_seen_now() -> None:
    after, notes = described(EMPTY, a=PENDING)
    assert after.rdbs == {A: Rdb(first_seen=NOW, member=PENDING, member_seen=NOW)}
    assert notes == ()


def test_a_member_keeps_what_was_known_of_it_and_takes_its_new_lifecycle() -> None:
    ledger, _ = cluster({A: live(30)})
    after, _ = described(ledger, a=TERMINATING)
    assert after.rdbs[A] == msgspec.structs.replace(
        ledger.rdbs[A], member=TERMINATING, member_seen=NOW, ending_since=NOW
    )


LEFT = f"{A} left group trades-rdb without a release of ours"
NEVER = f"instance_id: {A} reported but never turned up in group trades-rdb"


@pytest.mark.parametrize(
    ("known", "kept", "notes"),
    [
        pytest.param(Rdb(first_seen=ago(9.9)), True, (), id="a stranger for nearly ten minutes"),
        pytest.param(Rdb(first_seen=ago(10)), False, (NEVER,), id="a stranger for ten minutes"),
        pytest.param(Rdb(first_seen=ago(60), member_seen=ago(9.9)), True, (), id="not shown for a while"),
        pytest.param(Rdb(first_seen=ago(60), member_seen=ago(10)), False, (LEFT,), id="gone by itself"),
        pytest.param(
            Rdb(first_seen=ago(60), member_seen=ago(10), released_at=ago(11)),
            False,
            (),
            id="gone as released",
        ),
    ],
)
def test_an_instance_that_describe_does_not_show_is_kept_for_ten_minutes_and_then_given_up_with_a_note(
    known: Rdb, kept: bool, notes: tuple[str, ...]
) -> None:
    before = msgspec.structs.replace(EMPTY, rdbs={A: msgspec.structs.replace(known, member=IN_SERVICE)})
    after, said = described(before)
    assert said == notes
    assert after.rdbs == ({A: msgspec.structs.replace(known, member=None)} if kept else {})


@settings(deadline=None)
@given(facts)
def test_the_same_group_described_twice_changes_the_ledger_once(known: tuple[Ledger, Group]) -> None:
    ledger, group = known
    once, _ = with_group(ledger, group, NOW)
    assert with_group(once, group, NOW) == (once, ())
    assert {i: one.member for i, one in once.rdbs.items() if one.member} == group.members


@pytest.mark.parametrize(
    ("member", "minutes", "leaving"),
    [
        (IN_SERVICE, None, False),
        (IN_SERVICE, 0, True),
        (IN_SERVICE, 1.9, True),
        (IN_SERVICE, 2, False),
        (PENDING, 2, False),
        (TERMINATING, 2, True),
        (TERMINATING, 60, True),
        (TERMINATING, None, False),
        (None, 60, True),
        (None, None, False),
    ],
)
def test_a_release_that_describe_does_not_bear_out_in_two_minutes_is_void(
    member: Member | None, minutes: float | None, leaving: bool
) -> None:
    assert rdb(member=member, released=minutes).leaving(NOW) is leaving


@pytest.mark.parametrize(
    ("lifecycle", "pending", "in_service"),
    [
        ("Pending", True, False),
        ("Pending:Wait", True, False),
        ("Pending:Proceed", True, False),
        ("InService", False, True),
        ("Terminating", False, False),
        ("Terminating:Wait", False, False),
        ("Terminated", False, False),
        ("Standby", False, False),
        ("EnteringStandby", False, False),
        ("Detaching", False, False),
        ("Warmed:Pending", False, False),
        ("Warmed:Stopped", False, False),
    ],
)
def test_only_pending_and_in_service_are_taken_for_what_they_are(
    lifecycle: str, pending: bool, in_service: bool
) -> None:
    member = Member(lifecycle, healthy=True)
    assert (member.pending, member.in_service) == (pending, in_service)


# The ledger.


def test_a_command_is_remembered_for_a_day() -> None:
    ledger, _ = cluster({}, commands={"old": ago(24 * 60), "young": ago(24 * 60 - 1)})
    assert list(without_old_commands(ledger, NOW).commands) == ["young"]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param(rdb(peak=read(30)), rdb(peak=read(34)), True, id="a little fuller"),
        pytest.param(rdb(peak=read(30)), rdb(peak=read(35)), False, id="five percent fuller"),
        pytest.param(rdb(), rdb(peak=read(0)), False, id="read for the first time"),
        pytest.param(rdb(), rdb(member=TERMINATING), False, id="another lifecycle"),
        pytest.param(rdb(), rdb(member=None), False, id="no longer shown"),
        pytest.param(rdb(metric=read(30)), rdb(metric=read(31, 0)), True, id="only a newer reading"),
    ],
)
def test_the_outline_changes_only_with_what_a_sweep_must_record(before: Rdb, after: Rdb, same: bool) -> None:
    assert (cluster({A: before})[0].outline() == cluster({A: after})[0].outline()) is same


@settings(deadline=None)
@given(facts, rdbs)
def test_a_ledger_survives_being_stored(known: tuple[Ledger, Group], one: Rdb) -> None:
    ledger = msgspec.structs.replace(known[0], rdbs={**known[0].rdbs, C: one})
    assert msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger) == ledger
