"""A rehearsal against the strict model of EC2 Auto Scaling, where everything is as expected."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.session import Session

from chalicelib.adapters.autoscaling import Groups
from highwater.deploy.commands.rehearse import perform
from highwater.deploy.rehearsal.throwaway import Throwaway
from highwater.deploy.rehearsal.trials import Rehearsal
from twin.aws.account import account
from twin.aws.clock import Clock

LOADER = create_loader()
NAME = "highwater-rehearsal-1"
IMAGE = "ami-12c6146b"  # one that moto knows
START = datetime(2026, 11, 23, tzinfo=UTC)


class Twin:
    """EC2 Auto Scaling over the wire, on a clock that only sleeping moves."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # One loader for all: reading EC2's model takes longer than a rehearsal.
        core = Session()
        core.register_component("data_loader", LOADER)
        self.session = boto3.Session(botocore_session=core)
        self.sleeps = 0
        self.interrupted_at = 0

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        if self.sleeps == self.interrupted_at:
            raise KeyboardInterrupt
        self.clock.run_until(self.clock.now() + timedelta(seconds=seconds))

    def group(self) -> Throwaway:
        ec2 = self.session.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        return Throwaway(self.session, NAME, subnet, IMAGE, self.sleep)

    def alter(self, operation: str, change: Callable[[dict[str, Any]], None]) -> None:
        """An EC2 Auto Scaling that does not see a call as it was made."""
        event = f"provide-client-params.autoscaling.{operation}"
        self.session.events.register(event, lambda params, **_: change(params))

    def refuse(self, operation: str) -> None:
        """An account that may not call something."""

        def refused(**_: Any) -> None:
            denied: Any = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
            raise ClientError(denied, operation)

        self.session.events.register(f"before-call.*.{operation}", refused)

    def left(self) -> list[str]:
        """Every group, launch template and running instance."""
        autoscaling, ec2 = self.session.client("autoscaling"), self.session.client("ec2")
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        templates = ec2.describe_launch_templates()["LaunchTemplates"]
        running = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
        instances = [i["InstanceId"] for r in running["Reservations"] for i in r["Instances"]]
        names = [g["AutoScalingGroupName"] for g in groups] + [t["LaunchTemplateName"] for t in templates]
        return [*names, *instances]


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    """One account for all tests: each leaves it empty, or takes away what it left on purpose."""
    clock = Clock(START)
    with clock.running(), account(clock.now):
        yield clock


@pytest.fixture
def twin(clock: Clock) -> Iterator[Twin]:
    yield Twin(clock)
    other = Twin(clock)
    Throwaway(other.session, NAME, "", "", other.sleep).clean_up()


def test_on_the_strict_model_every_row_is_the_same_and_nothing_is_left(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(twin.group()) == 0
    shown = capsys.readouterr()
    assert (shown.out.count(" same "), shown.out.count("DIFFERENT")) == (7, 0)
    assert "everything was deleted" in shown.err
    assert twin.left() == []


def no_deletion_protection(params: dict[str, Any]) -> None:
    del params["DeletionProtection"]


def no_retention(params: dict[str, Any]) -> None:
    del params["InstanceLifecyclePolicy"]


def no_protection(params: dict[str, Any]) -> None:
    params["NewInstancesProtectedFromScaleIn"] = False


def no_hook(params: dict[str, Any]) -> None:
    del params["LifecycleHookSpecificationList"]


@pytest.mark.parametrize(
    ("change", "different"),
    [
        (no_deletion_protection, "delete the empty group without force"),
        (no_retention, "complete its hook with ABANDON"),
        (no_protection, "all protected from scale-in"),
        (no_hook, "MinSize 0, walls up: terminate one with decrement"),
    ],
)
def test_an_aws_that_behaves_otherwise_is_different_and_is_cleaned_up_all_the_same(
    twin: Twin,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], None],
    different: str,
) -> None:
    twin.alter("CreateAutoScalingGroup", change)
    assert perform(twin.group()) == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if "DIFFERENT" in line]
    assert any(different in row for row in rows)
    assert twin.left() == []


def test_a_decrement_at_min_size_that_is_accepted_is_different(twin: Twin) -> None:
    twin.alter("UpdateAutoScalingGroup", lambda params: params.update(MinSize=0))
    rows = list(Rehearsal(twin.group()).rows())
    assert [row.same for row in rows][:2] == [True, False]
    assert rows[1].seen == "it was accepted"


def test_a_deletion_that_is_refused_for_another_reason_is_different(twin: Twin) -> None:
    twin.refuse("DeleteAutoScalingGroup")
    rows = list(Rehearsal(twin.group()).rows())
    assert [row.same for row in rows] == [True] * 6 + [False]
    assert "AccessDenied" in rows[-1].seen


@pytest.mark.parametrize("sleep", [1, 8, 14, 20])
def test_an_interrupted_rehearsal_leaves_nothing_behind(
    twin: Twin, capsys: pytest.CaptureFixture[str], sleep: int
) -> None:
    twin.interrupted_at = sleep
    assert perform(twin.group()) == 1
    assert "interrupted" in capsys.readouterr().err
    assert twin.left() == []


def test_a_group_that_cannot_be_made_leaves_no_launch_template_behind(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.refuse("CreateAutoScalingGroup")
    assert perform(twin.group()) == 1
    assert "CreateAutoScalingGroup" in capsys.readouterr().err
    assert twin.left() == []


def test_what_could_not_be_taken_away_is_named_with_the_way_to_remove_it(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.refuse("DeleteLaunchTemplate")
    assert perform(twin.group()) == 1
    told = capsys.readouterr().err.partition("LEFT BEHIND:")[2]
    assert f"launch template {NAME}: " in told
    assert f"aws ec2 delete-launch-template --launch-template-name {NAME}" in told
    assert twin.left() == [NAME]


def test_a_second_interruption_while_cleaning_up_says_what_may_be_left(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: Any) -> None:
        raise KeyboardInterrupt

    twin.session.events.register("before-call.ec2.DeleteLaunchTemplate", interrupted)
    assert perform(twin.group()) == 1
    assert f"LEFT BEHIND:\n  group and launch template {NAME}" in capsys.readouterr().err


def test_no_control_plane_sees_the_group_of_a_rehearsal(twin: Twin) -> None:
    client = twin.session.client("autoscaling")
    rows = Rehearsal(twin.group()).rows()
    next(rows)
    assert twin.left() != []
    assert Groups(client, client).all() == ()
