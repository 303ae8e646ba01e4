"""Names in the code: the metrics that it emits, the environment and the items that it keeps."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chalicelib.adapters import logs
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.items import KEPT
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from highwater.checkout import ROOT

AT = datetime(2026, 11, 23, tzinfo=UTC)


class Code(NamedTuple):
    """The names that the code uses.

    `dimensions` are those of all metrics of `namespace`; `key` is the partition key and then the sort key,
    `expiring` the attributes of a decision that hold when it may go, and that a ledger has not.
    """

    namespace: str
    dimensions: dict[str, str]
    metrics: frozenset[str]
    environment: frozenset[str]
    key: tuple[str, ...]
    expiring: frozenset[str]


def read_code() -> Code:
    """Reads the source for names, and lets the code itself write a metric line and items of the ledger."""
    calls = list(_calls())
    metrics = frozenset(argument for name, argument in calls if name == "count")
    logs.metrics.clear_metrics()
    for metric in metrics:
        logs.count(metric)
    line: dict[str, Any] = dict(logs.metrics.serialize_metric_set())
    logs.metrics.clear_metrics()
    (emitted,) = line["_aws"]["CloudWatchMetrics"]
    (dimensions,) = emitted["Dimensions"]
    client = Recorder()
    ledgers = Ledgers(client, "table")
    ledgers.read("trades")
    ledgers.commit(Ledger("trades"), Decision("trades", AT, code="room", reason=""))
    ledger, decision = client.written
    expires = {"N": str(int((AT + KEPT).timestamp()))}
    return Code(
        namespace=emitted["Namespace"],
        dimensions={name: line[name] for name in dimensions},
        metrics=frozenset(metric["Name"] for metric in emitted["Metrics"]),
        environment=frozenset(argument for name, argument in calls if name == "environ"),
        key=client.key,
        expiring=frozenset(n for n, value in decision.items() if value == expires and n not in ledger),
    )


class Recorder:
    """DynamoDB, which keeps what it was asked."""

    key: tuple[str, ...] = ()
    written: tuple[dict[str, Any], ...] = ()

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        ((table, asked),) = request["RequestItems"].items()
        self.key = tuple(asked["Keys"][0])
        return {"Responses": {table: []}}

    def transact_write_items(self, TransactItems: list[Any]) -> None:  # noqa: N803 - boto3's name
        self.written = tuple(item["Put"]["Item"] for item in TransactItems)


def _calls() -> Iterator[tuple[str, str]]:
    """`count("X", ...)` and `os.environ["X"]` in the code, as (count, X) and (environ, X)."""
    for path in [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="count"), args=[ast.Constant(value=str(name)), *_]):
                    yield "count", name
                case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                    yield "environ", name
                case ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="environ")),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    yield "environ", name
