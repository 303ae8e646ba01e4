"""Policies of roles and of resources as AWS evaluates them.

What is not known here is refused: nothing is ever guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

Document = Mapping[str, Any]
NOWHERE = "*"
"""The resource of a call that has none: only the pattern `*` allows it."""
EVERYBODY = "*"
"""As a principal, alone or as that of AWS: anonymous callers and services too."""

ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
QUANTIFIERS = {"ForAllValues", "ForAnyValue"}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnLike",
    "ArnNotLike": "ArnLike",
}
PLAIN = {"StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"}
PRINCIPALS = {
    "AWS": re.compile(r"\*|arn:aws:iam::\d{12}:(root|role/[\w+=,.@/-]+)"),
    "Service": re.compile(r"[a-z0-9.-]+\.amazonaws\.com"),
}


class Unsupported(Exception):
    """A policy or a request says something that this evaluator does not know."""


@dataclass(frozen=True)
class Request:
    """One call as IAM sees it.

    `context` has the condition keys that are there, with their values. `principal`, an ARN or a service's
    name, is only asked for by a resource's policy.
    """

    action: str
    resource: str = NOWHERE
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()
    principal: str = ""

    @classmethod
    def of(
        cls,
        action: str,
        resource: str = NOWHERE,
        context: Mapping[str, str | tuple[str, ...]] = {},
        principal: str = "",
    ) -> "Request":
        """A request; a condition key with one value may be given as text."""
        values = {key: (value,) if isinstance(value, str) else value for key, value in context.items()}
        if empty := [key for key, found in values.items() if not found]:
            raise Unsupported(f"keys without a value: {empty}")
        return cls(action, resource, tuple(sorted(values.items())), principal)

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key, whose name is not case-sensitive; None when it is not there."""
        return next((values for name, values in self.context if name.lower() == key.lower()), None)


class Condition(NamedTuple):
    """One line of a Condition block: any of `wanted` may match."""

    operator: str
    quantifier: str
    key: str
    wanted: tuple[str, ...]

    def holds(self, request: Request) -> bool:
        """Tell if the request meets it, with AWS's rules for a key that is not there."""
        values = request.values(self.key)
        if self.operator == "Null":
            return (values is None) == (self.wanted == ("true",))
        if values is None:
            return self.quantifier == "ForAllValues" or (self.operator in NEGATED and not self.quantifier)
        if not self.quantifier and len(values) > 1:
            raise Unsupported(f"{self.key}: several values, and {self.operator} without a quantifier")
        met = (self._met(value) for value in values)
        return any(met) if self.quantifier == "ForAnyValue" else all(met)

    def _met(self, value: str) -> bool:
        plain = NEGATED.get(self.operator, self.operator)
        return any(_same(plain, pattern, value) for pattern in self.wanted) == (plain == self.operator)


@dataclass(frozen=True)
class Statement:
    """One statement.

    `not_` turns the list of actions or resources into what it does not apply to. Without principals it is a
    role's, about whatever that role does.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    not_actions: bool = False
    not_resources: bool = False
    principals: tuple[str, ...] = ()

    def applies(self, request: Request) -> bool:
        """Tell if principal, action, resource and every condition match."""
        if self.principals and not self._is_about(request.principal):
            return False
        named = any(_like(pattern.lower(), request.action.lower()) for pattern in self.actions)
        placed = any(_covers(pattern, request.resource) for pattern in self.resources)
        if named == self.not_actions or placed == self.not_resources:
            return False
        return all(condition.holds(request) for condition in self.conditions)

    def apart(self) -> tuple["Statement", ...]:
        """One statement for each of its actions: the smallest things that a policy grants."""
        return tuple(replace(self, actions=(action,)) for action in self.actions)

    def _is_about(self, principal: str) -> bool:
        """An account is no more than itself: it leaves it to its roles' policies what they may do."""
        if not principal:
            raise Unsupported(f"a statement about {self.principals}, and nobody who calls")
        return EVERYBODY in self.principals or principal in self.principals


def allowed(statements: Iterable[Statement], request: Request) -> bool:
    """Return whether a statement allows it and none denies it.

    Those of a role and of a resource are judged together when both are of one account.
    """
    applying = [statement for statement in statements if statement.applies(request)]
    return bool(applying) and all(statement.allows for statement in applying)


def statements_of(document: Document) -> tuple[Statement, ...]:
    """The statements of a role's policy. Raises Unsupported for whatever else there is in it."""
    return tuple(_statement(one) for one in _stated(document))


