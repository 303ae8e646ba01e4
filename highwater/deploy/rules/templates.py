"""Templates as plain data: their parameters with bounds, the names they fix, their imports."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

GROUP = "AWS::AutoScaling::AutoScalingGroup"
NAME_PROPERTY = {
    GROUP: "AutoScalingGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}

Template = Mapping[str, Any]


class Name(NamedTuple):
    """A name that a template gives to a resource. Only one resource of that type can have it."""

    type: str
    name: str


class Parameter(NamedTuple):
    """A parameter and its rule: numbers have bounds, texts a pattern and a greatest length."""

    name: str
    number: bool
    default: str | None
    low: float | None
    high: float | None
    pattern: str | None
    longest: int | None
    allowed: tuple[str, ...]
    description: str

    def rule(self) -> str:
        """Describe a valid value, to be read after "must be"."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        if self.number:
            low, high = self.low, self.high
            bounds = f" of at least {low:g}" if low is not None else ""
            if low is not None and high is not None:
                bounds = f" from {low:g} to {high:g}"
            return f"a number{bounds}" if self.name.endswith("Threshold") else f"a whole number{bounds}"
        length = f"1 to {self.longest} characters" if self.longest else "text"
        return f"{length} that match {self.pattern}" if self.pattern else length

    def accepts(self, text: str) -> bool:
        """Tell if the template accepts this value."""
        if self.allowed and text not in self.allowed:
            return False
        if self.number:
            # Percentages may have a fraction; sizes and seconds may not.
            digits = r"[0-9]{1,9}(\.[0-9]{1,6})?" if self.name.endswith("Threshold") else "[0-9]{1,9}"
            return bool(re.fullmatch(digits, text)) and _within(float(text), self.low, self.high)
        fits = self.longest is None or len(text) <= self.longest
        return fits and (self.pattern is None or bool(re.fullmatch(self.pattern, text)))


# In C where this PyYAML has it, which takes a tenth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LongForm(_Loader):  # type: ignore[misc, valid-type]
    """Reads CloudFormation's short intrinsics (`!Ref X`) as the long ones."""


def _intrinsic(loader: LongForm, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {key: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


yaml.add_multi_constructor("!", _intrinsic, Loader=LongForm)


def parse(text: str) -> dict[str, Any]:
    """Read a template, YAML or JSON."""
    template: dict[str, Any] = yaml.load(text, LongForm)  # noqa: S506 - a safe loader
    return template


def parameters(template: Template) -> dict[str, Parameter]:
    """List the parameters by name, in the order of the file."""
    return {
        name: Parameter(
            name,
            number=stated["Type"] == "Number",
            default=None if "Default" not in stated else str(stated["Default"]),
            low=_number(stated.get("MinValue")),
            high=_number(stated.get("MaxValue")),
            pattern=stated.get("AllowedPattern"),
            longest=stated.get("MaxLength"),
            allowed=tuple(str(value) for value in stated.get("AllowedValues", ())),
            description=stated.get("Description", ""),
        )
        for name, stated in template.get("Parameters", {}).items()
    }


def resolved(value: Any, values: Mapping[str, str]) -> str | None:
    """Resolve a literal, or a Ref or Sub of parameters and pseudo parameters; None if it needs more."""
    match value:
        case str() | int():
            return str(value)
        case {"Ref": name}:
            return values.get(name)
        case {"Fn::Sub": str(text)}:
            used = re.findall(r"\$\{([^}]+)\}", text)
            if any(name not in values for name in used):
                return None
            return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], text)
    return None


def names(template: Template, values: Mapping[str, str]) -> tuple[Name, ...]:
    """List every name that the template fixes, with these parameters."""
    found = []
    for resource in template["Resources"].values():
        property_name = NAME_PROPERTY.get(resource.get("Type", ""))
        stated = resource.get("Properties", {}).get(property_name) if property_name else None
        if stated is not None and (name := resolved(stated, values)):
            found.append(Name(resource["Type"], name))
    return tuple(found)


def imports(template: Template) -> frozenset[str]:
    """List the exports of other stacks that the template needs."""
    return frozenset(name for name in _found(template, "Fn::ImportValue") if isinstance(name, str))


def exports(template: Template) -> frozenset[str]:
    """List the names that the template exports."""
    stated = (output.get("Export", {}).get("Name") for output in template.get("Outputs", {}).values())
    return frozenset(name for name in stated if isinstance(name, str))


def retained(template: Template) -> frozenset[str]:
    """List the logical ids of what stays when the stack is deleted."""
    return frozenset(
        logical_id
        for logical_id, resource in template["Resources"].items()
        if str(resource.get("DeletionPolicy", "")).startswith("Retain")
    )


def _found(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _found(item, key)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
