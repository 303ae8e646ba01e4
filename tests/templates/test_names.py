"""The names that templates and policies write out are those of chalicelib/contract/names.py."""

import re
from pathlib import Path

import pytest

from chalicelib.contract import names
from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.rehearsal.services import QUERY

TAGS = {value for name, value in vars(names).items() if name.endswith("_TAG")}
WRITTEN = sorted([*(ROOT / "cloudformation").glob("*.yaml"), *(ROOT / ".chalice").glob("policy-*.json")])
CLUSTER = CLUSTER_TEMPLATE.read_text()
NAMED = names.rdb_group("${Cluster}")


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.name)
def test_a_tag_that_is_written_out_is_one_that_the_code_knows(file: Path) -> None:
    assert set(re.findall(r"highwater:[a-z-]+", file.read_text())) <= TAGS


@pytest.mark.parametrize(
    "literal",
    [
        f"AutoScalingGroupName: !Sub '{NAMED}'",
        f'"AutoScalingGroupName", "{NAMED}"',
        f"RoleName: !Sub '{NAMED}-${{AWS::Region}}'",
        f"AlarmName: !Sub '{names.ALARM_PREFIX}${{Cluster}}'",
        f'MAX({names.METRIC_NAME}) FROM SCHEMA("{names.METRIC_NAMESPACE}", '
        f"{names.CLUSTER_DIMENSION}, {names.INSTANCE_DIMENSION})",
        f'MetricName=\\"{names.ROLLED_METRIC_NAME}\\"',
        f"{{{names.METRIC_NAMESPACE},{names.CLUSTER_DIMENSION},{names.INSTANCE_DIMENSION}}}",
        f"{{StringEquals: {{'cloudwatch:namespace': {names.METRIC_NAMESPACE}}}}}",
        f"{{Key: '{names.ROLE_TAG}', Value: {names.Role.RDB}}}",
    ],
)
def test_the_cluster_template_names_what_the_code_looks_for(literal: str) -> None:
    assert literal in CLUSTER


def test_a_name_that_the_template_takes_is_a_clusters_name_to_the_code() -> None:
    cluster = read_template(CLUSTER_TEMPLATE)["Parameters"]["Cluster"]
    assert cluster["AllowedPattern"].replace("*", "{0,63}") == names.CLUSTER_NAME
    assert cluster["MaxLength"] <= 64


def test_the_alarms_watch_the_namespace_of_the_control_planes_own_metrics() -> None:
    text = (ROOT / "cloudformation" / "control-plane.yaml").read_text()
    assert set(re.findall(r"Namespace: (Highwater\S*)", text)) == {names.OWN_NAMESPACE}


def test_every_tag_is_one_of_those_that_are_told_as_none_when_they_are_mistyped() -> None:
    assert TAGS == names.TAGS
    assert all(tag.startswith(names.TAG_PREFIX) for tag in TAGS)


def test_the_rehearsal_asks_the_question_of_the_memory_alarm() -> None:
    assert QUERY in CLUSTER
