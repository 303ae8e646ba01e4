"""Rules for the changes of a change set. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from highwater.deploy.rules.facts import Group
from highwater.deploy.rules.templates import GROUP

# The resources that hold data or capacity, and those by which running hosts find each other and their files:
# with new ones beside them, hosts that were launched before would be cut off.
KEPT = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::EC2::SecurityGroup",
        "AWS::EFS::AccessPoint",
        "AWS::EFS::FileSystem",
        "AWS::KMS::Key",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
        GROUP,
    }
)


class Detail(NamedTuple):
    """One attribute of a resource that changes; `recreation` is Never, Conditionally, Always or empty."""

    attribute: str
    name: str = ""
    recreation: str = ""


class Change(NamedTuple):
    """A change of one resource. `replacement` is AWS's word: True, False, Conditional or nothing."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""
    details: tuple[Detail, ...] = ()

    @property
    def replaces(self) -> bool:
        """The resource is replaced, or nothing says that it is not.

        CloudFormation answers Conditional for each change of a group's launch template or subnets, and then
        changes it in place: only a detail that always recreates is a replacement.
        """
        match self.replacement:
            case "False" | "":
                return False
            case "Conditional":
                return not self.details or any(detail.recreation == "Always" for detail in self.details)
            case _:  # True, and whatever word AWS may come to use
                return True

    def line(self) -> str:
        """Describe it for the operator."""
        replaced = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(self.replacement, "")
        return f"{self.action} {self.logical_id} ({self.type}{replaced})"


def loss_refusal(changes: Iterable[Change]) -> str | None:
    """Refuse a change that removes or replaces what holds data or capacity, or may do so."""
    for change in changes:
        if change.type not in KEPT or change.action in ("Add", "Import"):
            continue
        what = f"{change.logical_id} ({change.type}, {change.physical_id})"
        if change.action == "Remove":
            return f"The upgrade would remove {what}: keep it in the template, or remove the whole stack."
        if change.action != "Modify" or change.replaces:
            return f"The upgrade would replace {what}: undo the change that asks for it."
        if change.type == GROUP and any(detail.attribute == "UpdatePolicy" for detail in change.details):
            return (
                f"The upgrade would change the UpdatePolicy of {what}, by which CloudFormation replaces "
                "instances: leave groups without one."
            )
    return None


def capacity_refusal(
    changes: Iterable[Change], sizes: Mapping[str, tuple[int, int]], groups: Mapping[str, Group]
) -> str | None:
    """Refuse a change of a group that would resize it.

    CloudFormation writes both sizes with any change of a group, and AWS then moves DesiredCapacity between
    them.
    """
    for change in changes:
        group = groups.get(change.physical_id)
        if change.type != GROUP or group is None or group.name not in sizes:
            continue
        least, most = sizes[group.name]
        if not least <= group.desired <= most:
            return (
                f"The upgrade would keep {group.name} between {least} and {most} instances and it has "
                f"{group.desired}: wait until that is between them, or change --max-size."
            )
    return None
