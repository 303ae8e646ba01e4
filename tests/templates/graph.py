"""A template as a graph: a node for each logical id, an edge for each reference from one to another."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tests.templates.stack import PLACEHOLDER
from tests.templates.world import check

Template = Mapping[str, Any]


def references(value: Any) -> Iterator[str]:
    """The logical ids, parameters and pseudo parameters that a value refers to; of Fn::If both branches."""
    match value:
        case {"Ref": str(name), **rest} if not rest:
            yield name
        case {"Fn::GetAtt": stated, **rest} if not rest:
            yield stated.split(".")[0] if isinstance(stated, str) else stated[0]
        case {"Fn::Sub": stated, **rest} if not rest:
            text, local = (stated, {}) if isinstance(stated, str) else stated
            used = (name.split(".")[0] for name in PLACEHOLDER.findall(text))
            yield from (name for name in used if name not in local)
            yield from references(local)
        case {"Fn::If": [_condition, *branches], **rest} if not rest:
            yield from references(branches)
        case Mapping():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def edges(template: Template) -> dict[str, frozenset[str]]:
    """What each resource needs before it, by logical id: references to resources, and DependsOn."""
    resources = template["Resources"]
    return {
        logical_id: frozenset(_named(resource)) & resources.keys()
        for logical_id, resource in resources.items()
    }


@check
def cycles(template: Template) -> Iterator[str]:
    """A circle of resources, each needed by the next. Both branches of a condition count."""
    try:
        TopologicalSorter(edges(template)).prepare()
    except CycleError as error:
        yield f"{' -> '.join(error.args[1])}: none can be created first"


@check
def dangling(template: Template) -> Iterator[str]:
    """References to what the template does not have."""
    known = template["Resources"].keys() | template.get("Parameters", {}).keys()
    owners = {**template["Resources"], **template.get("Outputs", {}), **template.get("Conditions", {})}
    for owner, value in owners.items():
        for name in sorted(set(_named(value)) - known):
            if not name.startswith("AWS::"):
                yield f"{owner}: refers to {name}, which is not in the template"


def _named(resource: Mapping[str, Any]) -> Iterator[str]:
    yield from references(resource)
    after = resource.get("DependsOn", [])
    yield from [after] if isinstance(after, str) else after
