"""The command lines that aws.q builds, run by the real AWS CLI against the embedded AWS."""

import json
import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from tests.rdb.aws_server import GROUP, Server, running_server, shell
from tests.rdb.q_commands import command_line, commands, unescaped
from tests.rdb.q_source import Malformed, Q, read
from twin.aws.metadata import MetadataPlayer

AWS = read(Q / "aws.q")
METADATA = "http://169.254.169.254"
INSTANCE = "i-0123456789abcdef0"


@pytest.fixture
def server() -> Iterator[Server]:
    """One group with two hosts in service."""
    with running_server() as server:
        yield server


def built(name: str, *values: str) -> str:
    return command_line(AWS, f".util.aws.{name}Command", values)


def test_every_command_line_of_the_file_is_run_by_a_test_here() -> None:
    assert {name.removeprefix(".util.aws.").removesuffix("Command") for name in commands(AWS)} == {
        "describeInstance",
        "describeGroup",
        "setDesiredCapacity",
        "terminate",
        "metadataToken",
        "instanceId",
    }
    builders = [token for name in commands(AWS) for token in AWS.body(name)]
    assert [token for token in AWS.tokens if "aws " in token.text and token not in builders] == []


def test_an_instance_is_described_with_the_group_that_it_is_in(server: Server) -> None:
    wanted = server.members()[1]
    answer = json.loads(server.shell(built("describeInstance", wanted)).stdout)
    (instance,) = answer["Reservations"][0]["Instances"]
    assert instance["InstanceId"] == wanted
    assert {"Key": "aws:autoscaling:groupName", "Value": GROUP} in instance["Tags"]


def test_the_desired_capacity_is_read_and_raised(server: Server) -> None:
    answer = json.loads(server.shell(built("describeGroup", GROUP)).stdout)
    assert answer["AutoScalingGroups"][0]["DesiredCapacity"] == 2
    assert server.shell(built("setDesiredCapacity", GROUP, "3")).returncode == 0
    server.settle()
    assert (server.desired(), len(server.members())) == (3, 3)


def test_an_unknown_group_is_no_failure_but_an_empty_answer(server: Server) -> None:
    answer = json.loads(server.shell(built("describeGroup", "nobodys")).stdout)
    assert answer["AutoScalingGroups"] == []


def test_the_named_instance_is_terminated_and_the_capacity_falls_with_it(server: Server) -> None:
    kept, named = server.members()
    answer = json.loads(server.shell(built("terminate", named)).stdout)
    assert named in answer["Activity"]["Description"]
    server.settle()
    assert (server.desired(), server.members()) == (1, [kept])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("describeInstance", ["i-00000000000000000"]),
        ("setDesiredCapacity", [GROUP, "99"]),
        ("terminate", ["i-00000000000000000"]),
    ],
)
def test_what_aws_refuses_for_good_is_not_tried_again(server: Server, name: str, values: list[str]) -> None:
    refused = server.shell(built(name, *values))
    assert refused.returncode != 0
    assert refused.stderr.strip()
    assert not transient(refused.stderr)


def test_an_endpoint_that_cannot_be_reached_is_tried_again(server: Server) -> None:
    command = f"AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL=http://127.0.0.1:9 {built('describeGroup', GROUP)}"
    assert transient(server.shell(command).stderr)


def test_a_throttled_call_is_tried_again() -> None:
    assert transient(
        "An error occurred (Throttling) when calling the SetDesiredCapacity operation: Rate exceeded"
    )
    assert transient(
        "An error occurred (RequestLimitExceeded) when calling the DescribeInstances operation: ..."
    )


def test_an_argument_cannot_become_a_command_of_its_own() -> None:
    assert shlex.split(built("describeInstance", "i-1; rm -rf /"))[-1] == "i-1; rm -rf /"
    with pytest.raises(Malformed):
        built("describeInstance", "i-1'; rm -rf /")


def test_the_instance_id_is_asked_for_with_a_token() -> None:
    with MetadataPlayer(INSTANCE).served() as address:
        token = shell(built("metadataToken").replace(METADATA, address)).stdout
        assert shell(built("instanceId", token).replace(METADATA, address)).stdout == INSTANCE
        refused = shell(built("instanceId", "made-up").replace(METADATA, address))
    assert (refused.returncode, refused.stdout) == (22, "")


def transient(words: str) -> bool:
    """Tell if runWithRetry would try again after these words: q's `like` with stars alone."""
    patterns = [unescaped(token.text) for token in AWS.body(".util.sys.transient") if token.kind == "string"]
    assert patterns
    return any(fnmatchcase(words, pattern) for pattern in patterns)
