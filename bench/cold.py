"""Cold starts and warm calls of the packaged functions in AWS's Lambda runtime, beside a bare function."""

import compileall
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zipfile import ZipFile

import boto3

from bench.report import Row
from chalicelib.contract.names import ALARM_PREFIX, rdb_group
from highwater.deploy.packaging.package import build
from tests.package.events import alarm, fleet, notification, payload, records, report, request, wake_up
from twin.aws.emulator import Answer, emulated
from twin.aws.loopback import LoopbackAws
from twin.aws.wiring import Function

STARTS = 11
CALLS = 50
CLUSTER = "trades"
GROUP = rdb_group(CLUSTER)
BARE = "bare"

# What every function of its kind pays: the framework, the SDK, and its clients, with one call each.
BARE_CODE = """import boto3
from chalice import Chalice

app = Chalice(app_name="bare", configure_logs=False)


@app.lambda_function()
def look(event, context):
"""
READS = "autoscaling", "cloudwatch", "dynamodb"
CLIENTS = {
    "Reconcile": READS,
    "APIHandler": READS,
    "OnAlarm": ("sqs",),
    "OnFleetEvent": ("sqs",),
    "OnReport": ("sqs",),
    "Sweep": READS,
}
A_CALL = {
    "autoscaling": "describe_auto_scaling_groups(MaxRecords=1)",
    "cloudwatch": "describe_alarms(MaxRecords=1)",
    "dynamodb": "list_tables(Limit=1)",
    "sqs": "list_queues(MaxResults=1)",
}


class Subject(NamedTuple):
    """A function, where it is unzipped, and a maker of events for it."""

    function: Function
    task_root: Path
    event: Callable[[], Any]

    def answers(self, url: str, number: int) -> list[Answer]:
        """Start it afresh and call it so often. Raises RuntimeError for an answer that is an error."""
        with emulated(self.task_root, self.function, {"AWS_ENDPOINT_URL": url}) as emulator:
            answers = [emulator.call(self.event()) for _ in range(number)]
        for value in (answer.value or {} for answer in answers):
            if "errorType" in value or value.get("batchItemFailures") or value.get("statusCode", 200) != 200:
                raise RuntimeError(f"{self.function.handler}: {value}")
        return answers


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Call warm ones, then start in turn, so that what else the machine does hits all alike."""
    with TemporaryDirectory() as scratch:
        progress("cold: the package")
        built = build(Path(scratch) / "package")
        task_root = Path(scratch) / "task"
        with ZipFile(built.archive) as archive:
            archive.extractall(task_root)
        aws = LoopbackAws()
        with aws.running(built):
            aws.deploy_cluster(CLUSTER)
            subjects = {
                name: Subject(aws.wiring.named(name), task_root, event) for name, event in _events().items()
            }
            warm = {}
            for name, subject in subjects.items():
                progress(f"cold: {CALLS} warm calls of {name}")
                warm[name] = median(answer.milliseconds for answer in subject.answers(aws.url, CALLS + 1)[1:])
            bare = {clients: _bare(task_root, Path(scratch), clients) for clients in set(CLIENTS.values())}
            subjects |= {subject.function.name: subject for subject in bare.values()}
            starts: dict[str, list[Answer]] = {name: [] for name in subjects}
            for number in range(STARTS):
                progress(f"cold: start {number + 1} of {STARTS}")
                for name, subject in subjects.items():
                    starts[name] += subject.answers(aws.url, 1)
        init = {name: median(one.init_milliseconds for one in found) for name, found in starts.items()}
        first = {
            name: median(one.init_milliseconds + one.milliseconds for one in found)
            for name, found in starts.items()
        }
        beside = {name: bare[CLIENTS[name]].function.name for name in warm}
        note = f"median of {STARTS}; beside it Chalice, boto3"
        return [
            *(Row(f"cold start of {name}", init[name], "ms", init[beside[name]], note) for name in warm),
            *(
                Row(f"first answer of {name}", first[name], "ms", first[beside[name]], _note(name))
                for name in warm
            ),
            *(Row(f"warm call of {name}", warm[name], "ms", None, f"median of {CALLS}") for name in warm),
            Row("the package", built.archive.stat().st_size, "bytes"),
        ]


def _events() -> dict[str, Callable[[], Any]]:
    """Return a maker of events by function: what wakes a cluster at rest."""
    (group,) = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
        "AutoScalingGroups"
    ]
    (live,) = (member["InstanceId"] for member in group["Instances"])

    def said() -> dict[str, Any]:
        return report(CLUSTER, live, "live", 20, rows=9)

    return {
        # Reconcile first: its first calls put up walls, and nothing is left to do.
        "Reconcile": lambda: records(wake_up(CLUSTER, said())),
        "APIHandler": lambda: request("GET", "/clusters/{cluster}", f"/clusters/{CLUSTER}"),
        "OnAlarm": lambda: alarm("alarm-single-metric", f"{ALARM_PREFIX}{CLUSTER}"),
        "OnFleetEvent": lambda: fleet("fleet-launch-successful", GROUP),
        "OnReport": lambda: notification(CLUSTER, json.dumps(said())),
        "Sweep": lambda: payload("schedule"),
    }


def _note(name: str) -> str:
    clients = ", ".join(CLIENTS[name])
    return f"median of {STARTS}; beside it Chalice, boto3, and a call with each client: {clients}"


def _bare(task_root: Path, scratch: Path, clients: tuple[str, ...]) -> Subject:
    """Return the bare function with the framework, in a folder with bytecode like the package's."""
    name = "-".join((BARE, *clients))
    root = scratch / name
    shutil.copytree(task_root / "chalice", root / "chalice")
    calls = "".join(f"    boto3.client({service!r}).{A_CALL[service]}\n" for service in clients)
    (root / "app.py").write_text(BARE_CODE + calls)
    compileall.compile_dir(root, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return Subject(Function("", name, "app.look", timeout=30, environment={}, dead_letters=None), root, dict)
