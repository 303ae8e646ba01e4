"""One break of a template: what is broken where, and what its check must then name."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from tests.templates.world import Check, Findings

GONE = object()
P = "Properties"
ALARM_RULE = "OnAlarmOnAlarmEvent"
ANYWHERE = {"ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}}


class Mutant(NamedTuple):
    """A break of a template, and the check that must see it.

    `path` leads from a logical id to what is set to `value`, or taken away. In a list, a text stands for the
    item that has it as a value, such as its Sid. `named` are the logical ids, divided by spaces, that this
    break makes the check name, and no other.
    """

    check: Check
    path: tuple[str | int, ...]
    value: Any
    named: str

    def breaks(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """The template with the break. Raises LookupError or ValueError where the path leads nowhere."""
        broken: dict[str, Any] = deepcopy(dict(template))
        node: Any = broken["Resources"]
        *way, last = self.path
        for step in way:
            node = node[_key(node, step)]
        key = _key(node, last)
        if self.value is GONE:
            del node[key]
        else:
            assert not isinstance(node, dict) or node.get(key) != self.value, "the break changes nothing"
            node[key] = self.value
        return broken

    def __str__(self) -> str:
        what = "without it" if self.value is GONE else repr(self.value)
        return f"{self.check.__name__}: {'.'.join(map(str, self.path))} {what}"[:120]


def named_anew(before: Findings, after: Findings) -> set[str]:
    """The beginnings of the findings that were not there before the break."""
    return {finding.partition(":")[0] for finding in after if finding not in before}


def of_role(role: str, sid: str, *path: str | int) -> tuple[str | int, ...]:
    """The path to a statement of a role."""
    return (role, P, "Policies", 0, "PolicyDocument", "Statement", sid, *path)


def of_policy(policy: str, sid: str, *path: str | int) -> tuple[str | int, ...]:
    """The path to a statement of a topic's or a queue's policy."""
    return (policy, P, "PolicyDocument", "Statement", sid, *path)


def of_key(sid: str, *path: str | int) -> tuple[str | int, ...]:
    """The path to a statement of the key."""
    return ("Key", P, "KeyPolicy", "Statement", sid, *path)


def ref(logical_id: str) -> dict[str, Any]:
    """Ref."""
    return {"Ref": logical_id}


def arn(logical_id: str) -> dict[str, Any]:
    """Fn::GetAtt of the ARN."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def _key(node: Any, step: str | int) -> Any:
    if isinstance(node, list) and isinstance(step, str):
        return [step in item.values() for item in node].index(True)
    return step
