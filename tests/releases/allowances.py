"""What the template of a cluster lets hosts do and reach: old hosts need it for one release more (rule 7)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

RULES = {"SecurityGroupIngress": "in", "SecurityGroupEgress": "out"}


def allowances(template: Mapping[str, Any]) -> set[str]:
    """Return each action that a role or policy allows, and each connection of a security group."""
    return set(_of_all(template))


def denials(template: Mapping[str, Any]) -> set[str]:
    """Return each action that a role or policy denies."""
    return {
        line for name, resource in template["Resources"].items() for line in _said(name, resource, "Deny")
    }


def _of_all(template: Mapping[str, Any]) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        yield from _said(name, resource, "Allow")
        properties = resource.get("Properties", {})
        match resource["Type"].rpartition("::")[2]:
            case "SecurityGroup":
                for key, way in RULES.items():
                    yield from (_connection(name, way, rule) for rule in properties.get(key, ()))
            case "SecurityGroupIngress" | "SecurityGroupEgress" as kind:
                group = properties["GroupId"]["Fn::GetAtt"][0]
                yield _connection(group, RULES[kind], {**properties, "GroupId": None})


def _said(name: str, resource: Mapping[str, Any], effect: str) -> Iterator[str]:
    properties = resource.get("Properties", {})
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    for document in [*documents, *filter(None, [properties.get("PolicyDocument")])]:
        for statement in document["Statement"]:
            if statement["Effect"] == effect:
                actions = statement["Action"]
                where = {
                    key: statement[key] for key in ("Resource", "Principal", "Condition") if key in statement
                }
                for action in [actions] if isinstance(actions, str) else actions:
                    yield f"{name}: {action} {json.dumps(where, sort_keys=True)}"


def _connection(group: str, way: str, rule: Mapping[str, Any]) -> str:
    told = {key: value for key, value in rule.items() if key not in ("GroupId", "Description")}
    return f"{group}: {way} {json.dumps(told, sort_keys=True)}"
