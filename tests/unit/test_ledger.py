"""Facts by themselves: the reading of an RDB, its place in the group, and the ledger as it is kept."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings

from chalicelib.contract.report import Report
from chalicelib.core.commands.applying import COMMAND_MINUTES
from chalicelib.core.facts.folding import COMMANDS_KEPT, without_old_commands
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb, Reading
from tests.unit.arbitrary import facts, rdbs
from tests.unit.builders import IN_SERVICE, NOW, PENDING, TERMINATING, A, C, ago, cluster, rdb, read, report


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


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param(rdb(peak=read(30)), rdb(peak=read(39)), True, id="a little fuller"),
        pytest.param(rdb(peak=read(30)), rdb(peak=read(40)), False, id="ten percent fuller"),
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


def test_a_command_is_remembered_for_longer_than_it_is_obeyed() -> None:
    ledger, _ = cluster({}, commands={"old": ago(60), "young": ago(59)})
    assert list(without_old_commands(ledger, NOW).commands) == ["young"]
    assert 2 * timedelta(minutes=COMMAND_MINUTES) < COMMANDS_KEPT


def test_of_a_flood_of_commands_the_newest_are_remembered() -> None:
    flood = {f"{n:032x}": ago(seconds=n) for n in range(3000)}
    ledger = without_old_commands(cluster({}, commands=flood)[0], NOW)
    assert set(ledger.commands) == {f"{n:032x}" for n in range(200)}
    assert len(msgspec.json.encode(ledger.commands)) < 16_000
