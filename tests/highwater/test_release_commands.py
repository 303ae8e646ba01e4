"""What the commands show of releases, and refuse before anything changes, on an emulated account."""

import json
from typing import Any

import boto3
import pytest

from chalicelib.contract.release import FOLLOWS, RELEASE
from highwater.__main__ import main
from tests.highwater.account_scene import IN_REGION, cluster_words, deployed, stacks_of
from twin.aws import cloudformation  # noqa: F401 - it brings resource types that moto lacks

NEXT = "9.0.0"
HOST = {"member": {"lifecycle": "InService"}, "report": {"state": "rolled"}, "release": NEXT}

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


def put_ledger(session: boto3.Session, table: str, document: dict[str, Any]) -> None:
    item = {"cluster": {"S": "trades"}, "item": {"S": "ledger"}, "document": {"S": json.dumps(document)}}
    session.client("dynamodb").put_item(TableName=table, Item=item)


@pytest.mark.usefixtures("plain_package")
@pytest.mark.parametrize(
    ("plane", "cluster", "document", "said"),
    [
        (
            (NEXT, "8.9.0"),
            (RELEASE, FOLLOWS),
            None,
            f"Stack highwater is of {NEXT}, which follows 8.9.0, and",
        ),
        (
            (NEXT, RELEASE),
            (NEXT, RELEASE),
            None,
            f"Stack highwater-trades is of {NEXT}, and may import highwater-version, which a",
        ),
        (
            (FOLLOWS, ""),
            (FOLLOWS, ""),
            {"schema": 2},
            "The ledger of cluster trades has schema 2 and was writte",
        ),
        (
            (FOLLOWS, ""),
            (FOLLOWS, ""),
            {"schema": 1, "release": FOLLOWS, "rdbs": {"i-1": HOST}},
            f"1 RDB of cluster trades (i-1) of {NEXT}, no neighbour of {RELEASE}, which follows {FOLLOWS}:",
        ),
    ],
)
def test_a_control_plane_is_not_changed_where_what_runs_would_not_go_with_it(
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    plane: tuple[str, str],
    cluster: tuple[str, str],
    document: dict[str, Any] | None,
    said: str,
) -> None:
    deployed(session, "highwater", "", *plane)
    deployed(session, "highwater-trades", "trades", *cluster)
    if document:
        put_ledger(session, "highwater", document)
    assert main(["deploy", "--upgrade", *IN_REGION]) == 2
    shown = capsys.readouterr().err.splitlines()
    assert shown[-1].startswith(said)
    assert f"Releases: this checkout {RELEASE}, which follows {FOLLOWS}; control plane {plane[0]}" in shown
    assert session.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.usefixtures("plain_cluster")
@pytest.mark.parametrize("upgrade", [[], ["--upgrade"]])
def test_a_cluster_does_not_become_newer_than_the_control_plane(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], upgrade: list[str]
) -> None:
    deployed(session, "highwater", "", FOLLOWS, "")
    if upgrade:
        deployed(session, "highwater-trades", "trades", FOLLOWS, "")
    host = {**HOST, "release": FOLLOWS, "q_release": FOLLOWS}
    put_ledger(session, "highwater", {"schema": 1, "rdbs": {"i-1": host}})
    before = stacks_of(session)
    assert main([*cluster_words(session), *upgrade]) == 2
    shown = capsys.readouterr().err.splitlines()
    assert shown[-1] == (
        f"Stack highwater is of {FOLLOWS}, and this checkout of {RELEASE}: the control plane goes up first, "
        f"so run `make upgrade`, then this again."
    )
    stack = f"stack {FOLLOWS}" if upgrade else "no stack yet"
    assert f"  trades: {stack}; RDBs 1 of {FOLLOWS}; q files 1 of {FOLLOWS}" in shown
    leave = (
        f"    1 of {FOLLOWS}, of 1 RDBs: they leave once they have rolled and drained, as on every evening"
    )
    assert leave in shown
    assert stacks_of(session) == before
