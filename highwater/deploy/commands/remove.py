"""The command `remove`: deletes a cluster without RDBs, or a control plane without clusters."""

import argparse
from typing import Any

from chalicelib.contract.names import rdb_group
from highwater.command import Command, add_json
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.deletion import delete_group
from highwater.deploy.aws.stacks import Stacks
from highwater.deploy.aws.upload import bucket_name
from highwater.deploy.rules import templates
from highwater.deploy.rules.facts import Caller, Stack
from highwater.deploy.rules.preflight import cluster_stack_refusal
from highwater.deploy.rules.removal import group_refusal, instances_refusal, service_refusal
from highwater.deploy.rules.stack_names import CONTROL_PLANE, name_refusal, stack_name
from highwater.terminal import refuse, say, show

HELP = """\
Deletes a cluster: its RDB group, once no instance is in it, then its stack. Run
`highwater retire` first. With --control-plane, deletes the control plane of a region, once no
RDB group is left there.

What holds data is never deleted. It is listed at the end, each with the command that deletes
it.

Examples:
  highwater retire trades
  highwater remove trades             when all its RDBs have left
  highwater remove --control-plane    when all clusters are removed
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


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("cluster", metavar="CLUSTER", nargs="?", help="the cluster's name")
    what.add_argument("--control-plane", action="store_true", help="the control plane of the region")


def run(args: argparse.Namespace, session: Any) -> int:
    """Delete what was named and show what remains. Raises Refused and Failed."""
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
        group = account.group(rdb_group(cluster))
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
    refuse(service_refusal(caller.region, stack, groups))
    if stack:
        stacks.delete(stack)
        say("Wait a minute before you deploy again: SQS keeps the names of deleted queues for so long.")
    return remaining


def _remaining(stacks: Stacks, stack: Stack | None) -> list[str]:
    """List what the deletion of the stack leaves, each with the command that deletes it."""
    if stack is None:
        return []
    kept = templates.retained(templates.parse(stacks.template(stack.name)))
    return [
        f"{r.type} {r.physical_id}: {DELETED_WITH.get(r.type, STAYS).format(r.physical_id)}"
        for r in stack.resources
        if r.logical_id in kept and r.physical_id and r.type != templates.GROUP
    ]


COMMAND = Command(
    "remove", "delete a retired cluster, or the control plane", HELP, add_options, run, needs_checkout=False
)
