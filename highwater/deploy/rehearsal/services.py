"""The steps that need no instance: the ledger's table, the queue of wake-ups, and the memory alarm."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.ledger import Ledger
from highwater.deploy.rehearsal.site import Row, Site, row, words
from highwater.deploy.rules.steps import WORDY_GROUP
from highwater.terminal import Failed

LOOK_EVERY = 2
LONGEST = 120
LOOKS = 5
KEYS = ("cluster", "item")
QUERY = 'SELECT MAX(MemoryUtilization) FROM SCHEMA("Highwater", Cluster, InstanceId)'


class Services:
    """A table, a FIFO queue and an alarm, as the templates make them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._name = site.name
        self._dynamodb = site.session.client("dynamodb")
        self._sqs = site.session.client("sqs")
        self._cloudwatch = site.session.client("cloudwatch")

    def rows(self) -> Iterator[Row]:
        """Run the steps; each makes what it needs."""
        yield row("ledger-conditional", self._written_twice)
        yield row("ledger-query", self._decisions)
        yield row("reserved-word", self._bare_name)
        yield row("wordy-group", self._wordy_group)
        yield row("alarm-set", self._alarm_set)

    def _written_twice(self) -> tuple[str, bool]:
        self._create_table()
        ledgers = Ledgers(self._dynamodb, self._name)
        one, other = Ledger(self._name), Ledger(self._name, gist="another")
        first, second, again = (ledgers.commit(ledger, None) is not None for ledger in (one, other, one))
        told = ["written" if written else "refused" for written in (first, second, again)]
        seen = f"the first was {told[0]}, the second {told[1]}, the first again {told[2]}"
        return seen, (first, second, again) == (True, False, True)

    def _decisions(self) -> tuple[str, bool]:
        found = list(Ledgers(self._dynamodb, self._name).decisions(self._name, limit=10))
        return f"answered, with decisions: {len(found)}", True

    def _bare_name(self) -> tuple[str, bool]:
        try:
            self._dynamodb.query(
                TableName=self._name,
                KeyConditionExpression="cluster = :cluster",
                ExpressionAttributeValues={":cluster": {"S": self._name}},
            )
        except ClientError as error:
            return words(error), "reserved" in str(error)
        return "it was answered", False

    def _create_table(self) -> None:
        self._site.belongings.claim(
            f"table {self._name}",
            lambda: self._dynamodb.delete_table(TableName=self._name),
            f"  aws dynamodb delete-table --table-name {self._name}",
        )
        self._dynamodb.create_table(
            TableName=self._name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(KEYS, ("HASH", "RANGE"), strict=True)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self._wait(lambda: self._described_table()["TableStatus"] == "ACTIVE", f"table {self._name}")

    def _described_table(self) -> dict[str, Any]:
        table: dict[str, Any] = self._dynamodb.describe_table(TableName=self._name)["Table"]
        return table

    def _wordy_group(self) -> tuple[str, bool]:
        url = self._create_queue()
        entries = [
            {"Id": str(n), "MessageBody": "{}", "MessageGroupId": group, "MessageDeduplicationId": str(n)}
            for n, group in enumerate(("trades", WORDY_GROUP))
        ]
        answer = self._sqs.send_message_batch(QueueUrl=url, Entries=entries)
        queued = {entry["Id"] for entry in answer.get("Successful", ())}
        refused = [f"{entry['Code']}: {entry.get('Message', '')}" for entry in answer.get("Failed", ())]
        return f"queued: {len(queued)}, refused: {', '.join(refused) or 'none'}", "0" in queued

    def _create_queue(self) -> str:
        name = f"{self._name}.fifo"
        self._site.belongings.claim(
            f"queue {name}",
            lambda: self._sqs.delete_queue(QueueUrl=self._sqs.get_queue_url(QueueName=name)["QueueUrl"]),
            f"  aws sqs delete-queue --queue-url $(aws sqs get-queue-url --queue-name {name} --output text)",
        )
        attributes = {
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
        url: str = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def _alarm_set(self) -> tuple[str, bool]:
        self._create_alarm()
        self._cloudwatch.set_alarm_state(AlarmName=self._name, StateValue="ALARM", StateReason="rehearsed")
        # It is evaluated again within a minute, so this looks at once.
        for _ in range(LOOKS):
            answer = self._cloudwatch.describe_alarms(AlarmNames=[self._name], AlarmTypes=["MetricAlarm"])
            states = [(alarm["StateValue"], alarm["StateReason"]) for alarm in answer["MetricAlarms"]]
            if states == [("ALARM", "rehearsed")]:
                return "accepted, and it is in ALARM", True
            self._site.sleep(LOOK_EVERY)
        return f"accepted, and then {states}", False

    def _create_alarm(self) -> None:
        self._site.belongings.claim(
            f"alarm {self._name}",
            lambda: self._cloudwatch.delete_alarms(AlarmNames=[self._name]),
            f"  aws cloudwatch delete-alarms --alarm-names {self._name}",
        )
        grouped = f"{QUERY} WHERE Cluster = '{self._name}' GROUP BY InstanceId ORDER BY MAX() DESC"
        self._cloudwatch.put_metric_alarm(
            AlarmName=self._name,
            ActionsEnabled=False,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=60,
            EvaluationPeriods=1,
            TreatMissingData="notBreaching",
            Metrics=[{"Id": "memory", "Expression": grouped, "Period": 60, "ReturnData": True}],
        )

    def _wait(self, arrived: Callable[[], bool], name: str) -> None:
        for _ in range(LONGEST // LOOK_EVERY):
            if arrived():
                return
            self._site.sleep(LOOK_EVERY)
        raise Failed(f"{name} was not ready after {LONGEST} s")
