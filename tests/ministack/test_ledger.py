"""The ledger's adapter on both emulators: conditions, transactions, pages and sizes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.clients import Unwritten
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.items import decision_id
from chalicelib.contract.release import RELEASE
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Hold

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = (f"cluster{n}" for n in count())


@pytest.fixture
def ledgers(dynamodb: Any, table: str) -> Ledgers:
    return Ledgers(dynamodb, table)


@pytest.fixture
def cluster() -> str:
    """A cluster that no test had before."""
    return next(NAMES)


def decided(cluster: str, minute: int = 0, **changes: Any) -> Decision:
    at = NOW + timedelta(minutes=minute)
    return Decision(cluster, at, code="room", **{"reason": "one has room", **changes})


def held(cluster: str, reason: str, version: int = 0) -> Ledger:
    release = RELEASE if version else None
    return Ledger(cluster, version=version, hold=Hold(reason, "ann", NOW), release=release)


def test_a_ledger_that_is_not_there_is_an_empty_one_of_version_zero(ledgers: Ledgers, cluster: str) -> None:
    assert ledgers.read(cluster) == Ledger(cluster)


def test_a_commit_writes_the_next_version_and_its_decision(ledgers: Ledgers, cluster: str) -> None:
    decision = decided(cluster)
    written = ledgers.commit(held(cluster, "audit"), decision)
    assert written == held(cluster, "audit", version=1)
    assert ledgers.read(cluster) == written
    assert list(ledgers.decisions(cluster, 9)) == [(decision_id(decision, 1), decision)]


def test_a_commit_on_a_version_that_is_old_writes_neither(ledgers: Ledgers, cluster: str) -> None:
    first = ledgers.commit(Ledger(cluster), None)
    assert ledgers.commit(held(cluster, "late"), decided(cluster)) is None
    assert ledgers.read(cluster) == first
    assert list(ledgers.decisions(cluster, 9)) == []


def test_a_write_that_was_not_answered_and_is_sent_again_counts_as_ours(
    ledgers: Ledgers, cluster: str
) -> None:
    first, again = (ledgers.commit(held(cluster, "audit"), None) for _ in range(2))
    assert first == again == held(cluster, "audit", version=1)
    assert ledgers.commit(held(cluster, "another"), None) is None


def test_of_many_writers_of_one_version_exactly_one_wins(ledgers: Ledgers, cluster: str) -> None:
    writers = [held(cluster, f"writer {n}") for n in range(8)]
    with ThreadPoolExecutor(len(writers)) as pool:
        answers = list(pool.map(lambda ledger: ledgers.commit(ledger, None), writers))
    (won,) = [answer for answer in answers if answer]
    assert ledgers.read(cluster) == won


def test_an_outcome_replaces_its_decision(ledgers: Ledgers, cluster: str) -> None:
    ledgers.commit(Ledger(cluster), decided(cluster))
    told = decided(cluster, outcome=("SetDesiredCapacity done",))
    ledgers.record_outcome(told, 1)
    assert [decision for _, decision in ledgers.decisions(cluster, 9)] == [told]


def test_pages_of_decisions_are_the_newest_first_without_a_gap_or_a_repeat(
    ledgers: Ledgers, cluster: str
) -> None:
    ledger: Ledger | None = Ledger(cluster)
    for minute in range(7):
        assert ledger is not None
        ledger = ledgers.commit(ledger, decided(cluster, minute))
    ledgers.commit(Ledger(f"{cluster}-other"), decided(f"{cluster}-other", 9))
    seen: list[tuple[str, Decision]] = []
    sizes = []
    while page := list(ledgers.decisions(cluster, 3, seen[-1][0] if seen else None)):
        seen += page
        sizes.append(len(page))
    assert [decision for _, decision in seen] == [decided(cluster, minute) for minute in reversed(range(7))]
    assert sizes == [3, 3, 1]


def test_a_page_of_more_than_a_megabyte_is_whole(ledgers: Ledgers, cluster: str) -> None:
    for minute in range(8):
        ledgers.record_outcome(decided(cluster, minute, reason="x" * 200_000), minute)
    found = [decision.at for _, decision in ledgers.decisions(cluster, 8)]
    assert found == [NOW + timedelta(minutes=minute) for minute in reversed(range(8))]


def test_a_hundred_and_more_ledgers_are_read_with_those_that_are_missing(
    ledgers: Ledgers, cluster: str
) -> None:
    kept = {name: ledgers.commit(Ledger(name), None) for name in (f"{cluster}-{n}" for n in range(5))}
    missing = {name: Ledger(name) for name in (f"{cluster}-none-{n}" for n in range(100))}
    assert ledgers.read_many([*kept, *missing]) == {**kept, **missing}


def test_ledgers_of_more_than_sixteen_megabytes_are_read_in_rounds(ledgers: Ledgers, cluster: str) -> None:
    large = {f"{cluster}-{n}": held(f"{cluster}-{n}", "x" * 390_000) for n in range(44)}
    written = {name: ledgers.commit(ledger, None) for name, ledger in large.items()}
    assert ledgers.read_many(written) == written


def test_a_ledger_over_400_kb_is_refused_aloud_and_the_old_one_stays(ledgers: Ledgers, cluster: str) -> None:
    first = ledgers.commit(Ledger(cluster), None)
    with pytest.raises(Unwritten, match="TransactWriteItems failed"):
        ledgers.commit(held(cluster, "x" * 410_000, version=1), decided(cluster))
    assert ledgers.read(cluster) == first
    assert list(ledgers.decisions(cluster, 9)) == []


def test_a_decision_expires_after_ninety_days_and_the_ledger_never(
    ledgers: Ledgers, dynamodb: Any, table: str, cluster: str
) -> None:
    ledgers.commit(Ledger(cluster), decided(cluster))
    items = dynamodb.query(
        TableName=table,
        KeyConditionExpression="#cluster = :cluster",
        ExpressionAttributeNames={"#cluster": "cluster"},
        ExpressionAttributeValues={":cluster": {"S": cluster}},
    )["Items"]
    expiring = {item["item"]["S"].partition("#")[0]: item.get("expires_at") for item in items}
    assert expiring == {
        "ledger": None,
        "decision": {"N": str(int((NOW + timedelta(days=90)).timestamp()))},
    }
    assert msgspec.json.decode(items[-1]["document"]["S"], type=Ledger).version == 1
