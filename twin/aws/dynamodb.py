"""DynamoDB as strict as AWS where moto is kind: one rule for each kindness.

The list of reserved words is moto's copy of AWS's ("Reserved words in DynamoDB", Developer Guide); the limits
are those of "Quotas in Amazon DynamoDB".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.responses import DynamoHandler

EXPRESSION = "Expression"
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
PLACEHOLDERS = {NAMES: "#", VALUES: ":"}
# The words of the expression language itself: all but these are attribute names.
LANGUAGE = frozenset(
    {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE", "SIZE", "CONTAINS", "BEGINS_WITH"}
    | {"ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS", "ATTRIBUTE_TYPE", "IF_NOT_EXISTS", "LIST_APPEND"}
)
EXPRESSION_BYTES = 4096
NUMBER_DIGITS = 38

Tables = Mapping[str, Table]


class Request(NamedTuple):
    """One request, or one of those that a transaction or a batch holds."""

    parameters: Mapping[str, Any]
    expressions: Mapping[str, str]
    keys: tuple[str, ...]
    """The names of its table's keys; none where it names no table."""


@contextmanager
def strict() -> Iterator[None]:
    """Refuse what AWS refuses, before moto answers."""
    answer = DynamoHandler.call_action

    def call_action(handler: DynamoHandler) -> Any:
        check(getattr(handler, "params", {}), handler.dynamodb_backend.tables)
        return answer(handler)

    with patch.object(DynamoHandler, "call_action", call_action):
        yield


def check(parameters: Mapping[str, Any], tables: Tables) -> None:
    """Raise moto's error where AWS refuses the parameters of a call."""
    for request in _requests(parameters, tables):
        for rule in RULES:
            if refusal := rule(request):
                raise MockValidationException(refusal)


def unsized(request: Request) -> str | None:
    """Refuse an expression that is empty or too long."""
    for name, text in request.expressions.items():
        if not text.strip():
            return f"Invalid {name}: The expression can not be empty;"
        if (size := len(text.encode())) > EXPRESSION_BYTES:
            limit = "Expression size has exceeded the maximum allowed size"
            return f"Invalid {name}: {limit}; expression size: {size}"
    return None


def reserved(request: Request) -> str | None:
    """Refuse a reserved word as the name of an attribute."""
    words = ReservedKeywords.get_reserved_keywords()
    for name, text in request.expressions.items():
        for word in re.findall(r"(?<![#:\w])[A-Za-z_]\w*", text):
            if word.upper() in words and word.upper() not in LANGUAGE:
                return f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}"
    return None


def unused(request: Request) -> str | None:
    """Refuse an alias or a value that no expression uses."""
    for parameter, mark in PLACEHOLDERS.items():
        if parameter in request.parameters and not request.expressions:
            return f"{parameter} can only be specified when using expressions"
        used = {word for text in request.expressions.values() for word in re.findall(rf"{mark}\w+", text)}
        if left := sorted(request.parameters.get(parameter, {}).keys() - used):
            return f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(left)}}}"
    return None


def unordered(request: Request) -> str | None:
    """Refuse a key condition whose upper bound is below its lower one."""
    values = request.parameters.get(VALUES, {})
    for bounds in re.findall(
        r"BETWEEN\s+(:\w+)\s+AND\s+(:\w+)", request.expressions.get("KeyConditionExpression", "")
    ):
        lower, upper = (values.get(bound, {}).get("S") for bound in bounds)
        if isinstance(lower, str) and isinstance(upper, str) and upper.encode() < lower.encode():
            rule = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
            return f"Invalid KeyConditionExpression: {rule}; lower bound: {lower}, upper bound: {upper}"
    return None


def filtered(request: Request) -> str | None:
    """Refuse a filter on a key: that belongs into the key condition."""
    aliases = request.parameters.get(NAMES, {})
    for word in re.findall(r"(?<![:\w])#?\w+", request.expressions.get("FilterExpression", "")):
        if "KeyConditionExpression" in request.expressions and aliases.get(word, word) in request.keys:
            rule = "Filter Expression can only contain non-primary key attributes"
            return f"{rule}: Primary key attribute: {aliases.get(word, word)}"
    return None


def half_started(request: Request) -> str | None:
    """Refuse to go on from a part of a key."""
    start = request.parameters.get("ExclusiveStartKey")
    if start is not None and request.keys and set(start) != set(request.keys):
        return "The provided starting key is invalid: The provided key element does not match the schema"
    return None


def empty(request: Request) -> str | None:
    """Refuse an empty key in a batch; moto does in every other call."""
    for key in request.parameters.get("Keys", ()):
        for name, value in key.items():
            if value == {"S": ""}:
                rule = "The AttributeValue for a key attribute cannot contain an empty string value"
                return f"One or more parameter values are not valid. {rule}. Key: {name}"
    return None


def imprecise(request: Request) -> str | None:
    """Refuse a number with more digits than DynamoDB keeps."""
    if isinstance(number := request.parameters.get("N"), str):
        digits = re.sub(r"[eE].*|\D", "", number).strip("0")
        if len(digits) > NUMBER_DIGITS:
            return f"Attempting to store more than {NUMBER_DIGITS} significant digits in a Number"
    return None


RULES: tuple[Callable[[Request], str | None], ...] = (
    unsized,
    reserved,
    unused,
    unordered,
    filtered,
    half_started,
    empty,
    imprecise,
)


def _requests(parameters: Any, tables: Tables) -> Iterator[Request]:
    """Yield the request itself, and each that it holds, as TransactWriteItems does."""
    if isinstance(parameters, Mapping):
        expressions = {
            name: text
            for name, text in parameters.items()
            if name.endswith(EXPRESSION) and isinstance(text, str)
        }
        table = tables.get(str(parameters.get("TableName")))
        keys = (table.hash_key_attr, table.range_key_attr) if table else ()
        yield Request(parameters, expressions, tuple(filter(None, keys)))
        for value in parameters.values():
            yield from _requests(value, tables)
    elif isinstance(parameters, list):
        for value in parameters:
            yield from _requests(value, tables)
