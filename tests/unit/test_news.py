"""The ledger is written where it says more, and not where only times moved."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.folding import with_report, with_samples
from chalicelib.core.facts.ledger import HookSeen, Ledger, Standing
from chalicelib.core.facts.news import is_news
from chalicelib.core.facts.rdb import Hold, Rdb, Samples
from chalicelib.core.facts.wake_ups import Verdict
from tests.unit.builders import NOW, A, B, ago, cluster, drained, live, rdb, read, report

HOLD = Hold("a look", "ann", ago(60))
HELD = Verdict(True, "signed by the instance")
ROLLED = rdb(report(State.ROLLED, 86, 30, window=(0, 9)), peak=read(86, 30))


def known(a: Rdb = ROLLED, seen: float = 1, hold: Hold | None = None) -> Ledger:
    """The ledger of two RDBs, as it was written so many minutes ago."""
    ledger, _ = cluster({A: a, B: live(30)}, hold=hold)
    rdbs = {i: msgspec.structs.replace(one, member_seen=ago(seen)) for i, one in ledger.rdbs.items()}
    return msgspec.structs.replace(ledger, rdbs=rdbs)


def seen_now(ledger: Ledger) -> Ledger:
    rdbs = {i: msgspec.structs.replace(one, member_seen=NOW) for i, one in ledger.rdbs.items()}
    return msgspec.structs.replace(ledger, rdbs=rdbs, measured_at=NOW)


def told(ledger: Ledger, state: State, percent: int = 86, **about: object) -> Ledger:
    said = msgspec.structs.replace(report(state, percent, 0, window=(0, 9)), instance_id=A, **about)
    after, why = with_report(ledger, said, NOW, HELD)
    assert why is None
    return seen_now(after)


def test_another_look_at_the_same_is_none() -> None:
    ledger = known()
    readings = Samples(read(87, 0), read(87, 0), read(70, 9), (read(70, 9), read(87, 0)))
    assert not is_news(ledger, seen_now(with_samples(ledger, {A: readings})), NOW)


def test_the_report_of_one_that_has_rolled_is_none_while_it_repeats_itself() -> None:
    assert not is_news(known(), told(known(), State.ROLLED, 87), NOW)


@pytest.mark.parametrize(
    "after",
    [
        lambda ledger: told(ledger, State.ROLLED, rows=7),
        lambda ledger: told(ledger, State.ROLLED, first_index=1),
        lambda ledger: told(ledger, State.ROLLED, 93),
        lambda ledger: told(ledger, State.ROLLED, takes_back=7),
        lambda ledger: told(ledger, State.DRAINED, rows=0),
        lambda ledger: told(ledger, State.UNKNOWN, rows=None),
        lambda ledger: seen_now(ledger.with_rdb(A, hold=HOLD)),
        lambda ledger: seen_now(ledger.with_rdb(A, dead_at=NOW)),
        lambda ledger: seen_now(msgspec.structs.replace(ledger, hook=HookSeen(True, NOW + timedelta(1)))),
        lambda ledger: seen_now(msgspec.structs.replace(ledger, commands={"one": NOW})),
        lambda ledger: seen_now(msgspec.structs.replace(ledger, rdbs={A: ledger.rdbs[A]})),
    ],
)
def test_whatever_else_is_said_or_found_is_news(after: Callable[[Ledger], Ledger]) -> None:
    assert is_news(known(), after(known()), NOW)


def test_a_drained_that_comes_late_is_older_than_what_took_it_back() -> None:
    ledger, before = known(), 1000 * int(ago(0.5).timestamp())
    newer = told(ledger, State.ROLLED, sequence=before + 1, takes_back=before)
    assert is_news(ledger, newer, NOW)
    late = msgspec.structs.replace(report(State.DRAINED, 5, 0.5), instance_id=A, sequence=before)
    _, why = with_report(newer, late, NOW, HELD)
    assert why == f"sequence: {before} of {A} is not after {before + 1}"


def test_the_report_of_one_that_takes_data_is_news() -> None:
    ledger = known(live(30))
    assert is_news(ledger, told(ledger, State.LIVE, 30), NOW)


def test_the_report_of_a_drained_one_is_news_unless_it_may_not_leave() -> None:
    before = msgspec.structs.replace(drained(5, 5), peak=read(9))
    free, held = known(before), known(before, hold=HOLD)
    assert is_news(free, told(free, State.DRAINED, 5, first_index=None, last_index=None), NOW)
    assert not is_news(held, told(held, State.DRAINED, 5, first_index=None, last_index=None), NOW)


def test_while_somebody_is_told_as_silent_the_next_report_counts() -> None:
    ledger = msgspec.structs.replace(known(), alerts={f"silent {A}": Standing(ago(9))})
    assert is_news(ledger, told(ledger, State.ROLLED), NOW)


def test_one_that_is_terminating_is_written_each_time_it_is_seen_so() -> None:
    assert ROLLED.member
    ending = msgspec.structs.replace(
        ROLLED,
        member=msgspec.structs.replace(ROLLED.member, lifecycle="Terminating:Wait"),
        ending_since=ago(1),
    )
    assert is_news(known(ending), seen_now(known(ending)), NOW)


@pytest.mark.parametrize(("minutes", "news"), [(3.9, False), (4, True)])
def test_it_is_written_every_few_minutes_where_somebody_looks_at_all(minutes: float, news: bool) -> None:
    ledger = known(seen=minutes)
    assert is_news(ledger, seen_now(ledger), NOW) is news


def test_a_ledger_without_members_is_always_written() -> None:
    assert is_news(Ledger("trades"), Ledger("trades"), NOW)


def repeats(state: State, verdict: Verdict | None = HELD, percent: int = 5) -> bool:
    """Whether a proven report is news of one that said the same a minute ago, then with this verdict."""
    first = msgspec.structs.replace(report(state, percent, 1), instance_id=A)
    before, _ = with_report(known(rdb(report(state, percent, 30))), first, ago(1), verdict)
    return is_news(
        before, told(before, state, percent, first_index=None, last_index=None, rows=first.rows), NOW
    )


def test_one_that_takes_nothing_and_repeats_itself_within_the_minutes_of_a_write_says_nothing_new() -> None:
    assert not repeats(State.STANDBY)
    assert repeats(State.LIVE)


def test_the_first_proof_of_a_drained_one_is_news() -> None:
    assert not repeats(State.DRAINED)
    assert repeats(State.DRAINED, verdict=None)


def test_what_is_learned_of_a_rise_is_learned_again_at_the_next_look() -> None:
    ledger = known()
    risen = msgspec.structs.replace(ledger.learned, taken=7.0, idle_percent=3.0)
    assert not is_news(ledger, seen_now(msgspec.structs.replace(ledger, learned=risen)), NOW)
    led = msgspec.structs.replace(ledger.learned, leads=(70,))
    assert is_news(ledger, seen_now(msgspec.structs.replace(ledger, learned=led)), NOW)
