"""IAM's evaluation of policy documents, as far as the templates' policies go: a deny wins over an allow."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

Document = Mapping[str, Any]


class Request(NamedTuple):
    """Who wants to do what. `principal` is a service's name or an ARN, `context` the condition keys."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def verdict(documents: Iterable[Document], request: Request) -> Literal["Allow", "Deny"] | None:
    """The effect of all documents together; None where no statement applies."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _listed(document["Statement"])
        if _applies(statement, request)
    }
    if "Deny" in effects:
        return "Deny"
    return "Allow" if effects else None


def glob(pattern: str, text: str) -> bool:
    """IAM's wildcards: * is any text, ? one character."""
    return bool(_compiled(pattern).fullmatch(text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = ({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.DOTALL)


def arn_like(pattern: str, arn: str) -> bool:
    """ArnLike, and ArnEquals, which is the same: a wildcard ends at the colon of its part."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(map(glob, patterns, parts))


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    if unknown := statement.keys() & {"NotAction", "NotPrincipal", "NotResource"}:
        raise NotImplementedError(f"{sorted(unknown)} in a statement")
    return (
        _is_meant(statement, request.principal)
        and any(glob(action.lower(), request.action.lower()) for action in _listed(statement["Action"]))
        and any(glob(resource, request.resource) for resource in _listed(statement["Resource"]))
        and _fulfilled(statement.get("Condition", {}), request.context)
    )


def _is_meant(statement: Mapping[str, Any], principal: str) -> bool:
    """A policy of a role names no principal: it is the role's."""
    meant = statement.get("Principal", "*")
    if meant == "*":
        return True
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    return any(one == principal or (one == "*" and kind == "AWS") for one in _listed(meant.get(kind, [])))


def _fulfilled(conditions: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    present = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, [str(value) for value in _listed(values)], present.get(key.lower()))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda stated, value: stated.lower() == value.lower(),
    "StringEquals": lambda stated, value: stated == value,
    "StringLike": glob,
}


def _holds(operator: str, stated: list[str], value: str | None) -> bool:
    """One condition on one key. An absent one fulfils what is negated, `IfExists` and `ForAllValues`."""
    if operator == "Null":
        return (value is None) == (stated == ["true"])
    plain = operator.removeprefix("ForAllValues:").removesuffix("IfExists")
    positive = plain.replace("Not", "")
    if positive not in OPERATORS:
        raise NotImplementedError(f"the condition operator {operator}")
    if value is None:
        return plain != operator or positive != plain
    return any(OPERATORS[positive](one, value) for one in stated) == (positive == plain)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
