"""The command `cluster`: one stack with a tickerplant, a group of RDB hosts and their logs."""

import argparse
from collections.abc import Iterable
from typing import Any

from highwater.command import Command, add_json
from highwater.deploy.arguments import (
    add_dry_run,
    add_parameters,
    given_refusal,
    given_values,
    missing_refusal,
)
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.aws.running import running_of
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.packaging import template_files
from highwater.deploy.rules import templates
from highwater.deploy.rules.behind import release_lines
from highwater.deploy.rules.changes import Change, capacity_refusal, loss_refusal
from highwater.deploy.rules.cluster import (
    Wanted,
    cluster_refusal,
    cluster_warnings,
    dropped_subnets,
    wanted_of,
)
from highwater.deploy.rules.facts import ClusterFacts, Stack
from highwater.deploy.rules.preflight import cluster_stack_refusal, first, origin_refusal, stack_refusal
from highwater.deploy.rules.releases import (
    cluster_release_refusal,
    image_release_refusal,
    other_image_warning,
)
from highwater.deploy.rules.stack_names import CONTROL_PLANE, name_refusal, stack_name
from highwater.terminal import refuse, say, show

HELP = """\
Creates one cluster as the stack `highwater-NAME`: a tickerplant in a group of one, the group
of RDB hosts, an encrypted file system for the tickerplant's logs, and the alarm on memory.
The control plane (`highwater deploy`) and a host image (`highwater image`) come first. From
their subnets the hosts need a way to AWS's services: a NAT gateway or VPC endpoints.

Each change of the stack is shown and then made, without a question: use --dry-run to look
first. With --upgrade, what is not given stays as it is, the image too, but the stack comes to the
release of this checkout: the control plane goes first, up or back (docs/upgrading.md).

Examples:
  highwater cluster trades --vpc vpc-... --subnets subnet-...,subnet-... --image ami-...
  highwater cluster trades --upgrade --max-size 30
  highwater cluster trades --upgrade --image ami-...    for hosts launched from then on
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options, one for each parameter of the template."""
    add_json(parser)
    parameters = templates.parameters(template_files.read_template(template_files.CLUSTER_TEMPLATE))
    add_parameters(parser, parameters.values())
    parser.add_argument("--upgrade", action="store_true", help="change the cluster that exists")
    add_dry_run(parser)


def run(args: argparse.Namespace, session: Any) -> int:
    """Create or upgrade the stack. Raises Refused and Failed."""
    template = template_files.read_template(template_files.CLUSTER_TEMPLATE)
    parameters = templates.parameters(template)
    given = given_values(args, parameters.values())
    defaults = {key: p.default for key, p in parameters.items() if p.default is not None}
    refuse(first((given_refusal(args, parameters.values()), name_refusal(args.Cluster))))
    caller = caller_of(session)
    name = stack_name(args.Cluster)
    account = Account(session, caller)
    with reading():
        stack, control_plane = account.stack(name), account.stack(CONTROL_PLANE)
    refuse(cluster_stack_refusal(args.Cluster, stack))
    refuse(stack_refusal(name, stack, caller.region, args.upgrade))
    refuse(origin_refusal(control_plane))
    with reading():
        running = running_of(session, control_plane, args.Cluster, stack)
    for line in release_lines(control_plane, [running]):
        say(line)
    refuse(cluster_release_refusal(control_plane, running))
    previous = {key: text for key, text in (stack.parameters if stack else {}).items() if key in parameters}
    values = defaults | previous | given
    refuse(missing_refusal(parameters.values(), values))
    wanted = wanted_of(template, caller, values)
    with reading():
        names = templates.names(template, {**values, **caller.pseudo_parameters})
        facts = facts_of(account, Hosts(session), wanted, names, stack)
    refuse(cluster_refusal(wanted, facts))
    refuse(image_release_refusal(facts.image, control_plane, stack))
    for warning in filter(None, (*cluster_warnings(wanted, facts), other_image_warning(facts.image))):
        say(f"Warning: {warning}")

    def refusal(changes: tuple[Change, ...]) -> str | None:
        return first((loss_refusal(changes), capacity_refusal(changes, wanted.sizes, facts.groups)))

    stacks = Stacks(session.client("cloudformation"))
    kept: dict[str, str | None] = dict.fromkeys(previous)
    request = Request(name, template_files.CLUSTER_TEMPLATE.read_text(), kept | given, stack)
    changes = stacks.change(request, refusal, dry_run=args.dry_run)
    if args.dry_run:
        show(args, {"changes": [change.line() for change in changes]})
    else:
        show(args, stacks.outputs(name), f"make check CLUSTER={args.Cluster}")
    return 0


def facts_of(
    account: Account, hosts: Hosts, wanted: Wanted, names: Iterable[templates.Name], stack: Stack | None
) -> ClusterFacts:
    """Read the facts for the rules; the `names` must not be taken."""
    found = ((name, account.group(name)) for name in wanted.sizes)
    dropped = dropped_subnets(wanted, stack)
    return ClusterFacts(
        stack=stack,
        exports=frozenset(account.exports()),
        taken=account.taken(names),
        groups={name: group for name, group in found if group},
        vpc=hosts.vpc(wanted.values["Vpc"]),
        subnets=hosts.subnets(wanted.subnets),
        image=hosts.image(wanted.values["ImageId"]),
        instance_types=hosts.instance_types(wanted.instance_types.values()),
        vcpu_quota=hosts.vcpu_quota(),
        ebs_key=hosts.ebs_key(),
        stranded=hosts.instances_in(dropped, wanted.sizes) if dropped else {},
    )


COMMAND = Command("cluster", "create a cluster, or change it with --upgrade", HELP, add_options, run)
