"""The command `retire`: prepares a cluster for removal, or undoes that."""

import argparse
from typing import Any

from chalicelib.contract.names import RETIRING_TAG, rdb_group
from highwater.command import Command, add_json
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.rules.preflight import cluster_stack_refusal
from highwater.deploy.rules.removal import LIVE_ONE, group_refusal
from highwater.deploy.rules.stack_names import name_refusal, stack_name
from highwater.terminal import refuse, show

HELP = """\
Prepares a cluster for removal: the control plane launches no more RDBs for it, and releases
each one that is drained, the last one too. No RDB that holds data is terminated, so this takes
until the end of the day. The live RDB does not drain by itself: stop its feeds, let it write
the day down, and call .highwater.drain[] in its q, which rolls it first.

Examples:
  highwater retire trades
  highwater retire trades --undo    keep the cluster: it has at least one RDB again
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("cluster", metavar="CLUSTER", help="the cluster's name")
    parser.add_argument("--undo", action="store_true", help="keep the cluster")


def run(args: argparse.Namespace, session: Any) -> int:
    """Set the group's MinSize and tag. Raises Refused."""
    refuse(name_refusal(args.cluster))
    caller = caller_of(session)
    account, name = Account(session, caller), rdb_group(args.cluster)
    with reading():
        stack, group = account.stack(stack_name(args.cluster)), account.group(name)
    refuse(cluster_stack_refusal(args.cluster, stack))
    refuse(group_refusal(args.cluster, caller.region, group))
    autoscaling = session.client("autoscaling")
    tag = {
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "Key": RETIRING_TAG,
        "Value": "yes",
        "PropagateAtLaunch": False,
    }
    if args.undo:
        least = int(stack.parameters.get("MinSize", "1")) if stack else 1
        autoscaling.delete_tags(Tags=[tag])
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=least)
        show(args, {"cluster": args.cluster, "retiring": "no", "MinSize": least})
        return 0
    # The tag comes first: with MinSize 0 alone, the control plane would still launch.
    autoscaling.create_or_update_tags(Tags=[tag])
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0)
    left = [f"{instance} {state}" for instance, state in group.instances] if group else []
    show(
        args,
        {"cluster": args.cluster, "retiring": "yes", "MinSize": 0, "RDBs": left},
        f"{LIVE_ONE}\n  When all have left: make remove CLUSTER={args.cluster}",
    )
    return 0


COMMAND = Command("retire", "prepare a cluster for removal, or undo that", HELP, add_options, run)
