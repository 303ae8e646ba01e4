"""Rights on the HTTP API: the three policies that the stacks make for people."""

import pytest

from app import app
from tests.policies.evaluator import Request, allowed, statements_of
from tests.templates.conftest import Templates
from tests.templates.stack import Stack
from twin.aws.cloudformation import ACCOUNT, REGION

ROUTES = sorted((method, path) for path, methods in app.routes.items() for method in methods)


IDS = {"instance_id": "i-00000000000000001", "command_id": "0" * 32}


def may(stack: Stack, control: Stack, policy: str, cluster: str) -> set[tuple[str, str]]:
    """The routes that a policy allows to ask of one cluster."""
    statements = statements_of(stack.resources[policy].properties["PolicyDocument"])
    api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{control.ref('RestAPI')}/v1"
    return {
        (method, path)
        for method, path in ROUTES
        if allowed(
            statements,
            Request.of(
                "execute-api:Invoke",
                f"{api}/{method}{path.format(cluster=cluster, **IDS)}",
            ),
        )
    }


def test_an_operator_may_ask_everything_and_a_reader_may_only_look(templates: Templates) -> None:
    control = templates.world().control
    assert may(control, control, "OperatorPolicy", "trades") == set(ROUTES)
    assert may(control, control, "ReaderPolicy", "trades") == {
        (method, path) for method, path in ROUTES if method == "GET"
    }


@pytest.mark.parametrize("other", ["bonds", "Cluster2", "Clust", "2Cluster"])
def test_an_operator_of_one_cluster_may_ask_everything_of_it_and_nothing_of_another(
    templates: Templates, other: str
) -> None:
    world = templates.world()
    own = "Cluster"  # a parameter without a default is resolved to its own name
    inside = {(method, path) for method, path in ROUTES if "{cluster}" in path}
    assert may(world.cluster, world.control, "OperatorPolicy", own) == inside
    assert may(world.cluster, world.control, "OperatorPolicy", other) == set()