def statements_of_resource(document: Document) -> tuple[Statement, ...]:
    """The statements of a resource's policy, each about somebody. Raises Unsupported as well."""
    return tuple(_statement_about(one) for one in _stated(document))


def _stated(document: Document) -> list[Mapping[str, Any]]:
    if document.keys() - {"Version", "Id", "Statement"} or document.get("Version") != "2012-10-17":
        raise Unsupported(f"a document of {sorted(document)} in version {document.get('Version')}")
    stated = document["Statement"]
    return stated if isinstance(stated, list) else [stated]


def _statement_about(stated: Mapping[str, Any]) -> Statement:
    rest = {element: found for element, found in stated.items() if element != "Principal"}
    statement = replace(_statement(rest), principals=_principals(stated.get("Principal")))
    if not statement.allows and any(one.endswith(":root") for one in statement.principals):
        raise Unsupported(f"a denial of an account: {statement.principals}")
    return statement


def _principals(stated: Any) -> tuple[str, ...]:
    kinds = {"AWS": EVERYBODY} if stated == EVERYBODY else stated
    if not isinstance(kinds, Mapping) or not kinds or kinds.keys() - PRINCIPALS.keys():
        raise Unsupported(f"principal {stated!r}")
    named = [(kind, one) for kind, listed in kinds.items() for one in _texts(listed)]
    if unknown := [one for kind, one in named if not PRINCIPALS[kind].fullmatch(one)]:
        raise Unsupported(f"principals {unknown}")
    return tuple(one for _, one in named)


def _statement(stated: Mapping[str, Any]) -> Statement:
    if unknown := stated.keys() - ELEMENTS:
        raise Unsupported(f"elements {sorted(unknown)}")
    if stated["Effect"] not in ("Allow", "Deny"):
        raise Unsupported(f"effect {stated['Effect']}")
    for one in ("Action", "Resource"):
        if (one in stated) == (f"Not{one}" in stated):
            raise Unsupported(f"{one} and Not{one}: one of them")
    resources = _texts(stated.get("Resource", stated.get("NotResource")))
    for resource in resources:
        if resource != NOWHERE:
            _parts(resource)
    return Statement(
        sid=stated.get("Sid", ""),
        allows=stated["Effect"] == "Allow",
        actions=_texts(stated.get("Action", stated.get("NotAction"))),
        resources=resources,
        conditions=tuple(
            _condition(operator, key, wanted)
            for operator, keys in stated.get("Condition", {}).items()
            for key, wanted in keys.items()
        ),
        not_actions="NotAction" in stated,
        not_resources="NotResource" in stated,
    )


def _condition(stated: str, key: str, wanted: Any) -> Condition:
    quantifier, _, operator = stated.rpartition(":")
    if quantifier not in QUANTIFIERS | {""} or operator not in PLAIN | NEGATED.keys() | {"Null"}:
        raise Unsupported(f"operator {stated}")
    texts = _texts(wanted)
    if operator in ("Null", "Bool") and texts not in (("true",), ("false",)):
        raise Unsupported(f"{operator} of {texts}")
    if operator == "Null" and quantifier:
        raise Unsupported(f"operator {stated}")
    return Condition(operator, quantifier, key, texts)


def _texts(stated: Any) -> tuple[str, ...]:
    listed = [stated] if isinstance(stated, str) else stated
    if not isinstance(listed, list) or not listed or not all(isinstance(text, str) for text in listed):
        raise Unsupported(f"{stated!r} where text is expected")
    texts = tuple(listed)
    if variables := [text for text in texts if "${" in text]:
        raise Unsupported(f"policy variables: {variables}")
    return texts


def _same(operator: str, pattern: str, value: str) -> bool:
    if operator == "StringLike":
        return _like(pattern, value)
    if operator in ("ArnEquals", "ArnLike"):
        return arn_like(pattern, value)
    return pattern == (value.lower() if operator == "Bool" else value)


def _covers(pattern: str, resource: str) -> bool:
    if NOWHERE in (pattern, resource):
        return pattern == NOWHERE
    return arn_like(pattern, resource)


def arn_like(pattern: str, arn: str) -> bool:
    """ArnLike, part by part: a wildcard reaches no further than its part, in the last part to the end."""
    return all(_like(wanted, part) for wanted, part in zip(_parts(pattern), _parts(arn), strict=True))


def _parts(arn: str) -> list[str]:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise Unsupported(f"{arn} is no ARN")
    return parts


def _like(pattern: str, text: str) -> bool:
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(one) or re.escape(one) for one in pattern)
    return bool(re.fullmatch(expression, text, re.DOTALL))
