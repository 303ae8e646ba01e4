"""The command `retire`: prepares a cluster for removal, or takes that back."""

import argparse
from typing import Any

from highwater.deploy.arguments import command
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.rules import templates
from highwater.deploy.rules.cluster_preflight import RETIRING_TAG
from highwater.deploy.rules.facts import Group
from highwater.deploy.rules.preflight import cluster_stack_refusal, name_refusal, refuse, stack_name
from highwater.terminal import show

HELP = """\
Prepares a cluster for removal: the control plane launches no RDB for it any more, and releases each one
that is drained, the last one too. No RDB that holds data is ended: it takes until the end of the day. The
live one does not drain by itself: stop its feeds, let it write the day down, and call .highwater.roll[] and
then .highwater.drain[] in its q.

  python -m highwater retire trades
  python -m highwater retire trades --undo       as it was before: at least one RDB, the next one in time
"""
LIVE_ONE = (
    "The live one does not drain by itself: stop its feeds, let it write the day down, then call "
    ".highwater.roll[] and .highwater.drain[] in its q."
)


def add(subparsers: Any) -> None:
    """The command."""
    parser = command(subparsers, "retire", "prepare a cluster for removal", HELP)
    parser.add_argument("cluster", metavar="NAME", help="the cluster's name")
    parser.add_argument("--undo", action="store_true", help="keep the cluster")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Any) -> int:
    """Writes the group's MinSize and tag. Raises Refused."""
    refuse(name_refusal(args.cluster))
    caller = caller_of(session)
    account, name = Account(session, caller), f"highwater-{args.cluster}-rdb"
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
        least = least_size()
        autoscaling.delete_tags(Tags=[tag])
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=least)
        show(args, {"cluster": args.cluster, "retiring": "no", "MinSize": least})
        return 0
    # The tag first: with MinSize 0 alone, the control plane would go on to launch.
    autoscaling.create_or_update_tags(Tags=[tag])
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0)
    left = [f"{instance} {state}" for instance, state in group.instances] if group else []
    show(
        args,
        {"cluster": args.cluster, "retiring": "yes", "MinSize": 0, "RDBs": left},
        f"{LIVE_ONE}\n  When all have left: make remove CLUSTER={args.cluster}",
    )
    return 0


def group_refusal(cluster: str, region: str, group: Group | None) -> str | None:
    """A group that is not there, or is not one of Highwater's RDB groups."""
    if group is None:
        return (
            f"There is no cluster {cluster} in {region}: give the name and --region that it was created with."
        )
    if group.tags.get("highwater:role") != "rdb" or group.tags.get("highwater:cluster") != cluster:
        return f"Group {group.name} is not tagged as the RDBs of {cluster}: mend its tags, or leave it alone."
    return None


def least_size() -> int:
    """MinSize of an RDB group, as the template has it."""
    resources = templates.read_template(templates.CLUSTER_TEMPLATE)["Resources"]
    return int(resources["RdbGroup"]["Properties"]["MinSize"])
