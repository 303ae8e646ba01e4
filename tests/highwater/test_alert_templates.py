"""The templates that docs/operate.md shows for Slack and PagerDuty fit what the control plane has."""

import re
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import read_template
from highwater.deploy.rules import templates

SHOWN = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "operate.md").read_text(), re.S)
CONTROL_PLANE = read_template(ROOT / "cloudformation" / "control-plane.yaml")
NAMES = ("slack", "pagerduty")
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
