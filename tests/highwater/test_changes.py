"""An upgrade neither loses data nor touches running capacity."""

import pytest

from highwater.deploy.rules.changes import Change, Detail, capacity_refusal, loss_refusal
from highwater.deploy.rules.templates import GROUP
from tests.highwater.builders import RDB_GROUP, group

TABLE = "AWS::DynamoDB::Table"
KEPT = [TABLE, "AWS::EFS::FileSystem", GROUP, "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::KMS::Key"]
# Without these, hosts that were launched before the upgrade would be cut off from the others.
KEPT += ["AWS::EC2::SecurityGroup", "AWS::EFS::AccessPoint", "AWS::SecretsManager::Secret"]
# As CloudFormation names them in the details of a change set.
LAUNCH_TEMPLATE = Detail("Properties", "LaunchTemplate", "Conditionally")
SUBNETS = Detail("Properties", "VPCZoneIdentifier", "Conditionally")
ALWAYS = Detail("Properties", "AutoScalingGroupName", "Always")


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize(
    ("replacement", "details"),
    [
        ("True", ()),
        ("A new word of AWS", (LAUNCH_TEMPLATE,)),
        ("Conditional", (ALWAYS,)),
        ("Conditional", (LAUNCH_TEMPLATE, ALWAYS)),
        pytest.param("Conditional", (), id="nothing says that it is not replaced"),
    ],
)
def test_what_holds_data_or_capacity_is_never_replaced(
    kind: str, replacement: str, details: tuple[Detail, ...]
) -> None:
    changes = (Change("Modify", "Function", "AWS::Lambda::Function", "f", "True"),)
    assert loss_refusal((*changes, Change("Modify", "Kept", kind, "id-1", "False"))) is None
    assert loss_refusal((*changes, Change("Modify", "Kept", kind, "id-1", replacement, details))) == (
        f"The upgrade would replace Kept ({kind}, id-1): undo the change that asks for it."
    )


@pytest.mark.parametrize("details", [(LAUNCH_TEMPLATE,), (SUBNETS,), (LAUNCH_TEMPLATE, SUBNETS)])
def test_a_new_launch_template_or_subnet_is_a_change_in_place(details: tuple[Detail, ...]) -> None:
    both = tuple(
        Change("Modify", logical_id, GROUP, logical_id, "Conditional", details)
        for logical_id in ("RdbGroup", "TickerplantGroup")
    )
    assert loss_refusal(both) is None


def test_an_update_policy_by_which_instances_would_be_replaced_is_refused() -> None:
    change = Change("Modify", "RdbGroup", GROUP, "id-1", "False", (Detail("UpdatePolicy"),))
    assert loss_refusal((change,)) == (
        f"The upgrade would change the UpdatePolicy of RdbGroup ({GROUP}, id-1), by which CloudFormation "
        "replaces instances: leave groups without one."
    )


def test_what_holds_data_or_capacity_is_never_removed() -> None:
    assert loss_refusal((Change("Remove", "Ledger", TABLE, "id-1"),)) == (
        "The upgrade would remove Ledger (AWS::DynamoDB::Table, id-1): keep it in the template, or remove "
        "the whole stack."
    )


def test_a_change_that_cloudformation_cannot_foresee_counts_as_a_replacement() -> None:
    assert "would replace" in (loss_refusal((Change("Dynamic", "Ledger", TABLE, "id-1"),)) or "")


def test_what_is_new_is_no_loss() -> None:
    assert loss_refusal((Change("Add", "Ledger", TABLE),)) is None


@pytest.mark.parametrize(("desired", "refused"), [(0, True), (1, False), (20, False), (21, True)])
def test_a_change_of_a_group_leaves_its_capacity_alone(desired: int, refused: bool) -> None:
    changes = (Change("Modify", "RdbGroup", GROUP, RDB_GROUP, "False"),)
    sentence = capacity_refusal(changes, {RDB_GROUP: (1, 20)}, {RDB_GROUP: group(desired=desired)})
    expected = (
        f"The upgrade would keep highwater-trades-rdb between 1 and 20 instances and it has {desired}: wait "
        "until that is between them, or change --max-size."
    )
    assert sentence == (expected if refused else None)


def test_a_group_that_does_not_change_is_not_resized() -> None:
    changes = (Change("Modify", "MemoryAlarm", "AWS::CloudWatch::Alarm", "a", "False"),)
    assert capacity_refusal(changes, {RDB_GROUP: (1, 20)}, {RDB_GROUP: group(desired=21)}) is None
