"""The package as it is deployed: unzipped, its functions in AWS's own runtime, AWS on loopback."""

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import msgspec
import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from highwater.deploy.packaging.package import Package, build
from tests.package.events import records, request
from twin.autoscaling import AwsError
from twin.aws.emulator import Answer, Emulator, emulated
from twin.aws.loopback import LoopbackAws

QUEUE = "highwater-wake-ups.fifo"
LOOPBACK = str(Path(__file__).parent / "loopback")
NO_WAY_OUT = {"PYTHONPATH": LOOPBACK}


class Lambda:
    """The packaged functions by the name of their handler; each starts when it is first called."""

    def __init__(
        self,
        aws: LoopbackAws,
        task_root: Path,
        running: ExitStack,
        environment: Mapping[str, str] = NO_WAY_OUT,
    ) -> None:
        self._aws = aws
        self._task_root = task_root
        self._running = running
        self._environment = environment
        self._emulators: dict[str, Emulator] = {}

    def call(self, name: str, event: Any) -> Answer:
        """One call of one function."""
        if name not in self._emulators:
            environment = {"AWS_ENDPOINT_URL": self._aws.url, **self._environment}
            function = self._aws.wiring.named(name)
            emulator = emulated(self._task_root, function, environment)
            self._emulators[name] = self._running.enter_context(emulator)
        return self._emulators[name].call(event)


class Cluster:
    """One deployed cluster."""

    def __init__(self, aws: LoopbackAws, name: str, table: str) -> None:
        aws.deploy_cluster(name)
        self.name = name
        self.group = f"highwater-{name}-rdb"
        self._aws = aws
        self._ledgers = Ledgers(boto3.client("dynamodb"), table)

    def described(self) -> Any:
        """The group as AWS shows it now."""
        answer = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[self.group])
        return answer["AutoScalingGroups"][0]

    def desired(self) -> int:
        """The group's DesiredCapacity."""
        return int(self.described()["DesiredCapacity"])

    def members(self) -> dict[str, str]:
        """Lifecycle state by instance id."""
        return {member["InstanceId"]: member["LifecycleState"] for member in self.described()["Instances"]}

    def grow(self, desired: int) -> list[str]:
        """As somebody else would: more instances, all in service; their ids."""
        boto3.client("autoscaling").set_desired_capacity(
            AutoScalingGroupName=self.group, DesiredCapacity=desired
        )
        self._aws.settle()
        return sorted(self.members())

    def ledger(self) -> Ledger:
        """The ledger that the control plane has of it."""
        return self._ledgers.read(self.name)

    def queued(self) -> list[WakeUp]:
        """Takes everything off the queue; those of this cluster."""
        found = (msgspec.json.decode(message["Body"], type=WakeUp) for message in _received())
        return [wake_up for wake_up in found if wake_up.cluster == self.name]


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package's two files."""
    if sys.platform != "linux":
        pytest.skip("AWS's Runtime Interface Emulator is a Linux program")
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="package")
def task_root(built: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unzipped package, as Lambda has it in /var/task."""
    return unzipped(built, tmp_path_factory.mktemp("task"))


@pytest.fixture(scope="package")
def aws(built: Package) -> Iterator[LoopbackAws]:
    """The account that the functions reach."""
    aws = LoopbackAws()
    with aws.running(built):
        yield aws


@pytest.fixture(scope="package")
def functions(aws: LoopbackAws, task_root: Path) -> Iterator[Lambda]:
    """Every function of the package."""
    with ExitStack() as running:
        yield Lambda(aws, task_root, running)


@pytest.fixture(scope="package")
def names() -> Iterator[str]:
    """Names of clusters that no test had before."""
    return (f"cluster{n}" for n in count())


def new_cluster(aws: LoopbackAws, names: Iterator[str]) -> Cluster:
    table = aws.wiring.named("Reconcile").environment["LEDGER_TABLE"]
    return Cluster(aws, next(names), table)


@pytest.fixture(scope="module")
def shared(aws: LoopbackAws, names: Iterator[str]) -> Cluster:
    """One cluster for all tests of a file that leave its group alone."""
    return new_cluster(aws, names)


@pytest.fixture
def cluster(aws: LoopbackAws, names: Iterator[str]) -> Cluster:
    """A cluster of the test's own, with one instance."""
    return new_cluster(aws, names)


@pytest.fixture
def refusing(aws: LoopbackAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """EC2 Auto Scaling refuses everything."""

    def refuse(*_: Any) -> Any:
        raise AwsError("AccessDenied", "not now")

    # moto's models do not list the errors that every service has.
    warnings.filterwarnings("ignore", ".*does not match an error shape")
    monkeypatch.setattr(aws.groups, "call", refuse)


@pytest.fixture(autouse=True)
def _empty_queue(aws: LoopbackAws) -> None:  # noqa: ARG001 - it must run
    _received()


def unzipped(built: Package, into: Path) -> Path:
    with ZipFile(built.archive) as archive:
        archive.extractall(into)
    return into


def deliver(functions: Lambda, *wake_ups: WakeUp) -> Answer:
    """One batch of the queue for `reconcile`; without arguments, what the queue holds."""
    return functions.call("Reconcile", records(*(wake_ups or [message["Body"] for message in _received()])))


def ask(functions: Lambda, method: str, resource: str, path: str, body: str | None = None) -> tuple[int, Any]:
    """One HTTP request of an operator called ann, to a path of a resource of the API."""
    answer = functions.call("APIHandler", request(method, resource, path, body)).value
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def _received() -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found
