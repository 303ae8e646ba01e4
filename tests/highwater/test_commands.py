"""Each command as the operator calls it, on an emulated account."""

import json
import re
from hashlib import sha256
from typing import Any

import boto3
import pytest

from highwater.__main__ import main
from highwater.deploy.commands.deploy import with_code
from highwater.deploy.packaging import package
from tests.highwater.account_scene import IN_REGION, cluster_words, create_group, stacks_of
from twin.aws import cloudformation  # noqa: F401 - it brings resource types that moto lacks

BUCKET = "highwater-code-123456789012-eu-west-1"
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


def test_the_control_plane_is_uploaded_under_its_digest_and_deployed(
    session: boto3.Session, plain_package: package.Package, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", *IN_REGION]) == 0
    assert stacks_of(session) == ["highwater"]
    s3 = session.client("s3")
    digest = sha256(plain_package.archive.read_bytes()).hexdigest()
    assert s3.get_object(Bucket=BUCKET, Key=f"{digest}.zip")["Body"].read() == b"code"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    blocked = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (parameter,) = session.client("cloudformation").describe_stacks(StackName="highwater")["Stacks"][0][
        "Parameters"
    ]
    assert parameter["ParameterValue"] == "create"
    assert "make cluster" in capsys.readouterr().out


@pytest.mark.usefixtures("plain_package")
def test_a_second_control_plane_is_refused_and_an_upgrade_changes_nothing_that_is_the_same(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["deploy", *IN_REGION])
    before = session.client("s3").list_object_versions(Bucket=BUCKET)["Versions"]
    assert main(["deploy", *IN_REGION]) == 2
    assert "add --upgrade" in capsys.readouterr().err
    assert main(["deploy", "--upgrade", *IN_REGION]) == 0
    assert "is as it should be already" in capsys.readouterr().err
    assert session.client("s3").list_object_versions(Bucket=BUCKET)["Versions"] == before


@pytest.mark.usefixtures("plain_package", "plain_cluster")
@pytest.mark.parametrize("upgrade", [[], ["--upgrade"]])
def test_nothing_is_deployed_over_a_stack_of_an_earlier_version_that_nobody_ever_deployed(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], upgrade: list[str]
) -> None:
    def made_by_it(stack: str, cluster: str) -> None:
        template = """
Parameters: {Cluster: {Type: String}}
Resources: {Topic: {Type: 'AWS::SNS::Topic'}}
Outputs: {Topic: {Value: {Ref: Topic}}}"""
        parameters = [{"ParameterKey": "Cluster", "ParameterValue": cluster}]
        session.client("cloudformation").create_stack(
            StackName=stack, TemplateBody=template, Parameters=parameters
        )

    def sentence(stack: str, removal: str) -> str:
        return (
            f"Stack {stack} has no output HighwaterVersion, so it is of Highwater 0.1.0 and cannot be "
            f"upgraded: delete it with `make remove {removal}`, then run this again.\n"
        )

    made_by_it("highwater", "")
    assert main(["deploy", *upgrade, *IN_REGION]) == 2
    assert capsys.readouterr().err.endswith(sentence("highwater", "ARGS=--control-plane"))
    if not upgrade:
        assert main(cluster_words(session)) == 2
        assert capsys.readouterr().err.endswith(sentence("highwater", "ARGS=--control-plane"))
    made_by_it("highwater-trades", "trades")
    assert main([*cluster_words(session), *upgrade]) == 2
    assert capsys.readouterr().err.endswith(sentence("highwater-trades", "CLUSTER=trades"))
    assert stacks_of(session) == ["highwater", "highwater-trades"]
    assert session.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.usefixtures("plain_package")
def test_a_queue_of_the_same_name_is_found_before_anything_is_created(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.client("sqs").create_queue(QueueName="highwater-dead-letters")
    assert main(["deploy", "--json", *IN_REGION]) == 2
    sentence = (
        "SQS Queue highwater-dead-letters exists already and belongs to no stack of this name: delete or "
        "rename it, then run this again."
    )
    shown = capsys.readouterr()
    assert shown.err.endswith(sentence + "\n")
    assert json.loads(shown.out) == {"refused": sentence}
    assert stacks_of(session) == []
    assert session.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.usefixtures("plain_package")
def test_the_control_plane_leaves_only_when_it_serves_nobody_and_the_ledger_stays(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["deploy", *IN_REGION])
    create_group(session, "highwater-trades-rdb")
    assert main(["remove", "--control-plane", *IN_REGION]) == 2
    assert stacks_of(session) == ["highwater"]
    session.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="highwater-trades-rdb")
    capsys.readouterr()
    assert main(["remove", "--control-plane", "--json", *IN_REGION]) == 0
    assert stacks_of(session) == []
    shown = capsys.readouterr()
    assert "Wait a minute before you deploy again" in shown.err
    remains = json.loads(shown.out)["remains"]
    assert remains == [
        "AWS::DynamoDB::Table ledger: aws dynamodb update-table --table-name ledger "
        "--no-deletion-protection-enabled && aws dynamodb delete-table --table-name ledger",
        f"S3 bucket {BUCKET}: empty it with every version, then `aws s3 rb s3://{BUCKET}`",
    ]


