"""The command `remove`: deletes a cluster that has no RDB any more, or the control plane without clusters."""

import argparse
from collections.abc import Iterable
from typing import Any

from highwater.deploy.arguments import command
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.groups import delete_group
from highwater.deploy.aws.stacks import Stacks
from highwater.deploy.aws.upload import bucket_name
from highwater.deploy.commands.retire import LIVE_ONE, group_refusal
from highwater.deploy.rules import templates
from highwater.deploy.rules.facts import Caller, Group, Stack
from highwater.deploy.rules.preflight import (
    CONTROL_PLANE,
    cluster_stack_refusal,
    name_refusal,
    refuse,
    stack_name,
)
from highwater.terminal import show

HELP = """\
Deletes a cluster: its RDB group, once no instance is in it, then its stack. `retire` comes first. What
holds data stays, and is listed with the command that deletes it. With --control-plane, deletes the control
plane of a region that has no RDB group any more.

  python -m highwater retire trades
  python -m highwater remove trades
  python -m highwater remove --control-plane
"""
STAYS = "leave it, others may use it"
DELETED_WITH = {
    "AWS::DynamoDB::Table": (
        "aws dynamodb update-table --table-name {0} --no-deletion-protection-enabled && "
        "aws dynamodb delete-table --table-name {0}"
    ),
    "AWS::EFS::FileSystem": "aws efs delete-file-system --file-system-id {0}",
    "AWS::KMS::Key": "aws kms schedule-key-deletion --key-id {0}",
    "AWS::Logs::LogGroup": "aws logs delete-log-group --log-group-name {0}",
}


def add(subparsers: Any) -> None:
    """The command."""
    parser = command(subparsers, "remove", "delete a retired cluster, or the control plane", HELP)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("cluster", metavar="NAME", nargs="?", help="the cluster's name")
    what.add_argument("--control-plane", action="store_true", help="the control plane of the region")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Any) -> int:
    """Deletes what was named; what remains is the result. Raises Refused and Failed."""
    if not args.control_plane:
        refuse(name_refusal(args.cluster))
    caller = caller_of(session)
    account, stacks = Account(session, caller), Stacks(session.client("cloudformation"))
    if args.control_plane:
        remaining = _remove_control_plane(account, stacks, caller)
    else:
        remaining = _remove_cluster(session, account, stacks, caller, args.cluster)
    show(args, {"removed": args.cluster or CONTROL_PLANE, "remains": remaining})
    return 0


def _remove_cluster(
    session: Any, account: Account, stacks: Stacks, caller: Caller, cluster: str
) -> list[str]:
    with reading():
        group = account.group(f"highwater-{cluster}-rdb")
        stack = account.stack(stack_name(cluster))
    refuse(cluster_stack_refusal(cluster, stack))
    with reading():
        remaining = _remaining(stacks, stack)
    if group or not stack:
        refuse(group_refusal(cluster, caller.region, group))
    refuse(instances_refusal(cluster, group))
    if group:
        delete_group(session.client("autoscaling"), group.name)
    if stack:
        stacks.delete(stack)
    return remaining


def _remove_control_plane(account: Account, stacks: Stacks, caller: Caller) -> list[str]:
    with reading():
        groups = account.rdb_groups()
        stack = account.stack(CONTROL_PLANE)
        remaining = _remaining(stacks, stack)
        bucket = bucket_name(caller)
        if account.bucket(bucket) == "ours":
            remaining.append(
                f"S3 bucket {bucket}: empty it with every version, then `aws s3 rb s3://{bucket}`"
            )
    refuse(control_plane_refusal(caller.region, stack, groups))
    if stack:
        stacks.delete(stack)
    return remaining


def instances_refusal(cluster: str, group: Group | None) -> str | None:
    """A group that has an instance, or may get one: only RDBs that proved to be empty leave, one by one."""
    if group is None:
        return None
    if group.min_size:
        return f"Cluster {cluster} is not retired: run `make retire CLUSTER={cluster}` first."
    if group.instances:
        left = ", ".join(f"{instance} ({state})" for instance, state in group.instances)
        return (
            f"Cluster {cluster} still has {left}: the control plane releases each one that is drained. "
            f"{LIVE_ONE} Then run this again."
        )
    if group.desired:
        return f"Cluster {cluster} still wants {group.desired} instances: wait until they have come and gone."
    return None


def control_plane_refusal(region: str, stack: Stack | None, groups: Iterable[Group]) -> str | None:
    """Without the control plane, RDBs would fill with nobody to launch the next one."""
    if stack is None:
        return f"There is no control plane in {region}: give the --region that it was created in."
    if names := sorted(group.name for group in groups):
        return f"The control plane still serves {', '.join(names)}: remove those clusters first."
    return None


def _remaining(stacks: Stacks, stack: Stack | None) -> list[str]:
    """What the stack holds and its deletion leaves, each with the command that deletes it."""
    if stack is None:
        return []
    kept = templates.retained(templates.parse(stacks.template(stack.name)))
    return [
        f"{r.type} {r.physical_id}: {DELETED_WITH.get(r.type, STAYS).format(r.physical_id)}"
        for r in stack.resources
        if r.logical_id in kept and r.physical_id and r.type != templates.GROUP
    ]
