"""Checks a host for what keeps its reports from being sent or believed. Each check gives a line."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from ..contract.names import METRIC_NAMESPACE, Role
from ..contract.presigned import Realm
from ..host.aws import AWS_ERRORS, CLOCK_MOST, Aws, clock_off, clock_sentence, sentence
from ..host.config import Config
from ..host.identity import Identity, identity
from ..host.memory import Memory, Unmeasured, host_memory, size
from ..host.metadata import Metadata, NoMetadata, Unreachable
from ..host.passwords import CURRENT, BadSecret, fetch
from ..kdb.status import Seen
from ..reporter.meter import datum_of, name_of
from ..reporter.sender import Sender
from .finding import Finding, Verdict

CLOCK_WELL = 60.0
SERVICE = "it is written within five minutes by highwater-passwords: systemctl status highwater-passwords"


def settings_of(config: Config, wrong: tuple[str, ...]) -> Iterator[Finding]:
    """Report each invalid setting, then the settings in use."""
    for text in wrong:
        yield Finding("settings", "BAD", text)
    verdict: Verdict = "taken" if wrong else "ok"
    match config.role:
        case Role.RDB:
            text = f"scale threshold {config.scale_threshold:g} %"
        case Role.TICKERPLANT:
            text = "the tickerplant's host"
    yield Finding("settings", verdict, f"cluster {config.cluster}, {text}")


def memory_of(config: Config) -> tuple[Memory | None, Finding]:
    """Read the host's memory; None when that is not possible."""
    try:
        memory = host_memory(Path(config.meminfo))
    except Unmeasured as error:
        return None, Finding("memory", "BAD", f"{error}: let the reporter read it")
    return memory, Finding("memory", "ok", f"{memory.percent:.1f} % of {size(memory.total)}")


def state_of(directory: Path) -> Finding:
    """Check that the sequence can be kept, by the user who runs this and by the service's."""
    make = f"install -d -o kdb {directory}"
    try:
        with tempfile.TemporaryFile(dir=directory):
            owner, me = directory.stat().st_uid, os.geteuid()
    except NotADirectoryError:
        return Finding("state directory", "BAD", f"{directory} is a file: move it away, then: {make}")
    except PermissionError:
        text = f"{directory}: {_user(os.geteuid())} may not write: run this as the service's user, or: {make}"
        return Finding("state directory", "BAD", text)
    except OSError as error:
        remedy = f"StateDirectory= in the service makes it, or: {make}"
        return Finding("state directory", "BAD", f"{directory}: {error.strerror}: {remedy}")
    if me != owner:
        text = f"run as {_user(me)}; {directory} is of {_user(owner)}, as whom the service runs"
        return Finding("state directory", "WARN", text)
    return Finding("state directory", "ok", f"{directory} is writable")


def metadata_of(config: Config, metadata: Metadata) -> tuple[Identity | None, list[Finding]]:
    """Find out who this host is, and check that it would see a request to drain."""
    try:
        known = identity(config, metadata)
    except NoMetadata as error:
        return None, [Finding("metadata", "BAD", str(error))]
    found: list[Finding] = []
    topic_region = config.reports_topic.split(":")[3]
    if topic_region != known.region:
        text = f"reports_topic is in {topic_region}, this host in {known.region}"
        found.append(Finding("settings", "BAD", text))
    try:
        shown, request = metadata.tags_shown(), metadata.drain_request()
    except NoMetadata as error:
        off_ec2 = isinstance(error, Unreachable) and config.instance_id and config.region
        text = f"{error}; without it no tag can ask this RDB to drain"
        return known, [*found, Finding("metadata", "WARN" if off_ec2 else "BAD", text)]
    text = f"{known.instance_id} in {known.region}, drain requested: {request or 'no'}"
    found.append(Finding("metadata", "ok", text))
    if not shown:
        text = "not in the metadata, so no request to drain is seen: set InstanceMetadataTags to enabled"
        found.append(Finding("tags", "BAD", text))
    return known, found


def caller_of(config: Config, identity: Identity, aws: Aws, now: datetime) -> Iterator[Finding]:
    """Check that the control plane will know this host by its role's session, and its clock by AWS's."""
    account = config.reports_topic.split(":")[4]
    realm = Realm(account, config.partition, aws.domain(config.partition), aws.region)
    expected = realm.rdb_arn(config.cluster, identity.instance_id)
    try:
        answer = aws.client("sts").get_caller_identity()
    except ClientError as error:
        answer = error.response
        yield Finding("role", "BAD", sentence(error, now))
    except AWS_ERRORS as error:
        yield Finding("role", "BAD", sentence(error, now))
        return
    else:
        text = answer["Arn"]
        if text != expected:
            text += f" is not {expected}: no report of drained will be believed; use the instance's own role"
        yield Finding("role", "ok" if answer["Arn"] == expected else "BAD", text)
    off = clock_off(answer, now)
    if off is not None and abs(off) < CLOCK_MOST:
        well = abs(off) < CLOCK_WELL
        text = f"{off:+.0f} s beside AWS's{'' if well else ': see chronyc tracking'}"
        yield Finding("clock", "ok" if well else "BAD", text)
    elif off is not None:
        yield Finding("clock", "BAD", clock_sentence(off))


def topic_of(sender: Sender, seen: Seen, memory: Memory, now: datetime) -> Finding:
    """Publish the current report, as `report` does: SNS cannot be tried in any other way."""
    try:
        report = sender.send(seen, memory, now)
    except AWS_ERRORS as error:
        return Finding("topic", "BAD", sentence(error, now))
    return Finding("topic", "ok", f"took the report of now: {report.state}, sequence {report.sequence}")


def metrics_of(identity: Identity, seen: Seen, memory: Memory, aws: Aws, now: datetime) -> Finding:
    """Publish the current metric, to see that it is permitted."""
    name = name_of(seen.state)
    try:
        aws.client("cloudwatch").put_metric_data(
            Namespace=METRIC_NAMESPACE, MetricData=[datum_of(identity, name, memory, now)]
        )
    except AWS_ERRORS as error:
        return Finding("metrics", "BAD", sentence(error, now))
    return Finding("metrics", "ok", f"namespace {METRIC_NAMESPACE} took {name}")


def secret_of(secret: str, config: Config, aws: Aws, now: datetime) -> Finding:
    """Check that q's newest password can be fetched, and is in the file that q reads."""
    try:
        newest = fetch(aws.client("secretsmanager"), secret, CURRENT)
        known = Path(config.q_password_file).read_text().splitlines()
    except AWS_ERRORS as error:
        return Finding("secret", "BAD", sentence(error, now))
    except BadSecret as error:
        return Finding("secret", "BAD", f"{error}: see docs/deploy.md, The password")
    except OSError as error:
        return Finding("secret", "BAD", f"{config.q_password_file}: {error.strerror}: {SERVICE}")
    if newest not in known:
        return Finding("secret", "WARN", f"its newest password is not in {config.q_password_file}: {SERVICE}")
    return Finding("secret", "ok", f"its newest password is in {config.q_password_file}")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
