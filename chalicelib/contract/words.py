"""The rule that an input breaks, in plain words: msgspec names types of Python and patterns."""

import re

from .names import CLUSTER_NAME, INSTANCE_ID

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
}

_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_PATTERN = re.compile(r"Expected `str` matching regex '\^(.*)\\\\Z'")
_BOUND = re.compile(r"Expected `(?:int|float)(?: \| null)?` (>=|<=|>|<) (\S+)")
_LENGTH = re.compile(r"Expected `str(?: \| null)?` of length >= (\d+)")
_VALUE = re.compile(r"Invalid enum value (.*)")
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def field_and_rule(text: str, whole: str) -> tuple[str, str]:
    """Return the field that a message of msgspec is about, or `whole`, and the rule in plain words."""
    rule, at, path = text.rpartition(" - at `$")
    if not at:
        rule, path = text, ""
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", rule):
        return missing[1], "is missing"
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", rule, re.S):
        return unknown[1], f"is no field of the {whole}"
    if path:
        return path.rstrip("`").lstrip("."), in_plain_words(rule)
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
    if value := _VALUE.fullmatch(rule):
        return f"must be one of the values that it may have, and is {value[1]}"
    if "RFC3339" in rule or "timezone" in rule:
        return f"must be {A_TIME}"
    return "is out of range" if rule.endswith("out of range") else rule


def not_json(text: str) -> str:
    """Return what is wrong with a text that is no JSON."""
    why = "ends too early" if text == "Input data was truncated" else text.removeprefix("JSON is malformed: ")
    return f"is not JSON: {why}"


def _types(names: str) -> str:
    return " or ".join(TYPES.get(name, name) for name in names.split(" | "))
