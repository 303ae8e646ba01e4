"""The command line: what every command has, and the options that the cluster's template asks for."""

import argparse
import re
from collections.abc import Container, Iterable
from typing import Any

from highwater.deploy.rules.preflight import first, value_refusal
from highwater.deploy.rules.templates import Parameter

RAW = argparse.RawDescriptionHelpFormatter
# Named for what they are; every other parameter is an option of its own name.
NAMED = {"Cluster": "NAME", "Vpc": "--vpc", "ImageId": "--image", "ParentImage": "--parent"}
SUBNETS = "--subnets"


def command(subparsers: Any, name: str, says: str, teaches: str) -> argparse.ArgumentParser:
    """A command whose result can be had as JSON: `says` is its line in the list, `teaches` its own help."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=says, description=teaches, formatter_class=RAW
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def add_where(parser: argparse.ArgumentParser) -> None:
    """Where, and as whom."""
    parser.add_argument("--region", help="(the usual: AWS_DEFAULT_REGION, or the profile's)")
    parser.add_argument("--profile", help="a profile of ~/.aws/config (the usual: AWS_PROFILE, or none)")


def option_of(parameter: str) -> str:
    """The option that sets a parameter of a template: --max-size for MaxSize."""
    if _is_slot(parameter):
        return SUBNETS
    return NAMED.get(parameter) or "--" + re.sub(r"(?<!^)(?=[A-Z][a-z])", "-", parameter).lower()


def add_parameters(parser: argparse.ArgumentParser, parameters: Iterable[Parameter]) -> None:
    """An option for each parameter; all are text here, and judged by the template's own rules."""
    for parameter in parameters:
        rule = parameter.rule() if parameter.number or parameter.allowed or parameter.pattern else ""
        parts = (parameter.description, rule, f"({parameter.default})" if parameter.default else "")
        says = "; ".join(part for part in parts if part).replace("%", "%%")
        if parameter.name == "Cluster":
            parser.add_argument("Cluster", metavar="NAME", help=says)
        elif parameter.name == "SubnetA":
            parser.add_argument(
                SUBNETS, metavar="A,B,C", help="one to three, each in a zone of its own; " + says
            )
        elif not _is_slot(parameter.name):
            parser.add_argument(option_of(parameter.name), dest=parameter.name, metavar="X", help=says)


def given(args: argparse.Namespace, parameters: Iterable[Parameter]) -> dict[str, str]:
    """What was said, by parameter. Subnets are said together: what is not among them is none."""
    names = [parameter.name for parameter in parameters]
    said = {name: text for name in names if (text := getattr(args, name, None)) is not None}
    if (listed := getattr(args, "subnets", None)) is not None:
        ids = [part.strip() for part in listed.split(",")]
        slots = [name for name in names if _is_slot(name)]
        said |= {slot: ids[at] if at < len(ids) else "" for at, slot in enumerate(slots)}
    return said


def given_refusal(args: argparse.Namespace, parameters: Iterable[Parameter]) -> str | None:
    """What was said and cannot be, before AWS is asked anything."""
    by_name = {parameter.name: parameter for parameter in parameters}
    values = (
        value_refusal(by_name[name], option_of(name), text)
        for name, text in given(args, by_name.values()).items()
        if not _is_slot(name)
    )
    return first((_subnets_refusal(args, by_name), *values))


def missing_refusal(parameters: Iterable[Parameter], values: Container[str]) -> str | None:
    """Options that have no default, and were not said."""
    needed = {_with_variable(p.name) for p in parameters if p.default is None and p.name not in values}
    return f"Needed too: {', '.join(sorted(needed))}; see --help." if needed else None


def _with_variable(parameter: str) -> str:
    """The option, and what make calls it: --vpc (VPC=...)."""
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
