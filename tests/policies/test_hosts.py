"""The roles of the hosts: an RDB reports and reads files, a tickerplant writes the logs."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from highwater.market.host import Outbox
from tests.policies.evaluator import Request, Statement, allowed, statements_of
from tests.policies.least import denied, elsewhere, grants, idle, too_wide
from tests.policies.recorder import Recording
from tests.policies.roles import of_type, policy_of
from tests.policies.sdk_calls import publishing
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.day.day import Day
from twin.day.options import Options

EFS = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}"
NEEDS: Mapping[str, tuple[str, ...]] = {
    "RdbRole": ("publish", "sign", "put_metric", "read_logs", "read_code", "read_hdb", "read_password"),
    "TickerplantRole": ("publish", "read_logs", "write_logs", "read_code", "read_password"),
    "CodeRole": ("read_code", "write_code"),
    # Of the stack's writer, or of a host of the firm's, and of the HDBs.
    "WriterPolicy": ("read_logs", "read_code", "read_hdb", "write_hdb", "read_password"),
    "HdbPolicy": ("read_hdb",),
}


@pytest.fixture(scope="module")
def scenes(scenes: Recording) -> Iterator[Recording]:
    """A stack with everything that one may have, beside what the functions asked for."""
    day = Day(Options(), io.StringIO())
    with day.running():
        cluster = day.aws.deploy_cluster("bonds", {"Writer": "group", "HdbAddresses": "hdb-1:5002"})
        yield replace(scenes, cluster=cluster)


def publish(scenes: Recording) -> list[Request]:
    """A report."""
    return list(publishing(scenes.control_plane | scenes.cluster, scenes.cluster["Reports"][1]["Arn"]))


def sign(_scenes: Recording) -> list[Request]:
    """A proof: nobody needs permission for GetCallerIdentity."""
    return []


def put_metric(_scenes: Recording) -> list[Request]:
    """Its memory."""
    return [Request.of("cloudwatch:PutMetricData", context={"cloudwatch:namespace": "Highwater"})]


def on_files(scenes: Recording, action: str, access: str) -> list[Request]:
    """A call on the file system, as the user data mounts it: through an access point."""
    (files,) = of_type(scenes.cluster, "AWS::EFS::FileSystem").values()
    point = of_type(scenes.cluster, "AWS::EFS::AccessPoint")[access]
    context = {
        "elasticfilesystem:AccessPointArn": f"{EFS}:access-point/{point['Name']}",
        "elasticfilesystem:AccessedViaMountTarget": "true",
    }
    return [Request.of(f"elasticfilesystem:{action}", f"{EFS}:file-system/{files['Name']}", context)]


def read_password(scenes: Recording) -> list[Request]:
    """The password of its cluster's q."""
    return [Request.of("secretsmanager:GetSecretValue", scenes.cluster["QPassword"][1]["Name"])]


CALLS: Mapping[str, Callable[[Recording], list[Request]]] = {
    "publish": publish,
    "sign": sign,
    "put_metric": put_metric,
    "read_logs": lambda scenes: on_files(scenes, "ClientMount", "LogsAccess"),
    "write_logs": lambda scenes: on_files(scenes, "ClientWrite", "LogsAccess"),
    "read_code": lambda scenes: on_files(scenes, "ClientMount", "CodeAccess"),
    "write_code": lambda scenes: on_files(scenes, "ClientWrite", "CodeAccess"),
    "read_hdb": lambda scenes: on_files(scenes, "ClientMount", "HdbAccess"),
    "write_hdb": lambda scenes: on_files(scenes, "ClientWrite", "HdbAccess"),
    "read_password": read_password,
}


def policy(scenes: Recording, role: str) -> tuple[Statement, ...]:
    kind, properties = scenes.cluster[role]
    if kind == "AWS::IAM::ManagedPolicy":
        return statements_of(properties["PolicyDocument"])
    return policy_of(scenes.cluster, role)


def needed(scenes: Recording, role: str) -> list[Request]:
    return [request for call in NEEDS[role] for request in CALLS[call](scenes)]


def test_every_way_in_which_a_simulated_host_reaches_aws_is_among_what_an_rdb_needs() -> None:
    assert {*Outbox._fields, "sign", "read_logs", "read_code", "read_hdb", "read_password"} == set(
        NEEDS["RdbRole"]
    )


@pytest.mark.parametrize("role", NEEDS)
def test_a_host_may_do_what_it_needs_and_nothing_that_it_does_not(scenes: Recording, role: str) -> None:
    assert denied(policy(scenes, role), needed(scenes, role)) == []
    assert idle(policy(scenes, role), needed(scenes, role)) == []
    assert [grant for grant in grants(policy(scenes, role)) if too_wide(grant)] == []


@pytest.mark.parametrize("role", NEEDS)
def test_a_host_may_do_nothing_that_the_control_plane_does(scenes: Recording, role: str) -> None:
    made = {request for of_function in scenes.requests.values() for request in of_function}
    services = {request.action.partition(":")[0] for request in made}
    assert services >= {"autoscaling", "cloudwatch", "dynamodb", "ec2", "sns", "sqs"}
    # The key is that of all topics, and opens nothing but messages on their way through SNS.
    others = [request for request in made if not request.action.startswith("kms:")]
    assert [request for request in others if allowed(policy(scenes, role), request)] == []


@pytest.mark.parametrize("role", NEEDS)
def test_a_host_may_do_nothing_on_a_resource_of_another_account_region_or_name(
    scenes: Recording, role: str
) -> None:
    others = [other for request in needed(scenes, role) for other in elsewhere(request)]
    assert [other for other in others if allowed(policy(scenes, role), other)] == []


@pytest.mark.parametrize("role", NEEDS)
def test_the_files_are_mounted_through_an_access_point_or_not_at_all(scenes: Recording, role: str) -> None:
    mounts = [one for one in needed(scenes, role) if one.action.startswith("elasticfilesystem:")]
    assert mounts
    for request in mounts:
        assert allowed(policy(scenes, role), request)
        assert not allowed(policy(scenes, role), Request(request.action, request.resource))
        root = Request("elasticfilesystem:ClientRootAccess", request.resource, request.context)
        assert not allowed(policy(scenes, role), root)


def test_an_rdb_publishes_no_metric_outside_its_namespace_and_uses_the_key_through_sns_alone(
    scenes: Recording,
) -> None:
    rdb = policy(scenes, "RdbRole")
    for namespace in ("AWS/EC2", "Highwater/ControlPlane"):
        metric = Request.of("cloudwatch:PutMetricData", context={"cloudwatch:namespace": namespace})
        assert not allowed(rdb, metric)
    keyed = [request for request in publish(scenes) if request.action.startswith("kms:")]
    assert len(keyed) == 2
    for request in keyed:
        assert not allowed(rdb, Request(request.action, request.resource))


@pytest.mark.parametrize("role", NEEDS)
def test_a_host_does_with_files_and_password_what_it_needs_and_nothing_else(
    scenes: Recording, role: str
) -> None:
    others = [
        name
        for name in CALLS
        if name.endswith(("_logs", "_code", "_hdb", "_password")) and name not in NEEDS[role]
    ]
    calls = [request for name in others for request in CALLS[name](scenes)]
    assert calls
    assert [call for call in calls if allowed(policy(scenes, role), call)] == []
