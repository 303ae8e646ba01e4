"""The tags of groups: the operations on them, and the filters over them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twin.autoscaling.errors import invalid
from twin.autoscaling.model import Group, Tag
from twin.autoscaling.region import Region
from twin.autoscaling.request import check, one_of

RESOURCE = "auto-scaling-group"
NAMED = frozenset({"Key", "ResourceId", "ResourceType"})
VALUED = frozenset({"Value", "PropagateAtLaunch"})


def specified(group_name: str, asked: Iterable[Mapping[str, Any]]) -> dict[str, Tag]:
    """Return the tags that CreateAutoScalingGroup brings along, by key."""
    found = {}
    for tag in asked:
        check("Tags", tag, frozenset({"Key"}), NAMED | VALUED)
        if tag.get("ResourceId", group_name) != group_name:
            raise invalid(f"Tag {tag['Key']} names another resource than {group_name}.")
        found[tag["Key"]] = _tag(tag)
    return found


def _tag(asked: Mapping[str, Any]) -> Tag:
    one_of("resourceType", asked.get("ResourceType", RESOURCE), (RESOURCE,))
    if "PropagateAtLaunch" not in asked:
        raise NotImplementedError("Tags: a tag without PropagateAtLaunch is not modelled")
    return Tag(asked.get("Value", ""), asked["PropagateAtLaunch"])


def listed(group: Group) -> list[dict[str, Any]]:
    """Return the group's tags, sorted by key (captured)."""
    return [
        {
            "ResourceId": group.name,
            "ResourceType": RESOURCE,
            "Key": key,
            "Value": tag.value,
            "PropagateAtLaunch": tag.propagate,
        }
        for key, tag in sorted(group.tags.items())
    ]


def create_or_update(region: Region, params: Mapping[str, Any]) -> None:
    """CreateOrUpdateTags. Instances that run already are not touched."""
    changes = [(group, asked["Key"], _tag(asked)) for group, asked in _changes(region, params)]
    for group, key, tag in changes:
        group.tags[key] = tag


def delete(region: Region, params: Mapping[str, Any]) -> None:
    """DeleteTags, by key."""
    for group, asked in _changes(region, params):
        group.tags.pop(asked["Key"], None)


def _changes(region: Region, params: Mapping[str, Any]) -> list[tuple[Group, Mapping[str, Any]]]:
    """Return the tags that a request names, each with its group, all of them checked."""
    for asked in params["Tags"]:
        check("Tags", asked, NAMED, VALUED)
    return [(region.changeable(asked["ResourceId"]), asked) for asked in params["Tags"]]


def group_filter(condition: Mapping[str, Any]) -> Callable[[Group], bool]:
    """Return a Filter of DescribeAutoScalingGroups: `tag-key` or `tag:<key>`.

    Any of its Values meets it.
    """
    check("Filters", condition, frozenset({"Name", "Values"}), frozenset())
    name, values = condition["Name"], frozenset(condition["Values"])
    if name == "tag-key":
        return lambda group: not values.isdisjoint(group.tags)
    if name == "tag-value":
        raise NotImplementedError("The filter tag-value is not modelled")
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda group: key in group.tags and group.tags[key].value in values
    raise invalid(f"Filter type {name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>")
