"""Cold starts and warm calls of the packaged functions in AWS's Lambda runtime, beside a bare function."""

import compileall
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zipfile import ZipFile

import boto3

from bench.events import events
from bench.rows import Row
from highwater.deploy.packaging.package import build
from twin.aws.emulator import Answer, Emulator, emulated
from twin.aws.loopback import LoopbackAws
from twin.aws.wiring import Function

STARTS = 11
CALLS = 50
CLUSTER = "trades"

# What every function of this kind pays: the framework, the SDK and one client.
BARE = """import boto3
from chalice import Chalice

app = Chalice(app_name="bare", configure_logs=False)
autoscaling = boto3.client("autoscaling")


@app.lambda_function()
def look(event, context):
    autoscaling.describe_auto_scaling_groups(MaxRecords=1)
"""


class Start(NamedTuple):
    """Milliseconds of one fresh start: until the handler was there, and until its first answer."""

    init: float
    answered: float


class Subject(NamedTuple):
    """A function, where it is unzipped, and a maker of events for it."""

    function: Function
    task_root: Path
    event: Callable[[], Any]


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Starts in turn, so that what else the machine does hits all alike; then warm calls."""
    with TemporaryDirectory() as scratch:
        progress("cold: the package")
        built = build(Path(scratch) / "package")
        task_root = Path(scratch) / "task"
        with ZipFile(built.archive) as archive:
            archive.extractall(task_root)
        bare = Subject(_function("app.look"), _bare(task_root, Path(scratch) / "bare"), dict)
        aws = LoopbackAws()
        with aws.running(built):
            aws.deploy_cluster(CLUSTER)
            (live,) = _members()
            subjects = {
                name: Subject(aws.wiring.named(name), task_root, event)
                for name, event in events(CLUSTER, live).items()
            }
            warm = _warm(subjects, aws.url, progress)
            starts = _starts({"bare": bare, **subjects}, aws.url, progress)
        return [*_rows(starts, warm), Row("the package", built.archive.stat().st_size, "bytes")]


def _rows(starts: Mapping[str, list[Start]], warm: Mapping[str, float]) -> list[Row]:
    init = {name: median(start.init for start in found) for name, found in starts.items()}
    answered = {name: median(start.answered for start in found) for name, found in starts.items()}
    note = f"median of {STARTS}; beside it Chalice, boto3 and one client"
    return [
        *(Row(f"cold start of {name}", init[name], "ms", init["bare"], note) for name in warm),
        *(Row(f"first answer of {name}", answered[name], "ms", answered["bare"], note) for name in warm),
        *(Row(f"warm call of {name}", warm[name], "ms", None, f"median of {CALLS}") for name in warm),
    ]


def _starts(
    subjects: Mapping[str, Subject], url: str, progress: Callable[[str], None]
) -> dict[str, list[Start]]:
    found: dict[str, list[Start]] = defaultdict(list)
    for number in range(STARTS):
        progress(f"cold: start {number + 1} of {STARTS}")
        for name, subject in subjects.items():
            with emulated(subject.task_root, subject.function, {"AWS_ENDPOINT_URL": url}) as emulator:
                answer = _called(emulator, subject)
            init = answer.init_milliseconds
            found[name].append(Start(init, init + answer.milliseconds))
    return found


def _warm(subjects: Mapping[str, Subject], url: str, progress: Callable[[str], None]) -> dict[str, float]:
    """Medians by function. Reconcile first: its first calls put up walls, and nothing is left to do."""
    found = {}
    for name in sorted(subjects, key=lambda name: name != "Reconcile"):
        progress(f"cold: {CALLS} warm calls of {name}")
        subject = subjects[name]
        with emulated(subject.task_root, subject.function, {"AWS_ENDPOINT_URL": url}) as emulator:
            _called(emulator, subject)
            found[name] = median(_called(emulator, subject).milliseconds for _ in range(CALLS))
    return found


def _called(emulator: Emulator, subject: Subject) -> Answer:
    answer = emulator.call(subject.event())
    value = answer.value or {}
    if "errorType" in value or value.get("batchItemFailures") or value.get("statusCode", 200) != 200:
        raise RuntimeError(f"{subject.function.handler}: {value}")
    return answer


def _bare(task_root: Path, root: Path) -> Path:
    """A folder with the bare function and the framework, with bytecode like the package's."""
    shutil.copytree(task_root / "chalice", root / "chalice")
    (root / "app.py").write_text(BARE)
    compileall.compile_dir(root, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return root


def _function(handler: str) -> Function:
    return Function("", "bare", handler, timeout=30, environment={}, dead_letters=None)


def _members() -> list[str]:
    answer = boto3.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[f"highwater-{CLUSTER}-rdb"]
    )
    return [member["InstanceId"] for member in answer["AutoScalingGroups"][0]["Instances"]]