def test_a_cluster_without_a_control_plane_is_refused(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(cluster_words(session)) == 2
    assert "The control plane is not in eu-west-1" in capsys.readouterr().err
    assert stacks_of(session) == []


@pytest.mark.usefixtures("plain_cluster")
def test_a_cluster_is_created_retired_and_removed_when_its_last_rdb_has_left(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    autoscaling = session.client("autoscaling")

    def group() -> dict[str, object]:
        (shown,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["highwater-trades-rdb"])[
            "AutoScalingGroups"
        ]
        tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
        return {"MinSize": shown["MinSize"], "retiring": tags.get("highwater:retiring")}

    assert main(cluster_words(session)) == 0
    assert group() == {"MinSize": 1, "retiring": None}
    assert main(["retire", "trades", *IN_REGION]) == 0
    assert group() == {"MinSize": 0, "retiring": "yes"}
    assert main(["retire", "trades", "--undo", *IN_REGION]) == 0
    assert group() == {"MinSize": 1, "retiring": None}
    main(["retire", "trades", *IN_REGION])
    capsys.readouterr()
    assert main(["remove", "trades", *IN_REGION]) == 2
    assert "Cluster trades still has i-" in capsys.readouterr().err
    # Its last RDB is drained and released.
    (instance,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["highwater-trades-rdb"])[
        "AutoScalingGroups"
    ][0]["Instances"]
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=instance["InstanceId"], ShouldDecrementDesiredCapacity=True
    )
    assert main(["remove", "trades", "--json", *IN_REGION]) == 0
    assert stacks_of(session) == []
    (kept,) = json.loads(capsys.readouterr().out)["remains"]
    assert re.fullmatch(
        r"AWS::EFS::FileSystem (fs-\w+): aws efs delete-file-system --file-system-id \1", kept
    )


@pytest.mark.usefixtures("plain_cluster")
@pytest.mark.parametrize("words", [["remove", "other"], ["retire", "other"], ["check", "other"]])
def test_a_stack_of_that_name_which_is_not_the_clusters_is_left_alone(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    queue = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    session.client("cloudformation").create_stack(StackName="highwater-other", TemplateBody=queue)
    create_group(session, "highwater-other-rdb")
    assert main([*words, *IN_REGION]) == 2
    assert "Stack highwater-other is not of cluster other" in capsys.readouterr().err
    assert stacks_of(session) == ["highwater-other"]
    other = [word if word != "trades" else "other" for word in cluster_words(session)]
    assert main([*other, "--upgrade"]) == 2
    assert "Stack highwater-other is not of cluster other" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["cluster", "retire", "remove", "check"])
def test_the_stack_of_the_image_is_no_clusters(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "image", *IN_REGION]) == 2
    assert capsys.readouterr().err.startswith("CLUSTER image: highwater-image is the stack of the host image")
    assert stacks_of(session) == []


@pytest.mark.usefixtures("plain_cluster")
def test_an_upgrade_keeps_the_subnet_in_which_an_instance_runs(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    words = cluster_words(session)
    main(words)
    ids = words[words.index("--subnets") + 1].split(",")
    used = {
        instance["SubnetId"]
        for reservation in session.client("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    kept = ",".join(sorted(set(ids) - used))
    capsys.readouterr()
    assert main(["cluster", "trades", "--upgrade", "--subnets", kept, *IN_REGION]) == 2
    assert re.search(r"--subnets: i-\w+.* still in subnet-", capsys.readouterr().err)


@pytest.mark.usefixtures("plain_package")
def test_a_bucket_that_is_not_there_does_not_remain(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["deploy", *IN_REGION])
    s3 = session.client("s3")
    for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=BUCKET)
    capsys.readouterr()
    assert main(["remove", "--control-plane", "--json", *IN_REGION]) == 0
    assert "S3 bucket" not in capsys.readouterr().out


def test_bad_input_and_an_unknown_profile_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "trades", "--max-size", "many"]) == 2
    assert capsys.readouterr().err.startswith("--max-size many: must be a whole number from ")
    assert main(["deploy", "--profile", "no-such-profile", *IN_REGION]) == 2
    assert "no-such-profile" in capsys.readouterr().err


def test_each_function_gets_the_uploaded_code_and_nothing_else_changes() -> None:
    def function(code: str) -> dict[str, Any]:
        return {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": code, "Timeout": 9}}

    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    local, moved = function("./deployment.zip"), function("s3://bucket/key.zip")
    template = {"Resources": {"Sweep": local, "Reconcile": local, "Queue": queue}}
    located = with_code(template, "s3://bucket/key.zip")["Resources"]
    assert located == {"Sweep": moved, "Reconcile": moved, "Queue": queue}
    assert local == function("./deployment.zip"), "the template that was given stays as it is"
