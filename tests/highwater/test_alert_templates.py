"""The templates that docs/operate.md shows for Slack and PagerDuty fit what the control plane has."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint

from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import read_template
from highwater.deploy.rules import templates
from tests.rdb.aws_server import running_server

PAGE = (ROOT / "docs" / "operate.md").read_text()
SHOWN = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
COMMANDS = [
    line.replace("REGION", "us-east-1").replace("ACCOUNT", "123456789012")
    for block in re.findall(r"```\n(aws .*?)```", PAGE, re.S)
    for line in block.replace("\\\n", " ").splitlines()
]
CONTROL_PLANE = read_template(ROOT / "cloudformation" / "control-plane.yaml")
NAMES = ("slack", "pagerduty")
TOPIC = "arn:aws:sns:us-east-1:123456789012:highwater-operators"
REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]


def shown(name: str) -> dict[str, Any]:
    """A template of the page as data."""
    return templates.parse(SHOWN[NAMES.index(name)])


@pytest.mark.parametrize("name", NAMES)
def test_cfn_lint_finds_nothing_in_a_template_of_the_page(name: str) -> None:
    assert lint(SHOWN[NAMES.index(name)], config=ManualArgs(regions=REGIONS)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_template_imports_what_the_control_plane_exports(name: str) -> None:
    imported = templates.imports(shown(name))
    assert imported == {"highwater-operators-topic"}
    assert imported <= templates.exports(CONTROL_PLANE)


def test_the_page_has_these_two_and_no_other() -> None:
    assert len(SHOWN) == len(NAMES)


def test_pagerduty_is_told_by_an_alarm_on_the_metric_that_the_control_plane_counts() -> None:
    alarm = shown("pagerduty")["Resources"]["Page"]["Properties"]
    ours = CONTROL_PLANE["Resources"]["StandingAlertsAlarm"]["Properties"]
    same = ("Namespace", "MetricName", "Dimensions", "Period", "Threshold", "ComparisonOperator")
    assert {name: alarm[name] for name in same} == {name: ours[name] for name in same}
    assert alarm["EvaluationPeriods"] < ours["EvaluationPeriods"]
    assert alarm["AlarmActions"] == alarm["OKActions"]


def test_the_topic_takes_the_message_of_that_alarm() -> None:
    statements = CONTROL_PLANE["Resources"]["OperatorsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (of_alarms,) = [one for one in statements if one["Sid"] == "AlarmsOfTheControlPlane"]
    arns = of_alarms["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    alarm = shown("pagerduty")["Resources"]["Page"]["Properties"]["AlarmName"]
    assert arns.endswith(":alarm:highwater-*")
    assert alarm.startswith("highwater-")


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_each_command_that_the_page_shows_for_them_is_carried_out_by_the_aws_cli(tmp_path: Path) -> None:
    """CloudFormation is moto's: it makes no alarm and no channel, and resolves no import in a change set."""
    for name, template in zip(NAMES, SHOWN, strict=True):
        file = tmp_path / f"{name}.yaml"
        file.write_text(template.replace("!ImportValue highwater-operators-topic", TOPIC))
    with running_server() as server:
        control_plane()
        for command in COMMANDS:
            ran = server.shell(f"cd {tmp_path} && {command}")
            assert ran.returncode == 0, (command, ran.stderr)
            if "list-subscriptions" in command:
                (subscription,) = json.loads(ran.stdout)["Subscriptions"]
                assert subscription["Endpoint"] == "https://events.pagerduty.com/integration/KEY/enqueue"
        (alarm,) = boto3.client("cloudwatch", REGIONS[0]).describe_alarms()["MetricAlarms"]
    assert (len(COMMANDS), alarm["StateValue"]) == (4, "ALARM")


def control_plane() -> None:
    """What of the control plane the templates and commands name."""
    assert boto3.client("sns", REGIONS[0]).create_topic(Name="highwater-operators")["TopicArn"] == TOPIC
    ours = CONTROL_PLANE["Resources"]["StandingAlertsAlarm"]["Properties"]
    named = {name: value for name, value in ours.items() if name not in ("AlarmActions", "AlarmDescription")}
    boto3.client("cloudwatch", REGIONS[0]).put_metric_alarm(**named)
