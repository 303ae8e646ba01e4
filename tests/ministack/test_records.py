"""The records of commands on both emulators: kept once, in one transaction with their decision."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.items import CommandRequest, decision_id
from chalicelib.adapters.records import CommandRecord, Records
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import SetFloor
from chalicelib.core.results import CommandResult

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = (f"recorded{n}" for n in count())
FIRST = CommandRequest(SetFloor("c1", "ann", NOW, 2), "digest")


@pytest.fixture
def ledgers(dynamodb: Any, table: str) -> Ledgers:
    return Ledgers(dynamodb, table)


@pytest.fixture
def records(dynamodb: Any, table: str) -> Records:
    return Records(dynamodb, table)


@pytest.fixture
def cluster() -> str:
    """A cluster that no test had before."""
    return next(NAMES)


def decided(cluster: str) -> Decision:
    return Decision(cluster, NOW, code="room", reason="one has room", carried_out=("c1",))


def test_a_command_is_kept_once_and_waits(records: Records, cluster: str) -> None:
    assert records.command(cluster, "c1") is None
    assert records.keep(cluster, FIRST)
    assert not records.keep(cluster, CommandRequest(SetFloor("c1", "bob", NOW, 9), "another"))
    assert records.command(cluster, "c1") == CommandRecord(FIRST)
    assert records.command(cluster, "c") is None


def test_a_result_is_written_with_its_decision_or_neither_and_the_first_one_stays(
    ledgers: Ledgers, records: Records, cluster: str
) -> None:
    records.keep(cluster, FIRST)
    done, late = (CommandResult(FIRST.command, state) for state in ("carried-out", "too-old"))
    written = ledgers.commit(Ledger(cluster), decided(cluster), [done])
    assert written is not None
    assert ledgers.commit(Ledger(cluster), decided(cluster), [late]) is None
    assert ledgers.commit(written, decided(cluster), [late]) is not None
    record = records.command(cluster, "c1")
    assert record is not None
    assert record.result == CommandResult(FIRST.command, "carried-out", (), decision_id(decided(cluster), 1))
    assert records.decision(cluster, record.result.decision) == decided(cluster)
    assert records.decision(cluster, decision_id(decided(cluster), 9)) is None
