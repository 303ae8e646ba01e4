"""Calls to AWS that fail: the project's own errors and outcomes, whatever botocore raises."""

from datetime import UTC, datetime
from threading import Barrier, Thread, current_thread
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import (
    AWS_ERRORS,
    Outcome,
    Unreadable,
    Unwritten,
    act,
    again_if_broken,
    read,
    side_by_side,
    write,
)
from chalicelib.adapters.documents import decoded
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.sqs import WakeUps
from chalicelib.contract.release import RELEASE
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from tests.unit.builders import A, cluster

NETWORK = EndpointConnectionError(endpoint_url="https://aws")


def answered(status: int, message: str = "no") -> ClientError:
    error = {"Error": {"Code": "Refused", "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "Act")


def raising(error: Exception) -> Any:
    def call() -> None:
        raise error

    return call


@pytest.mark.parametrize("error", [answered(400), answered(503), NETWORK, ResponseParserError("no XML")])
def test_a_call_that_reads_or_stores_fails_by_its_operation(error: Exception) -> None:
    assert isinstance(error, AWS_ERRORS)
    with pytest.raises(Unreadable, match="GetItem failed: ") as unread:
        read("GetItem", raising(error))
    assert str(unread.value) == f"GetItem failed: {error}"
    with pytest.raises(Unwritten, match="PutItem failed: ") as unwritten:
        write("PutItem", raising(error))
    assert str(unwritten.value) == f"PutItem failed: {error}"


def test_an_error_that_is_not_awss_is_none_of_theirs() -> None:
    for called in (read, write, act):
        with pytest.raises(ZeroDivisionError):
            called("GetItem", lambda: 1 // 0)


@pytest.mark.parametrize(
    ("error", "refused"), [(answered(400), True), (answered(500), False), (NETWORK, False)]
)
def test_only_a_4xx_is_certain_to_have_done_nothing(error: Exception, refused: bool) -> None:
    assert act("Act i-1", raising(error)) == Outcome(False, f"Act i-1 failed: {error}", refused=refused)


def test_an_act_that_has_nothing_left_to_do_is_done() -> None:
    gone = answered(400, "Instance Id not found - i-1")
    assert act("Act i-1", raising(gone), "Instance Id not found") == Outcome(
        True, "Act i-1: Instance Id not found"
    )
    assert act("Act i-1", lambda: None, "Instance Id not found") == Outcome(True, "Act i-1", as_meant=True)


def test_clusters_that_the_queue_does_not_take_are_named() -> None:
    class Queue:
        def send_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:  # noqa: N803
            return {"Failed": [{"Id": Entries[1]["Id"]}]}

    at = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(Unwritten, match=r"^SendMessageBatch left out \['bonds'\]$"):
        WakeUps(Queue(), "url").send_all([WakeUp(c, "sweep", at, "") for c in ("trades", "bonds")], "minute")


def test_a_batch_that_the_queue_refuses_keeps_no_other_cluster_out() -> None:
    class Queue:
        def __init__(self) -> None:
            self.groups: list[str] = []

        def send_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:  # noqa: N803
            groups = [entry["MessageGroupId"] for entry in Entries]
            if "two words" in groups:
                raise answered(400)
            self.groups += groups
            return {}

    queue, at = Queue(), datetime(2026, 11, 23, tzinfo=UTC)
    clusters = ["two words", *(f"cluster{n}" for n in range(20))]
    with pytest.raises(Unwritten, match=r"SendMessageBatch failed: .*, for \['two words', 'cluster0'"):
        WakeUps(queue, "url").send_all([WakeUp(c, "sweep", at, "") for c in clusters], "minute")
    assert queue.groups == clusters[10:]


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ConnectionClosedError(endpoint_url="https://aws"), 2),
        (ReadTimeoutError(endpoint_url="https://aws"), 1),
    ],
)
def test_a_call_is_sent_again_at_once_when_its_connection_breaks_and_not_when_it_takes_long(
    error: Exception, calls: int
) -> None:
    sent: list[int] = []

    def call() -> None:
        sent.append(1)
        raise error

    assert not act("SetDesiredCapacity", lambda: again_if_broken(call)).done
    assert len(sent) == calls


def test_a_raise_is_sent_again_when_its_connection_breaks_and_a_termination_is_not() -> None:
    broken = ConnectionClosedError(endpoint_url="https://aws")
    acting = Mock(
        set_desired_capacity=Mock(side_effect=[broken, {}]),
        terminate_instance_in_auto_scaling_group=Mock(side_effect=broken),
    )
    groups = Groups(Mock(), lambda: acting)
    assert groups.write_desired(cluster({})[1], 2).done
    assert not groups.terminate(A, decrement=True).done
    assert acting.terminate_instance_in_auto_scaling_group.call_count == 1


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "TransactionConflictException"])
def test_a_ledger_that_another_writer_was_first_to_write_or_is_writing_is_no_failure(code: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")
    client = Mock(put_item=Mock(side_effect=error))
    assert Ledgers(client, "ledger").commit(Ledger("trades"), None) is None


@pytest.mark.parametrize("before", [None, "0.9.0"])
def test_a_ledger_names_the_release_of_whoever_writes_it(before: str | None) -> None:
    client = Mock()
    written = Ledgers(client, "ledger").commit(Ledger("trades", release=before), None)
    text = client.put_item.call_args.kwargs["Item"]["document"]["S"]
    assert (written, decoded("trades", text)[0]) == (Ledger("trades", 1, release=RELEASE),) * 2


def test_a_ledger_that_dynamodb_refuses_otherwise_is_not_written() -> None:
    with pytest.raises(Unwritten, match="PutItem failed: "):
        Ledgers(Mock(put_item=Mock(side_effect=answered(400))), "ledger").commit(Ledger("trades"), None)


def test_calls_that_read_are_made_at_the_same_time() -> None:
    meeting = Barrier(2, timeout=5)
    assert sorted(side_by_side([meeting.wait, meeting.wait])) == [0, 1]


def test_a_call_that_makes_others_waits_for_no_other_thread_since_all_may_do_the_same() -> None:
    def both() -> list[Thread]:
        return [current_thread(), *side_by_side([current_thread, current_thread])]

    for threads in side_by_side([both, both]):
        assert len({*threads}) == 1
