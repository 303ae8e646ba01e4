"""A rehearsal on the embedded AWS, where everything is as expected."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.autoscaling import Groups
from chalicelib.proof.verifier import Answer
from highwater.checkout import ROOT
from highwater.deploy.rehearsal.site import Row
from highwater.deploy.rules.steps import STEPS
from tests.highwater.rehearsal_twin import NAME, Twin
from twin.aws.account import account
from twin.aws.clock import Clock

# Operations that IAM knows under the name of another one.
AUTHORISED_AS = {"SendMessageBatch": "SendMessage", "TransactWriteItems": "PutItem"}
START = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    """One account for all tests: each leaves it empty, or takes away what it left on purpose."""
    clock = Clock(START)
    with clock.running(), account(clock.now):
        yield clock


@pytest.fixture
def twin(clock: Clock) -> Iterator[Twin]:
    twin = Twin(clock)
    yield twin
    twin.clear()


def test_on_the_embedded_aws_every_step_is_the_same_and_nothing_is_left(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert twin.perform() == 0
    shown = capsys.readouterr()
    assert (shown.out.count(" same  "), shown.out.count("DIFFERENT")) == (len(STEPS), 0)
    assert "everything was deleted" in shown.err
    assert twin.left() == []


def test_each_step_is_run_once_and_says_what_rests_on_it(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert twin.perform(as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["step"] for row in shown["rows"]] == list(STEPS)
    assert {row["step"]: row["breaks"] for row in shown["rows"]} == {
        step: STEPS[step].breaks for step in STEPS
    }
    assert (shown["good"], shown["left"]) == (True, [])


def test_the_permissions_in_the_docs_are_those_that_it_needs(twin: Twin) -> None:
    calls: set[tuple[str, str]] = set()
    events = twin.session.events
    events.register(
        "before-call", lambda model, **_: calls.add((model.service_model.service_name, model.name))
    )
    assert twin.perform() == 0
    (stated,) = [
        line
        for line in (ROOT / "docs" / "deploy.md").read_text().splitlines()
        if line.startswith("| `rehearse`")
    ]
    for service, operation in calls:
        action = AUTHORISED_AS.get(operation, operation)
        families = {
            "autoscaling": "autoscaling, all",
            "ec2": "`Describe*`" if "Describe" in action else "none",
        }
        assert f"{action}`" in stated or families.get(service, "none") in stated, f"{service}:{action}"


def no_deletion_protection(params: dict[str, Any]) -> None:
    params.pop("DeletionProtection", None)


def no_retention(params: dict[str, Any]) -> None:
    params.pop("InstanceLifecyclePolicy", None)


def no_protection(params: dict[str, Any]) -> None:
    params |= {"NewInstancesProtectedFromScaleIn": False}


def no_hook(params: dict[str, Any]) -> None:
    params.pop("LifecycleHookSpecificationList", None)


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
    if change is no_deletion_protection:
        twin.alter("UpdateAutoScalingGroup", change)
    assert twin.perform() == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if "DIFFERENT" in line]
    assert any(different in row for row in rows)
    assert twin.left() == []


def test_a_decrement_at_min_size_that_is_accepted_is_different(twin: Twin) -> None:
    twin.alter("UpdateAutoScalingGroup", lambda params: params.update(MinSize=0))
    rows = {row.step: row for row in twin.rows()}
    assert (rows["protected"].same, rows["at-min-size"].same) == (True, False)
    assert rows["at-min-size"].seen == "it was accepted"


def test_a_deletion_that_is_refused_for_another_reason_is_different(twin: Twin) -> None:
    twin.refuse("DeleteAutoScalingGroup")
    rows = list(twin.rows())
    assert [row.step for row in rows if not row.same] == ["undeletable"]
    assert "AccessDenied" in next(row for row in rows if not row.same).seen


@pytest.mark.parametrize("sleep", [1, 8, 14, 20])
def test_an_interrupted_rehearsal_leaves_nothing_behind(
    twin: Twin, capsys: pytest.CaptureFixture[str], sleep: int
) -> None:
    twin.interrupted_at = sleep
    assert twin.perform() == 1
    assert "interrupted" in capsys.readouterr().err
    assert twin.left() == []


@pytest.mark.parametrize(
    "operation",
    ["CreateTable", "DescribeTable", "SendMessageBatch", "SetAlarmState", "PutRolePolicy", "AssumeRole"],
)
def test_an_interruption_before_the_group_leaves_nothing_behind(
    twin: Twin, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    twin.interrupt(operation)
    assert twin.perform() == 1
    shown = capsys.readouterr()
    assert ("interrupted" in shown.err, "LEFT BEHIND" in shown.err) == (True, False)
    assert twin.left() == []


@pytest.mark.parametrize("operation", ["CreateTable", "CreateQueue", "PutMetricAlarm", "AssumeRole"])
def test_a_step_that_the_account_refuses_is_different_and_the_others_go_on(
    twin: Twin, operation: str
) -> None:
    twin.refuse(operation)
    rows = list(twin.rows())
    assert [row.step for row in rows] == list(STEPS)
    different = [row for row in rows if not row.same]
    assert different
    assert f"{operation} answered AccessDenied" in different[0].seen
    assert rows[-1].same


def test_a_proof_that_holds_for_every_report_is_different(twin: Twin) -> None:
    answers = []

    def forgetful(url: str, headers: Mapping[str, str]) -> Answer:
        answers.append(twin.sts.answer(url, headers))
        return answers[0]

    twin.fetch = forgetful
    rows = {row.step: row for row in twin.rows()}
    assert (rows["proof-holds"].same, rows["proof-binds"].same) == (True, False)


def test_the_group_is_deletable_before_its_launch_template_goes(twin: Twin) -> None:
    for row in twin.rows():
        if row.step == "template-gone":
            twin.refuse("UpdateAutoScalingGroup")
    assert twin.belongings.give_back() == ()
    assert twin.left() == []


def test_an_aws_that_tells_of_one_change_alone_is_different(twin: Twin) -> None:
    rows: dict[str, Row] = {}

    def once(params: dict[str, Any]) -> None:
        if "template-gone" in rows:
            params["DesiredCapacity"] = 1

    twin.alter("SetDesiredCapacity", once)
    for row in twin.rows():
        rows[row.step] = row
    assert [step for step, row in rows.items() if not row.same] == ["changes-told"]
    assert rows["changes-told"].seen == "no cause of an activity has both changes"


def test_an_alarm_that_cannot_be_set_is_different(twin: Twin) -> None:
    twin.session.events.register(
        "provide-client-params.cloudwatch.SetAlarmState", lambda params, **_: params.update(StateValue="OK")
    )
    rows = {row.step: row for row in twin.rows()}
    assert not rows["alarm-set"].same
    assert "'OK'" in rows["alarm-set"].seen


def test_a_group_that_cannot_be_made_leaves_no_launch_template_behind(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.refuse("CreateAutoScalingGroup")
    assert twin.perform() == 1
    assert "CreateAutoScalingGroup" in capsys.readouterr().err
    assert twin.left() == []


def test_what_could_not_be_taken_away_is_named_with_the_way_to_remove_it(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.refuse("DeleteLaunchTemplate")
    assert twin.perform() == 1
    told = capsys.readouterr().err.partition("LEFT BEHIND:")[2]
    assert f"launch template {NAME}: " in told
    assert f"aws ec2 delete-launch-template --launch-template-name {NAME}" in told
    assert twin.left() == [NAME]


def test_a_second_interruption_while_cleaning_up_says_what_may_be_left(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.interrupt("DeleteAutoScalingGroup")
    twin.interrupted_at = 20
    assert twin.perform() == 1
    told = capsys.readouterr().err.partition("LEFT BEHIND:\n")[2]
    for thing in ("group", "launch template", "alarm", "table"):
        assert f"  {thing} {NAME}: interrupted while cleaning up\n  aws " in told


def test_no_control_plane_sees_the_group_of_a_rehearsal(twin: Twin) -> None:
    client = twin.session.client("autoscaling")
    rows = twin.rows()
    next(row for row in rows if row.step == "protected")
    assert client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert Groups(client, lambda: client).all() == ()
