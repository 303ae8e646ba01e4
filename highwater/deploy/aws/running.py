"""Reads what runs, for the rules about releases: stacks from CloudFormation, hosts from the ledgers.

The ledgers are read in their table: that takes one permission, and works while the functions do not.
"""

from collections.abc import Iterable
from typing import Any

from chalicelib.adapters.items import LEDGER, key
from highwater.deploy.aws.account import Account
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.ledgers import LedgerSeen, ledger_seen
from highwater.deploy.rules.releases import Running

TABLE = "AWS::DynamoDB::Table"


def running_of(session: Any, plane: Stack | None, cluster: str, stack: Stack | None) -> Running:
    """Read one cluster. Raises what boto3 raises."""
    return Running(cluster, stack, _ledger(session, plane, cluster))


def all_running(session: Any, account: Account, plane: Stack | None) -> tuple[Running, ...]:
    """Read every cluster that has a stack. Raises what boto3 raises."""
    stacks: Iterable[Stack] = account.cluster_stacks()
    return tuple(running_of(session, plane, stack.parameters["Cluster"], stack) for stack in stacks)


def _ledger(session: Any, plane: Stack | None, cluster: str) -> LedgerSeen | None:
    tables = [resource.physical_id for resource in plane.resources if resource.type == TABLE] if plane else []
    if not any(tables):
        return None
    answer = session.client("dynamodb").get_item(
        TableName=tables[0], Key=key(cluster, LEDGER), ConsistentRead=True
    )
    text = answer.get("Item", {}).get("document", {}).get("S")
    return ledger_seen(text) if text else None
