"""Whether two neighbouring releases understand each other: what each says, line by line (rules 1 to 3)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

REQUIRED = "is required"
# For people, and shown in the words of any release (chalicelib/adapters/recorded.py).
LENIENT = frozenset(
    {("Decision", "code"), ("Decision", "triggers"), ("Refusal", "what"), ("Release", "step")}
)
# What says nothing about what may be there.
BESIDE = ("title", "description", "default", "discriminator")


class Line(NamedTuple):
    """One thing that is so of a field of a type."""

    owner: str
    field: str
    says: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.field} {self.says}" if self.field else f"{self.owner} {self.says}"


def not_understood(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """Return what one of two releases would not understand of the other, by their schemas.

    A field that is new and optional is none, nor is what only such a field leads to.
    """
    then, today = set(_lines(before)), set(_lines(now))
    owners, fields = {line.owner for line in then}, {line[:2] for line in then}
    new = {
        line
        for line in today - then
        if line.owner in owners and (line.says == REQUIRED or line[:2] in fields - LENIENT)
    }
    return {f"new: {line}" for line in new} | {f"gone: {line}" for line in then - today}


def _lines(types: Mapping[str, Any]) -> Iterator[Line]:
    for owner, schema in types.items():
        if "prefixItems" in schema:
            yield Line(owner, "", f"has {schema['minItems']} to {schema['maxItems']} parts")
            parts = {str(number): part for number, part in enumerate(schema["prefixItems"])}
        else:
            parts = schema.get("properties", {"": schema})
        for field, part in parts.items():
            yield from (Line(owner, field, f"may be {what}") for what in _alternatives(part))
            if field in schema.get("required", ()):
                yield Line(owner, field, REQUIRED)
            if "default" in part:
                yield Line(owner, field, f"is {json.dumps(part['default'])} if left out")


def _alternatives(schema: Mapping[str, Any]) -> Iterator[str]:
    match schema:
        case {"$ref": name}:
            yield name
        case {"anyOf": several}:
            for one in several:
                yield from _alternatives(one)
        case {"enum": words}:
            yield from map(json.dumps, words)
        case {"type": "array", "items": dict(items)}:
            yield from (f"a list of {what}" for what in _alternatives(items))
        case {"type": "object", "additionalProperties": dict(values)}:
            yield from (f"by key {what}" for what in _alternatives(values))
        case _:
            yield json.dumps({key: rule for key, rule in schema.items() if key not in BESIDE}, sort_keys=True)
