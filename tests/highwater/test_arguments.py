"""The command line is made from the templates, and judged before AWS is asked anything."""

import argparse

import pytest

from highwater.deploy.arguments import add_parameters, given_refusal, given_values, missing_refusal, option_of
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.rules import templates
from highwater.deploy.rules.image import version_after
from highwater.deploy.rules.templates import Parameter

CLUSTER = templates.parameters(read_template(CLUSTER_TEMPLATE))
PARAMETERS: list[Parameter] = list(CLUSTER.values())


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parameters(parser, PARAMETERS)
    return parser.parse_args(["trades", *words])


def test_every_parameter_of_the_cluster_has_an_option() -> None:
    assert [option_of(name) for name in CLUSTER] == [
        "CLUSTER",
        "--vpc",
        "--subnets",
        "--subnets",
        "--subnets",
        "--image",
        "--rdb-instance-type",
        "--tickerplant-instance-type",
        "--writer",
        "--writer-instance-type",
        "--hdb-addresses",
        "--intraday-addresses",
        "--drain-written",
        "--volume-gib",
        "--min-size",
        "--max-size",
        "--rule",
        "--scale-threshold",
        "--alarm-threshold",
        "--roll-threshold",
        "--hard-threshold",
        "--lead-seconds",
    ]


def test_what_was_not_said_is_not_given() -> None:
    assert given_values(parsed("--max-size", "9"), PARAMETERS) == {"Cluster": "trades", "MaxSize": "9"}


def test_fewer_subnets_than_before_take_the_others_away() -> None:
    assert given_values(parsed("--subnets", "subnet-1, subnet-2"), PARAMETERS) == {
        "Cluster": "trades",
        "SubnetA": "subnet-1",
        "SubnetB": "subnet-2",
        "SubnetC": "",
    }


@pytest.mark.parametrize("subnets", ["", "a,,b", "a,b,c,d", ","])
def test_a_list_of_subnets_that_is_none_is_refused(subnets: str) -> None:
    assert (
        given_refusal(parsed(f"--subnets={subnets}"), PARAMETERS)
        == f"--subnets {subnets}: must be 1 to 3 subnets with commas between them."
    )


def test_a_subnet_that_is_named_twice_is_refused() -> None:
    assert (
        given_refusal(parsed("--subnets=subnet-1,subnet-2,subnet-1"), PARAMETERS)
        == "--subnets subnet-1,subnet-2,subnet-1: subnet-1 is there twice, name it once."
    )


def test_a_value_out_of_range_is_refused_by_the_name_of_its_option() -> None:
    low = CLUSTER["MaxSize"].low
    assert low is not None
    assert given_refusal(parsed(f"--max-size={low - 1:g}", "--subnets=a,b,c"), PARAMETERS) == (
        f"--max-size {low - 1:g}: must be {CLUSTER['MaxSize'].rule()}."
    )
    assert given_refusal(parsed(f"--max-size={low:g}", "--subnets=a,b,c"), PARAMETERS) is None


def test_options_without_a_default_are_asked_for_together() -> None:
    assert (
        missing_refusal(PARAMETERS, {"Cluster": "trades"})
        == "Needed too: --image (IMAGE=...), --subnets (SUBNETS=...), --vpc (VPC=...); see --help."
    )
    assert missing_refusal(PARAMETERS, {"Cluster", "Vpc", "SubnetA", "ImageId"}) is None


def test_an_image_gets_the_next_version_only_when_something_changes() -> None:
    built = {"Version": "1.0.9", "ParentImage": "ami-1"}
    assert version_after(built, built, same_template=True) == "1.0.9"
    assert version_after(built, built | {"ParentImage": "ami-2"}, same_template=True) == "1.0.10"
    assert version_after(built, built, same_template=False) == "1.0.10"
