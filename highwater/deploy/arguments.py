"""Command-line options for the parameters of a template."""

import argparse
import re
from collections.abc import Container, Iterable

from highwater.deploy.rules.preflight import first, value_refusal
from highwater.deploy.rules.templates import Parameter

# Every other parameter is an option of its own name.
NAMED = {"Cluster": "CLUSTER", "Vpc": "--vpc", "ImageId": "--image", "ParentImage": "--parent"}
SUBNETS = "--subnets"
# What stands for a value in the help, by how the parameter's name ends: its unit, or its kind.
PLACEHOLDERS = {
    "Threshold": "PERCENT",
    "Seconds": "SECONDS",
    "GiB": "GIB",
    "MinSize": "N",
    "MaxSize": "N",
    "Type": "TYPE",
    "Vpc": "vpc-...",
    "Subnet": "subnet-...",
    "ImageId": "ami-...",
    "Rule": "NAME",
    "Writer": "WHO",
    "Addresses": "HOST:PORT,...",
    "Written": "0|1",
    "ParentImage": "ami-...",
}


def add_dry_run(parser: argparse.ArgumentParser, stays: str = "") -> None:
    """Let a change be shown without being made; `stays` says what is made all the same."""
    parser.add_argument("--dry-run", action="store_true", help=f"show what would change, and stop{stays}")


def option_of(parameter: str) -> str:
    """Name the option that sets a parameter of a template: --max-size for MaxSize."""
    if _is_slot(parameter):
        return SUBNETS
    return NAMED.get(parameter) or "--" + re.sub(r"(?<!^)(?=[A-Z][a-z])", "-", parameter).lower()


def add_parameters(parser: argparse.ArgumentParser, parameters: Iterable[Parameter]) -> None:
    """Add an option for each parameter. All take text: `given_refusal` applies the template's own rules."""
    for parameter in parameters:
        rule = parameter.rule() if parameter.number or parameter.allowed or parameter.pattern else ""
        default = f" (default: {parameter.default})" if parameter.default else ""
        says = "; ".join(filter(None, (parameter.description, rule))).replace("%", "%%") + default
        if parameter.name == "Cluster":
            parser.add_argument("Cluster", metavar="CLUSTER", help=says)
        elif parameter.name == "SubnetA":
            text = "one to three private subnets in different zones, which reach AWS's endpoints over HTTPS"
            parser.add_argument(SUBNETS, metavar="A,B,C", help=text)
        elif not _is_slot(parameter.name):
            shown = next(shown for end, shown in PLACEHOLDERS.items() if parameter.name.endswith(end))
            parser.add_argument(option_of(parameter.name), dest=parameter.name, metavar=shown, help=says)


def given_values(args: argparse.Namespace, parameters: Iterable[Parameter]) -> dict[str, str]:
    """Collect the values given, by parameter. --subnets sets all subnet parameters, the others to nothing."""
    names = [parameter.name for parameter in parameters]
    values = {name: text for name in names if (text := getattr(args, name, None)) is not None}
    if (listed := getattr(args, "subnets", None)) is not None:
        ids = [part.strip() for part in listed.split(",")]
        slots = [name for name in names if _is_slot(name)]
        values |= {slot: ids[at] if at < len(ids) else "" for at, slot in enumerate(slots)}
    return values


def given_refusal(args: argparse.Namespace, parameters: Iterable[Parameter]) -> str | None:
    """Refuse a value that the template would not accept, before AWS is asked anything."""
    by_name = {parameter.name: parameter for parameter in parameters}
    values = (
        value_refusal(by_name[name], option_of(name), text)
        for name, text in given_values(args, by_name.values()).items()
        if not _is_slot(name)
    )
    return first((_subnets_refusal(args, by_name), *values))


def missing_refusal(parameters: Iterable[Parameter], values: Container[str]) -> str | None:
    """Refuse when an option without a default is missing."""
    needed = {_with_variable(p.name) for p in parameters if p.default is None and p.name not in values}
    return f"Needed too: {', '.join(sorted(needed))}; see --help." if needed else None


def _with_variable(parameter: str) -> str:
    """Name the option and its make variable: --vpc (VPC=...)."""
    option = option_of(parameter)
    return f"{option} ({option.strip('-').upper()}=...)"


def _subnets_refusal(args: argparse.Namespace, names: Iterable[str]) -> str | None:
    if (listed := getattr(args, "subnets", None)) is None:
        return None
    ids, slots = [part.strip() for part in listed.split(",")], sum(map(_is_slot, names))
    if not all(ids) or len(set(ids)) > slots:
        return f"{SUBNETS} {listed}: must be 1 to {slots} subnets with commas between them."
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        return f"{SUBNETS} {listed}: {twice} is there twice, name it once."
    return None


def _is_slot(parameter: str) -> bool:
    return re.fullmatch("Subnet[A-Z]", parameter) is not None
