"""DynamoDB as strict as AWS where moto is kind: reserved words, names and values that nothing uses.

The list of reserved words is moto's copy of AWS's ("Reserved words in DynamoDB", Developer Guide).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.responses import DynamoHandler

EXPRESSION = "Expression"
PLACEHOLDERS = {"ExpressionAttributeNames": "#", "ExpressionAttributeValues": ":"}
# The words of the expression language itself: all but these are attribute names.
LANGUAGE = frozenset(
    {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE", "SIZE", "CONTAINS", "BEGINS_WITH"}
    | {"ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS", "ATTRIBUTE_TYPE", "IF_NOT_EXISTS", "LIST_APPEND"}
)


@contextmanager
def strict() -> Iterator[None]:
    """Refuse what AWS refuses, before moto answers."""
    answer = DynamoHandler.call_action

    def call_action(handler: DynamoHandler) -> Any:
        check(getattr(handler, "params", {}))
        return answer(handler)

    with patch.object(DynamoHandler, "call_action", call_action):
        yield


def check(parameters: Mapping[str, Any]) -> None:
    """Raise moto's error where AWS refuses the parameters of a call."""
    for request in _requests(parameters):
        if refusal := refusal_of(request):
            raise MockValidationException(refusal)


def refusal_of(request: Mapping[str, Any]) -> str | None:
    """Return AWS's sentence against one request, or None."""
    expressions = {
        name: text for name, text in request.items() if name.endswith(EXPRESSION) and isinstance(text, str)
    }
    reserved = ReservedKeywords.get_reserved_keywords()
    for name, text in expressions.items():
        for word in re.findall(r"(?<![#:\w])[A-Za-z_]\w*", text):
            if word.upper() in reserved and word.upper() not in LANGUAGE:
                return f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}"
    for parameter, mark in PLACEHOLDERS.items():
        used = {word for text in expressions.values() for word in re.findall(rf"{mark}\w+", text)}
        if unused := sorted(request.get(parameter, {}).keys() - used):
            return f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(unused)}}}"
    return None


def _requests(parameters: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the request itself, and each that it holds, as TransactWriteItems does."""
    if isinstance(parameters, Mapping):
        yield parameters
        for value in parameters.values():
            yield from _requests(value)
    elif isinstance(parameters, list):
        for value in parameters:
            yield from _requests(value)
