"""The two emulators, each as the AWS of this process: the twin's, and MiniStack."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import build
from highwater.deploy.packaging.template_files import read_template
from tests.ministack.lacks import LACKS
from tests.ministack.refusals import TABLE
from tests.ministack.server import Server, ministack
from tests.ministack.stack import Deployed, deployed
from twin.aws.account import account


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """MiniStack, with IAM enforced."""
    with ministack(tmp_path_factory.mktemp("ministack")) as server:
        yield server


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The packaged control plane on a MiniStack of its own, with EC2 Auto Scaling answered by the twin."""
    folder = tmp_path_factory.mktemp("stack")
    with deployed(build(folder), folder) as stack:
        yield stack


@pytest.fixture(scope="module", params=["twin", "ministack"])
def emulator(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each emulator in turn is what boto3 reaches, as the root of an account."""
    if request.param == "twin":
        with account(lambda: datetime.now(UTC)):
            yield request.param
    else:
        server: Server = request.getfixturevalue("server")
        with patch.dict(os.environ, server.environment):
            boto3.setup_default_session()
            yield request.param


@pytest.fixture(scope="module")
def dynamodb(emulator: str) -> Any:  # noqa: ARG001 - it must run
    """DynamoDB's client."""
    return boto3.client("dynamodb")


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> Iterator[str]:
    """The ledgers' table as the template has it; its name."""
    template = read_template(ROOT / "cloudformation" / "control-plane.yaml")
    properties = template["Resources"]["LedgerTable"]["Properties"]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema")
    dynamodb.create_table(TableName=TABLE, **{name: properties[name] for name in wanted})
    yield TABLE
    dynamodb.delete_table(TableName=TABLE)


@pytest.fixture(autouse=True)
def _listed(request: pytest.FixtureRequest) -> None:
    """Expect each failure on the list of what an emulator lacks, and no other."""
    if why := LACKS.get(f"{request.path.name}::{request.node.name}"):
        failures = (AssertionError, ClientError, pytest.fail.Exception)
        request.applymarker(pytest.mark.xfail(reason=why, strict=True, raises=failures))
