"""The installed reporter on MiniStack, with the credentials and exactly the policy of an RDB's role."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from chalicelib.contract.presigned import Realm
from chalicelib.contract.report import parse_report
from chalicelib.proof.verifier import KnownKeys, Verifier, fetch
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.packaging.wheel import build
from rdb.kdb.status import HAS_DRAIN
from rdb.kdb.status import STATUS as QUESTION
from tests.ministack.roles import assumed
from tests.ministack.server import Server
from tests.ministack.stack import awaited
from tests.rdb.builders import ID, STATUS
from tests.rdb.installed import install
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.metadata import ROLE, MetadataPlayer, document_of
from twin.q.player import QPlayer


class Host:
    """An RDB's host, whose role is the template's, and the queue that hears what it reports."""

    def __init__(self, server: Server, site: Path, folder: Path) -> None:
        self.server, self.site, self.folder = server, site, folder
        sns, sqs, kms = (server.client(service) for service in ("sns", "sqs", "kms"))
        key = kms.create_key()["KeyMetadata"]["Arn"]
        attributes = {"KmsMasterKeyId": key}
        self.topic = sns.create_topic(Name="highwater-reports-trades", Attributes=attributes)["TopicArn"]
        self.queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
        heard = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": heard["QueueArn"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=heard["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        policy = json.dumps(_policy(self.topic, key))
        assumed(server.client, ROLE, session=ID)
        server.client("iam").put_role_policy(RoleName=ROLE, PolicyName="report", PolicyDocument=policy)
        found = assumed(server.client, ROLE, session=ID)
        self.metadata = MetadataPlayer(ID)
        self.metadata.texts[f"/iam/security-credentials/{ROLE}"] = document_of(
            ReadOnlyCredentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        )

    def run(self, command: str, says: Any) -> "subprocess.CompletedProcess[str]":
        """Run `highwater-rdb` beside a q that says something; what was published before is forgotten."""
        self.server.client("sqs").purge_queue(QueueUrl=self.queue)
        with QPlayer({QUESTION: lambda: says, HAS_DRAIN: lambda: True}, credentials=":") as q:
            config = self.folder / "reporter.toml"
            config.write_text(
                f'cluster = "trades"\nreports_topic = "{self.topic}"\nq_port = {q.port}\n'
                f'state_directory = "{self.folder}"\nq_timeout_seconds = 10\n'
            )
            program = self.site / "bin" / "highwater-rdb"
            with self.metadata.served() as url:
                return subprocess.run(  # noqa: S603 - our own command
                    [sys.executable, "-S", str(program), command, "--config", str(config)],
                    env={
                        "PYTHONPATH": str(self.site),
                        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
                        "AWS_ENDPOINT_URL": self.server.url,
                        "AWS_CA_BUNDLE": str(self.server.certificate),
                    },
                    cwd=self.folder,
                    capture_output=True,
                    text=True,
                    check=False,
                )

    def heard(self) -> str:
        """The one message that the topic carried since the command ran."""
        sqs = self.server.client("sqs")
        (message,) = awaited(lambda: sqs.receive_message(QueueUrl=self.queue).get("Messages"))
        sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return str(message["Body"])


def _policy(topic: str, key: str) -> Any:
    """The role's policy without q's password, which no call here asks for."""
    role = read_template(CLUSTER_TEMPLATE)["Resources"]["RdbRole"]["Properties"]
    document = role["Policies"][0]["PolicyDocument"]
    text = json.dumps(
        document | {"Statement": [s for s in document["Statement"] if s["Sid"] != "ReadQPassword"]}
    )
    for stated, arn in (({"Ref": "Reports"}, topic), ({"Fn::ImportValue": "highwater-key"}, key)):
        text = text.replace(json.dumps(stated), json.dumps(arn))
    via = json.dumps({"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"})
    return json.loads(text.replace(via, json.dumps(f"sns.{REGION}.amazonaws.com")))


@pytest.fixture(scope="module")
def host(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Host:
    site = tmp_path_factory.mktemp("site")
    install(build(tmp_path_factory.mktemp("wheel")), site)
    return Host(server, site, tmp_path_factory.mktemp("host"))


def test_a_report_reaches_the_topic_under_the_roles_policy(host: Host) -> None:
    done = host.run("report", STATUS)
    assert done.returncode == 0, done.stdout + done.stderr
    report = parse_report(host.heard(), datetime.now(UTC))
    assert (report.instance_id, report.state, report.rows, report.proof) == (ID, "live", 7, None)


def test_a_drained_report_comes_with_a_proof_for_which_sts_vouches(host: Host) -> None:
    done = host.run("report", {**STATUS, "state": "drained", "rows": 0})
    assert done.returncode == 0, done.stdout + done.stderr
    text = host.heard()
    report = parse_report(text, datetime.now(UTC))
    verifier = Verifier(Realm(ACCOUNT, "aws", "amazonaws.com", REGION), KnownKeys(), fetch)
    with host.server.everywhere():
        verdict = verifier.verdict(report, text, datetime.now(UTC))
    assert verdict.holds, verdict.why


def test_the_check_finds_nothing_wrong_but_what_ministack_lacks(host: Host) -> None:
    lines = [line.split()[:2] for line in host.run("check", STATUS).stdout.splitlines()]
    found = {name: verdict for verdict, name in lines}
    assert {"role", "clock", "topic", "metrics"} <= found.keys()
    assert {verdict for name, verdict in found.items() if name != "metrics"} == {"ok"}


def test_the_check_finds_that_the_role_may_publish_the_memory(host: Host) -> None:
    lines = host.run("check", STATUS).stdout.splitlines()
    assert any(line.split()[:2] == ["ok", "metrics"] for line in lines), lines
