"""The deploying command's knowledge of the templates is read from them."""

from highwater.checkout import ROOT
from highwater.deploy.aws.stacks import BODY_LIMIT
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, IMAGE_TEMPLATE, read_template
from highwater.deploy.rules import templates
from highwater.deploy.rules.cluster import wanted_of
from highwater.deploy.rules.templates import GROUP, Name
from tests.highwater.builders import CALLER, VALUES

CLUSTER = read_template(CLUSTER_TEMPLATE)


def test_every_name_that_a_cluster_needs_is_found() -> None:
    found = templates.names(CLUSTER, {**VALUES, **CALLER.pseudo_parameters})
    assert {
        Name(GROUP, "highwater-trades-rdb"),
        Name(GROUP, "highwater-trades-tickerplant"),
        Name("AWS::IAM::Role", "highwater-trades-rdb-eu-west-1"),
        Name("AWS::CloudWatch::Alarm", "highwater-memory-trades"),
    } <= set(found)


def test_every_name_that_a_template_fixes_is_of_a_type_that_is_looked_up() -> None:
    for path in (CLUSTER_TEMPLATE, ROOT / "cloudformation" / "control-plane.yaml"):
        for logical_id, resource in read_template(path)["Resources"].items():
            for known, name in templates.NAME_PROPERTY.items():
                if resource.get("Type") == known and name in resource["Properties"]:
                    stated = resource["Properties"][name]
                    values = {**VALUES, **CALLER.pseudo_parameters}
                    assert templates.resolved(stated, values), f"{logical_id} {name} cannot be read"


def test_the_sizes_of_all_groups_are_read_with_the_values() -> None:
    wanted = wanted_of(CLUSTER, CALLER, VALUES | {"MaxSize": "7"})
    assert wanted.sizes == {
        "highwater-trades-rdb": (1, 7),
        "highwater-trades-tickerplant": (1, 1),
        "highwater-trades-writer": (1, 1),
    }


def test_the_exports_without_which_a_cluster_fails_are_found() -> None:
    assert "highwater-on-report" in templates.imports(CLUSTER)


def test_the_control_plane_exports_what_clusters_import() -> None:
    control_plane = read_template(ROOT / "cloudformation" / "control-plane.yaml")
    assert templates.imports(CLUSTER) <= templates.exports(control_plane)


def test_the_ledger_and_the_logs_stay_when_their_stacks_go() -> None:
    control_plane = read_template(ROOT / "cloudformation" / "control-plane.yaml")
    assert "LedgerTable" in templates.retained(control_plane)
    assert {"Logs", "RdbGroup"} <= templates.retained(CLUSTER)


def test_the_templates_that_are_sent_as_they_are_fit_into_a_request() -> None:
    for path in (CLUSTER_TEMPLATE, IMAGE_TEMPLATE):
        assert path.stat().st_size < BODY_LIMIT


def test_what_needs_more_than_parameters_is_not_resolved() -> None:
    assert templates.resolved({"Fn::Sub": "${Logs}-x"}, VALUES) is None
    assert templates.resolved({"Fn::GetAtt": ["Logs", "Arn"]}, VALUES) is None
    assert templates.resolved({"Fn::Sub": "highwater-${Cluster}"}, VALUES) == "highwater-trades"
