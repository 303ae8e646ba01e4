"""Reports are folded into the ledger so that lost, late, doubled and reordered ones do no harm."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.contract.report import Report, State
from chalicelib.core.facts.folding import with_report, with_reports, with_samples
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Reading, Samples
from chalicelib.core.facts.voices import Unanswered
from chalicelib.core.facts.wake_ups import Verdict
from tests.unit.arbitrary import percents, readings
from tests.unit.builders import EMPTY, NOW, A, B, ago, cluster, drained, live, read, report

Delivery = tuple[Report, datetime, Verdict]
HELD = Verdict(holds=True, why="held")
FAILED = Verdict(holds=False, why="its age is 16 minutes")


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
    seen = {i: Samples(newest=read(1, 0), highest=top) for i, top in highest.items()}
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
    assert (known.proven_sequence == said.sequence, known.unproven) == (proven, unproven)
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
    assert known.proven_sequence is not None
    assert known.proven_sequence < known.report.sequence


def test_a_batch_folds_each_report_with_its_own_verdict_and_says_which_it_ignored() -> None:
    said, again = report(State.DRAINED, 5), report(State.DRAINED, 5, instance_id=B)
    ledger, notes = with_reports(EMPTY, [(said, NOW, HELD), (again, NOW, FAILED), (said, NOW, HELD)])
    assert (ledger.rdbs[A].proven_sequence, ledger.rdbs[B].proven_sequence) == (said.sequence, None)
    assert notes == (f"sequence: {said.sequence} of {A} is not after {said.sequence}",)


def test_a_verdict_on_anything_but_drained_proves_nothing() -> None:
    assert with_report(EMPTY, report(State.ROLLED, 5), NOW, HELD)[0].rdbs[A].proven_sequence is None


def test_what_q_said_before_it_stopped_to_answer_is_kept_until_it_answers_again() -> None:
    rolled = report(State.ROLLED, 88, 9, window=(0, 9))
    ledger = Ledger("trades")
    for said in (rolled, report(State.UNKNOWN, 88, 8), report(State.UNKNOWN, 88, 3)):
        ledger, _ = with_report(ledger, said, said.sent_at)
    known = ledger.rdbs[A]
    assert known.unanswered == Unanswered(ago(8), State.ROLLED, "window (0, 9], 1000 rows", span=(0, 9))
    assert (known.state, known.state_said, known.window) == (
        State.UNKNOWN,
        State.ROLLED,
        "window (0, 9], 1000 rows",
    )
    ledger, _ = with_report(ledger, report(State.ROLLED, 88, 1), ago(1))
    assert (ledger.rdbs[A].unanswered, ledger.rdbs[A].state_said) == (None, State.ROLLED)


def test_a_host_whose_q_never_answered_said_nothing() -> None:
    ledger, _ = with_report(Ledger("trades"), report(State.UNKNOWN, 3, 2), ago(2))
    assert ledger.rdbs[A].unanswered == Unanswered(ago(2))
    assert ledger.rdbs[A].state_said is None


def test_a_restart_after_it_was_ready_is_remembered_until_it_has_been_ready_again_for_ten_minutes() -> None:
    ledger = Ledger("trades")
    states = (State.BOOTING, State.STANDBY, State.UNKNOWN, State.BOOTING, State.UNKNOWN, State.BOOTING)
    for minutes, state in zip(range(12, 6, -1), states, strict=True):
        ledger, _ = with_report(ledger, report(state, 5, minutes), ago(minutes))
    known = ledger.rdbs[A]
    assert (known.was_ready, known.ready_at, known.restarted_at) == (True, ago(11), ago(9))
    for before, restarted in ((2, ago(9)), (-7.9, ago(9)), (-8, None)):
        ledger, _ = with_report(ledger, report(State.STANDBY, 5, before), ago(before))
        assert (ledger.rdbs[A].ready_at, ledger.rdbs[A].restarted_at) == (ago(before), restarted)


def test_the_releases_of_a_host_stay_known_while_it_cannot_say_them() -> None:
    ledger = Ledger("trades")

    def releases(state: State, minutes: float, *said: str | None) -> tuple[str | None, str | None]:
        nonlocal ledger
        named = replace(report(state, 5, minutes), release=said[0], q_release=said[1])
        ledger, _ = with_report(ledger, named, ago(minutes))
        assert ledger.rdbs[A].report == report(state, 5, minutes), "they are kept once"
        return ledger.rdbs[A].release, ledger.rdbs[A].q_release

    assert releases(State.LIVE, 9, "0.3.0", "0.2.0") == ("0.3.0", "0.2.0")
    assert releases(State.UNKNOWN, 8, "0.3.0", None) == ("0.3.0", "0.2.0")
    assert releases(State.ROLLED, 7, "0.3.0", "0.3.0") == ("0.3.0", "0.3.0")
    assert releases(State.DRAINED, 6, None, None) == ("0.3.0", "0.3.0")
    assert releases(State.STANDBY, 5, None, None) == (None, None)


def test_a_first_boot_is_no_restart() -> None:
    ledger = Ledger("trades")
    for minutes, state in ((5, State.BOOTING), (4, State.UNKNOWN), (3, State.BOOTING)):
        ledger, _ = with_report(ledger, report(state, 5, minutes), ago(minutes))
    assert (ledger.rdbs[A].was_ready, ledger.rdbs[A].restarted_at) == (False, None)


@pytest.mark.parametrize(
    ("answers", "counted_from"),
    [(1, 12.75), (8, 11), (32, None)],
    ids=["one minute", "eight minutes", "four times as long as it did not"],
)
def test_a_q_that_answers_now_and_then_gets_no_new_deadline_each_time(
    answers: float, counted_from: float | None
) -> None:
    ledger = Ledger("trades")
    ends = 5 + answers
    for minutes, state in ((ends + 8, State.UNKNOWN), (ends, State.STANDBY), (5, State.UNKNOWN)):
        ledger, _ = with_report(ledger, report(state, 5, minutes), ago(minutes))
    held = ledger.rdbs[A].unanswered
    assert held is not None
    assert (held.since, held.state) == (ago(5), State.STANDBY)
    assert held.counted_from == (None if counted_from is None else ago(counted_from))
