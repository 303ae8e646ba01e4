"""A host of the newest release may still do, and reach, what it needs under this checkout's template."""

import copy

import pytest

from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.rules.templates import parse
from tests.releases.allowances import allowances, denials
from tests.releases.history import at_newest_tag

# What the hosts of the newest release do not need any more, each with its reason.
GONE: frozenset[str] = frozenset()


def test_what_hosts_of_the_newest_release_need_is_still_allowed() -> None:
    before = parse(at_newest_tag("cloudformation/cluster.yaml"))
    now = read_template(CLUSTER_TEMPLATE)
    assert sorted(allowances(before) - allowances(now) - GONE) == []
    assert sorted(denials(now) - denials(before)) == []


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        (("RdbRole", "Policies"), "RdbRole: cloudwatch:PutMetricData"),
        (("RdbSecurityGroup", "SecurityGroupIngress"), "RdbSecurityGroup: in "),
        (("RdbsToLogs", None), "RdbSecurityGroup: out "),
    ],
)
def test_a_permission_or_a_connection_that_is_taken_away_is_seen(
    gone: tuple[str, str | None], named: str
) -> None:
    template = read_template(CLUSTER_TEMPLATE)
    narrower = copy.deepcopy(template)
    resource, part = gone
    if part:
        narrower["Resources"][resource]["Properties"][part] = []
    else:
        del narrower["Resources"][resource]
    missing = allowances(template) - allowances(narrower)
    assert [line for line in missing if line.startswith(named)]
    assert allowances(narrower) < allowances(template)
