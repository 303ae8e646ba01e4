"""Looks through a host for what keeps its reports from being sent or believed: a line for each thing."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError

from chalicelib.contracts import State
from chalicelib.presigned import Realm
from chalicelib.settings import METRIC_NAMESPACE
from rdb.asking import STATUS, Nonsense, seen_of
from rdb.aws import AWS_ERRORS, CLOCK_MOST, Aws, clock_off, clock_sentence, sentence
from rdb.config import BadConfig, Config, password
from rdb.errors import AccessDenied, AskFailed, BadMessage, NotReachable, QError, TimedOut
from rdb.ipc import Connection
from rdb.memory import Unmeasured, host_memory
from rdb.metadata import Metadata, NoMetadata
from rdb.metering import data_of
from rdb.reporting import Memory, Seen
from rdb.running import identity
from rdb.sending import Sender

CLOCK_WELL = 60.0
Q_REMEDIES: dict[type[AskFailed], str] = {
    NotReachable: "start q with -p and the port that is q_port",
    AccessDenied: "set q_user and q_password_file to what q's -u or .z.pw lets in",
    TimedOut: "q is busy or hung, or q_port is not q's",
    BadMessage: "set q_port to the port of the RDB",
    QError: r"let q load highwater.q (\l /mnt/highwater/kx/highwater.q)",
}


class Finding(NamedTuple):
    """One thing: whether it is well, and what is known of it or what to do."""

    what: str
    well: bool
    text: str


def settings_of(config: Config, wrong: tuple[str, ...]) -> Iterator[Finding]:
    """The settings, as they are taken."""
    for text in wrong:
        yield Finding("settings", False, text)
    yield Finding("settings", True, f"cluster {config.cluster}, scale threshold {config.scale_threshold:g} %")


def memory_of(config: Config) -> tuple[Memory | None, Finding]:
    """The host's memory."""
    try:
        memory = host_memory(Path(config.meminfo))
    except Unmeasured as error:
        return None, Finding("memory", False, f"{error}: let the reporter read it")
    return memory, Finding("memory", True, f"{memory.percent:.1f} % of {memory.total} bytes")


def q_of(config: Config) -> tuple[Seen, Finding]:
    """What q says of itself."""
    try:
        secret = password(config)
        with Connection(config.q_host, config.q_port, user=config.q_user, password=secret) as q:
            seen = seen_of(q.ask(STATUS, config.q_timeout_seconds))
    except AskFailed as error:
        remedy = Q_REMEDIES.get(type(error), "let .highwater.status return what docs/q.md says")
        return _unknown(f"{error}: {remedy}")
    except Nonsense as error:
        return _unknown(f"{error}: see docs/q.md")
    except BadConfig as error:
        return _unknown(str(error))
    return seen, Finding("q", True, f"{seen.state}, {seen.rows} rows")


def state_of(directory: Path) -> Finding:
    """Whether the sequence can be kept."""
    try:
        with tempfile.TemporaryFile(dir=directory):
            return Finding("state directory", True, f"{directory} is writable")
    except OSError as error:
        remedy = f"StateDirectory= in the service makes it, or: install -d -o kdb {directory}"
        return Finding("state directory", False, f"{directory}: {error.strerror}: {remedy}")


def metadata_of(config: Config, metadata: Metadata) -> tuple[tuple[str, str] | None, list[Finding]]:
    """Who this host is, and whether it would see the wish to drain."""
    try:
        instance_id, region = identity(config, metadata)
    except NoMetadata as error:
        return None, [Finding("metadata", False, str(error))]
    try:
        shown, wish = metadata.tags_shown(), metadata.wish()
    except NoMetadata as error:
        text = f"{error}; without it no tag can ask this RDB to drain"
        return (instance_id, region), [Finding("metadata", False, text)]
    found = [Finding("metadata", True, f"{instance_id} in {region}, drain wished: {wish.reason or 'no'}")]
    if not shown:
        text = (
            "not shown in the metadata, so no request to drain is seen: set InstanceMetadataTags to enabled"
        )
        found.append(Finding("tags", False, text))
    topic_region = config.reports_topic.split(":")[3]
    if topic_region != region:
        found.append(Finding("settings", False, f"reports_topic is in {topic_region}, this host in {region}"))
    return (instance_id, region), found


def caller_of(config: Config, instance_id: str, aws: Aws, now: datetime) -> Iterator[Finding]:
    """Whether the control plane will know this host by its role's session, and its clock by AWS's."""
    account = config.reports_topic.split(":")[4]
    realm = Realm(account, config.partition, aws.domain(config.partition), aws.region)
    expected = realm.rdb_arn(config.cluster, instance_id)
    try:
        answer = aws.client("sts").get_caller_identity()
    except ClientError as error:
        answer = error.response
        yield Finding("role", False, sentence(error, now))
    except AWS_ERRORS as error:
        yield Finding("role", False, sentence(error, now))
        return
    else:
        text = answer["Arn"]
        if text != expected:
            text += f" is not {expected}: no report of drained will be believed; use the instance's own role"
        yield Finding("role", answer["Arn"] == expected, text)
    off = clock_off(answer, now)
    if off is not None and abs(off) < CLOCK_MOST:
        side = "" if abs(off) < CLOCK_WELL else ": see chronyc tracking"
        yield Finding("clock", abs(off) < CLOCK_WELL, f"{off:+.0f} s beside AWS's{side}")
    elif off is not None:
        yield Finding("clock", False, clock_sentence(off))


def topic_of(sender: Sender, seen: Seen, memory: Memory, now: datetime) -> Finding:
    """SNS cannot be asked without publishing: what is published is the report of now, as `report` does."""
    try:
        report = sender.send(seen, memory, now)
    except AWS_ERRORS as error:
        return Finding("topic", False, sentence(error, now))
    return Finding("topic", True, f"took the report of now: {report.state}, sequence {report.sequence}")


def metrics_of(
    config: Config, instance_id: str, seen: Seen, memory: Memory, aws: Aws, now: datetime
) -> Finding:
    """Whether metrics may be published: those of now are."""
    data = data_of(config.cluster, instance_id, seen, memory, now)
    try:
        aws.client("cloudwatch").put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)
    except AWS_ERRORS as error:
        return Finding("metrics", False, sentence(error, now))
    return Finding("metrics", True, f"namespace {METRIC_NAMESPACE} took {len(data)}")


def _unknown(why: str) -> tuple[Seen, Finding]:
    return Seen(State.UNKNOWN, None, why=why), Finding("q", False, why)
