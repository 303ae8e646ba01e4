"""A function under way: the real controller, run anew on the same answers up to its next call.

A function is its message and the answers that it got, so that the next call follows from them, and one that
is killed is one that never goes on. `answers` are boto3's, below the real adapters.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from botocore.exceptions import ClientError

from chalicelib.contract.errors import HighwaterError
from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from twin.explore import aws, ledgers
from twin.explore.remembering import controller
from twin.explore.words import PERCENT, wake_up
from twin.explore.world import CLUSTER, IDS, NOW, Phase, Read, Run, Wake
from twin.fuzz.services import TABLE

DONE = "done"
LOST = "lost"


class Call(NamedTuple):
    """The next call that changes something: the operation and its parameters."""

    operation: str
    params: Mapping[str, Any]

    @property
    def commits(self) -> bool:
        """It writes the ledger, if nobody else has since."""
        return self.operation == "PutItem"

    @property
    def document(self) -> bytes:
        """The ledger that it writes."""
        document: bytes = self.params["document"]
        return document


class Failed(Exception):
    """The controller raised what no answer of AWS explains."""


def next_call(wake: Wake, read: Read, outcomes: tuple[str, ...]) -> Call | None:
    """Return the next call of a function that changes something; None at its end. Raises Failed."""
    # What comes after the last outcome that is not DONE is one and the same run of the controller.
    decisive = next((n for n in range(len(outcomes), 0, -1) if outcomes[n - 1] != DONE), 0)
    calls = _calls(wake, read, outcomes[:decisive])
    return calls[len(outcomes)] if len(outcomes) < len(calls) else None


@lru_cache(400_000)
def _calls(wake: Wake, read: Read, outcomes: tuple[str, ...]) -> tuple[Call, ...]:
    """Return the calls of a function that change something, if all come out well after these outcomes."""
    wire = _Wire(read, outcomes)
    try:
        controller(wire, read).reconcile(CLUSTER, [wake_up(wake)])
    except HighwaterError:
        pass
    except Exception as error:
        raise Failed(f"{type(error).__name__}: {error}") from error
    # Who acts is judged by the ledger as it wrote it before; of every other the form is enough.
    acts = len(wire.calls) > 1
    return tuple(
        Call(call.operation, {"document": ledgers.normal(call.document)})
        if call.commits and (at or not acts)
        else call
        for at, call in enumerate(wire.calls)
    )


def forget() -> None:
    """Forget what the controller did: another one comes."""
    _calls.cache_clear()


def call_of(run: Run) -> Call | None:
    """Return the next call of a function. Raises Failed."""
    return next_call(run.wake, run.read, run.outcomes)


class _Wire:
    """Answers one function: reads from what it read, calls that change something by their outcomes."""

    def __init__(self, read: Read, outcomes: tuple[str, ...]) -> None:
        self._read = read
        self._outcomes = iter(outcomes)
        self.calls: list[Call] = []

    def call(self, _service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if (reads := READS.get(operation)) is not None:
            return reads(self._read, params)
        if operation in UNSEEN:
            return {}
        if operation == "PutItem":
            params = {"document": params["Item"]["document"]["S"].encode()}
        self.calls.append(Call(operation, params))
        outcome = next(self._outcomes, DONE)
        if outcome == LOST:
            _refused(operation, "ConditionalCheckFailedException", "the condition does not hold")
        if outcome != DONE:
            _refused(operation, *outcome.split(": ", 1))
        return {}


def _refused(operation: str, code: str, text: str) -> NoReturn:
    error = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    raise ClientError(error, operation)


def _items(read: Read, _params: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger, and nothing that stands in for it."""
    item = {"cluster": {"S": CLUSTER}, "document": {"S": read.document.decode()}}
    ledger = {**item, "item": {"S": "ledger"}, "version": {"N": str(ledgers.VERSION)}}
    return {"Responses": {TABLE: [ledger] if read.document else []}}


def _metrics(read: Read, params: Mapping[str, Any]) -> dict[str, Any]:
    """The memory of each running host, one point of this minute, by the names that it has in its phase."""
    results = []
    for query in params["MetricDataQueries"]:
        metric = query["MetricStat"]["Metric"]
        dimensions = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
        phase = read.phases[IDS.index(dimensions["InstanceId"])]
        # One that has rolled goes on for a while under the first name, too.
        names = (METRIC_NAME, ROLLED_METRIC_NAME) if phase is Phase.ROLLED else (METRIC_NAME,)
        points = [PERCENT[phase]] if phase in PERCENT and metric["MetricName"] in names else []
        shown = {"Timestamps": [NOW] * len(points), "Values": points, "StatusCode": "Complete"}
        results.append({"Id": query["Id"], **shown})
    return {"MetricDataResults": results}


def _terminated(read: Read, params: Mapping[str, Any]) -> dict[str, Any]:
    """The instances that EC2 calls terminated, of those that are asked about."""
    asked = next(each["Values"] for each in params["Filters"] if each["Name"] == "instance-id")
    ended = [i for i in asked if read.phases[IDS.index(i)] is Phase.ENDED]
    shown = [{"InstanceId": i, "State": {"Name": "terminated"}} for i in ended]
    return {"Reservations": [{"Instances": shown}]}


READS = {
    "BatchGetItem": _items,
    "DescribeAutoScalingGroups": lambda read, _: {"AutoScalingGroups": [aws.described(read.group)]},
    "DescribeLifecycleHooks": lambda read, _: {"LifecycleHooks": aws.hooks(read.group)},
    "DescribeScalingActivities": lambda _read, _: {"Activities": []},
    "DescribeInstances": _terminated,
    "GetMetricData": _metrics,
}
# They change nothing that the world has: no step of their own.
UNSEEN = frozenset({"Publish"})
