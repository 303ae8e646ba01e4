"""The rule that an input breaks, in plain words: msgspec names types of Python and patterns."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from .names import CLUSTER_NAME, HOST_NAME, INSTANCE_ID, MOST_WORDS, WORDS
from .release import RELEASE_PATTERN

A_TIME = "a time in ISO 8601 with its zone, as 2026-11-23T09:30:00Z"
# Types as msgspec names them; any other name stays as it is.
TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "datetime": A_TIME,
    "array": "a list",
    "object": "an object",
}
# What a pattern stands for: each pattern of the contract is here.
PATTERNS = {
    CLUSTER_NAME: "the name of a cluster: a letter or digit, then at most 63 letters, digits, - and _",
    rf"({CLUSTER_NAME}|\*)": "the name of a cluster, or *",
    INSTANCE_ID: "the id of an instance: i- and 8 to 17 of the digits 0-9 and a-f",
    WORDS: f"1 to {MOST_WORDS} characters of ASCII in one line",
    HOST_NAME: "a host's name or IPv4 address of at most 64 letters, digits, ., - and _",
    RELEASE_PATTERN: "a release, as 0.3.0: a digit, then at most 19 letters, digits and .",
}

_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_PATTERN = re.compile(r"Expected `str(?: \| null)?` matching regex '\^(.*)\\\\Z'")
_BOUND = re.compile(r"Expected `(?:int|float)(?: \| null)?` (>=|<=|>|<) (\S+)")
_LENGTH = re.compile(r"Expected `str(?: \| null)?` of length >= (\d+)")
_VALUE = re.compile(r"Invalid enum value (.*)")
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def field_and_rule(text: str, whole: str, kind: Any) -> tuple[str, str]:
    """Return the field that a message of msgspec is about, or `whole`, and the rule in plain words.

    `kind` is the type that the input was to be: it has the values that a field may have.
    """
    rule, at, path = text.rpartition(" - at `$")
    if not at:
        rule, path = text, ""
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", rule):
        return missing[1], "is missing"
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", rule, re.S):
        return unknown[1], f"is no field of the {whole}"
    path = path.rstrip("`").lstrip(".")
    if value := _VALUE.fullmatch(rule):
        return path or whole, f"must be {_one_of(kind, path)}, and is {value[1]}"
    if path:
        return path, in_plain_words(rule)
    field, colon, own_rule = rule.partition(": ")
    return (field, own_rule) if colon else (whole, in_plain_words(rule))


def in_plain_words(rule: str) -> str:
    """Return a rule of msgspec in plain words; one of our own stays as it is."""
    if wrong := _WRONG_TYPE.fullmatch(rule):
        return f"must be {_types(wrong[1])}, and is {_types(wrong[2])}"
    if (pattern := _PATTERN.fullmatch(rule)) and (words := PATTERNS.get(pattern[1].replace("\\\\", "\\"))):
        return f"must be {words}"
    if bound := _BOUND.fullmatch(rule):
        return f"must be {_BOUNDS[bound[1]]} {bound[2]}"
    if length := _LENGTH.fullmatch(rule):
        return f"must have at least {length[1]} character{'' if length[1] == '1' else 's'}"
    if "RFC3339" in rule or "timezone" in rule:
        return f"must be {A_TIME}"
    return "is out of range" if rule.endswith("out of range") else rule


def _one_of(kind: Any, path: str) -> str:
    """Return the values that the field at a path may have, such as `sessions[0].open`, as far as known."""
    kinds = [inspect.type_info(kind)]
    for step in re.findall(r"\w+|\[.*?\]", path):
        kinds = [inner for each in kinds for inner in _at(each, step)]
    values = [value for each in kinds for value in _values(each)]
    match values:
        case []:
            return "another value"
        case [value]:
            return value
        case _:
            return f"one of {', '.join(values)}"


def _at(kind: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """Yield the types of a field of an object, or of the items of a list or of an object by `[...]`."""
    match kind:
        case inspect.UnionType():
            for each in kind.types:
                yield from _at(each, step)
        case inspect.Metadata():
            yield from _at(kind.type, step)
        case inspect.StructType():
            yield from (field.type for field in kind.fields if field.encode_name == step)
        case inspect.CollectionType():
            yield kind.item_type
        case inspect.DictType():
            yield kind.value_type


def _values(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.UnionType():
            for each in kind.types:
                yield from _values(each)
        case inspect.Metadata():
            yield from _values(kind.type)
        case inspect.EnumType():
            yield from (str(each.value) for each in kind.cls)
        case inspect.LiteralType():
            yield from sorted(map(str, kind.values))


def not_json(text: str) -> str:
    """Return what is wrong with a text that is no JSON."""
    why = "ends too early" if text == "Input data was truncated" else text.removeprefix("JSON is malformed: ")
    return f"is not JSON: {why}"


def _types(names: str) -> str:
    return " or ".join(TYPES.get(name, name) for name in names.split(" | "))
