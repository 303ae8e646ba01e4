"""The command `cluster`: one stack with a tickerplant, a group of RDB hosts and their logs."""

import argparse
from collections.abc import Mapping
from typing import Any

from highwater.deploy.arguments import add_parameters, command, given, given_refusal, missing_refusal
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.rules import templates
from highwater.deploy.rules.changes import Change, capacity_refusal, loss_refusal
from highwater.deploy.rules.cluster_preflight import (
    Wanted,
    cluster_refusal,
    cluster_warnings,
    dropped_subnets,
)
from highwater.deploy.rules.facts import Caller, ClusterFacts, Stack
from highwater.deploy.rules.preflight import (
    cluster_stack_refusal,
    first,
    name_refusal,
    refuse,
    stack_name,
    stack_refusal,
)
from highwater.terminal import say, show

HELP = """\
One cluster as the stack `highwater-NAME`: the tickerplant's group of one, the RDBs' group, an encrypted
file system for the tickerplant's logs, and the alarm on memory. The control plane (`up`) comes first. The
hosts need a way to AWS's services from their subnets: a NAT gateway, or VPC endpoints. What would change is
shown before it is changed; it does not ask, so look with --dry-run first.

  python -m highwater cluster trades --vpc vpc-... --subnets subnet-...,subnet-... --image ami-...
  python -m highwater cluster trades --upgrade --max-size 30             the rest stays as it is
  python -m highwater cluster trades --upgrade --image ami-...           for hosts launched from then on
"""


def add(subparsers: Any) -> None:
    """The command, with an option for each parameter of the template."""
    parser = command(subparsers, "cluster", "create or upgrade a cluster", HELP)
    parameters = templates.parameters(templates.read_template(templates.CLUSTER_TEMPLATE))
    add_parameters(parser, parameters.values())
    parser.add_argument("--upgrade", action="store_true", help="change the cluster that is there")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Any) -> int:
    """Creates or upgrades the stack. Raises Refused and Failed."""
    template = templates.read_template(templates.CLUSTER_TEMPLATE)
    parameters = templates.parameters(template)
    said = given(args, parameters.values())
    defaults = {key: p.default for key, p in parameters.items() if p.default is not None}
    refuse(first((given_refusal(args, parameters.values()), name_refusal(args.Cluster))))
    caller = caller_of(session)
    name = stack_name(args.Cluster)
    account = Account(session, caller)
    with reading():
        stack = account.stack(name)
    refuse(cluster_stack_refusal(args.Cluster, stack))
    refuse(stack_refusal(name, stack, caller.region, args.upgrade))
    previous = {key: text for key, text in (stack.parameters if stack else {}).items() if key in parameters}
    values = defaults | previous | said
    refuse(missing_refusal(parameters.values(), values))
    wanted = wanted_of(template, caller, values)
    with reading():
        facts = facts_of(account, Hosts(session), caller, template, wanted, stack)
    refuse(cluster_refusal(wanted, facts))
    for warning in cluster_warnings(wanted, facts):
        say(f"Warning: {warning}")

    def refusal(changes: tuple[Change, ...]) -> str | None:
        return first((loss_refusal(changes), capacity_refusal(changes, wanted.sizes, facts.groups)))

    stacks = Stacks(session.client("cloudformation"))
    kept: dict[str, str | None] = dict.fromkeys(previous)
    request = Request(name, templates.CLUSTER_TEMPLATE.read_text(), kept | said, stack)
    changes = stacks.change(request, refusal, dry_run=args.dry_run)
    if args.dry_run:
        show(args, {"changes": [change.line() for change in changes]})
    else:
        show(args, stacks.outputs(name), f"make check CLUSTER={args.Cluster}")
    return 0


def wanted_of(template: templates.Template, caller: Caller, values: Mapping[str, str]) -> Wanted:
    """The cluster as the template makes it of these values."""
    known = {**values, **caller.pseudo_parameters}
    sizes = {}
    for resource in template["Resources"].values():
        if resource["Type"] == templates.GROUP:
            stated = (resource["Properties"][name] for name in ("AutoScalingGroupName", "MinSize", "MaxSize"))
            name, least, most = (templates.resolved(value, known) for value in stated)
            # Each is a literal or made of parameters.
            assert name is not None
            assert least is not None
            assert most is not None
            sizes[name] = (int(least), int(most))
    return Wanted(
        region=caller.region,
        values=values,
        imports=templates.imports(template),
        sizes=sizes,
    )


def facts_of(
    account: Account,
    hosts: Hosts,
    caller: Caller,
    template: templates.Template,
    wanted: Wanted,
    stack: Stack | None,
) -> ClusterFacts:
    """Reads what `cluster_preflight` must know."""
    found = ((name, account.group(name)) for name in wanted.sizes)
    dropped = dropped_subnets(wanted, stack)
    return ClusterFacts(
        stack=stack,
        exports=frozenset(account.exports()),
        taken=account.taken(templates.names(template, {**wanted.values, **caller.pseudo_parameters})),
        groups={name: group for name, group in found if group},
        vpc=hosts.vpc(wanted.values["Vpc"]),
        subnets=hosts.subnets(wanted.subnets),
        image=hosts.image(wanted.values["ImageId"]),
        instance_types=hosts.instance_types(wanted.instance_types),
        vcpu_quota=hosts.vcpu_quota(),
        stranded=hosts.instances_in(dropped, wanted.sizes) if dropped else {},
    )
