"""The register of docs/assumptions.md, and the project's own list of what it must hold."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from botocore import xform_name
from botocore.session import Session

from highwater.checkout import ROOT

PAGE = ROOT / "docs" / "assumptions.md"
HEAD = ["what is believed", "about", "relied on in", "evidence", "test", "rehearse"]
EVIDENCE = ("documented", "captured", "second emulator", "unproven")
PRODUCT = ("chalicelib", "highwater", "rdb")
# A rehearsal finds out by itself whether its own calls work.
REHEARSAL = ROOT / "highwater" / "deploy" / "rehearsal"
SERVICES = (
    "apigateway autoscaling cloudformation cloudwatch dynamodb ec2 iam kms lambda logs s3 service-quotas "
    "sns sqs sts"
)
# Words of the code that are operations of a service too, but not meant as such.
NOT_CALLED = {
    "dynamodb:ListExports": "CloudFormation's",
    "kms:Sign": "a field of the reporter's sender, which signs by itself",
}


class Belief(NamedTuple):
    """One row of the register."""

    text: str
    about: frozenset[str]
    files: tuple[str, ...]
    evidence: str
    tests: tuple[str, ...]
    steps: tuple[str, ...]
    reason: str


def section(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    text = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [_cells(line) for line in text.splitlines() if line.startswith("|")][2:]


def beliefs(page: str) -> list[Belief]:
    """Every row of the register, of all services."""
    rows = []
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        lines = [_cells(line) for line in table.splitlines()]
        rows += [_belief(cells) for cells in lines[2:] if lines[0] == HEAD]
    return rows


def _belief(cells: list[str]) -> Belief:
    text, about, files, evidence, tests, rehearsed = cells
    reason = rehearsed.removeprefix("no:").strip() if rehearsed.startswith("no:") else ""
    steps = () if reason else _quoted(rehearsed)
    return Belief(text, frozenset(_quoted(about)), _quoted(files), evidence, _quoted(tests), steps, reason)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


@cache
def operations() -> frozenset[str]:
    """Every operation of AWS whose name the product's code says, as boto3 or as AWS spells it."""
    known: dict[str, set[str]] = {}
    session = Session()
    for service in SERVICES.split():
        for operation in session.get_service_model(service).operation_names:
            for name in (operation, xform_name(operation)):
                known.setdefault(name, set()).add(f"{service}:{operation}")
    said = {word for path in _sources() for word in _words(ast.parse(path.read_text()))}
    return frozenset(call for word in said for call in known.get(word, ())) - NOT_CALLED.keys()


def _sources() -> Iterator[Path]:
    for package in PRODUCT:
        for path in sorted((ROOT / package).rglob("*.py")):
            if REHEARSAL not in path.parents:
                yield path


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name


def resource_types(*templates: Mapping[str, Any]) -> frozenset[str]:
    """Every type of resource in these templates."""
    return frozenset(resource["Type"] for one in templates for resource in one["Resources"].values())


def policy_parts(node: Any) -> Iterator[str]:
    """Every action and condition key of the policies in a template; tags are named by their kind alone."""
    if isinstance(node, Mapping):
        if node.get("Effect") in ("Allow", "Deny"):
            actions = node.get("Action", [])
            yield from [actions] if isinstance(actions, str) else actions
            for keys in node.get("Condition", {}).values():
                yield from (key.partition("/")[0] for key in keys)
        for value in node.values():
            yield from policy_parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from policy_parts(value)
