"""An upgrade neither loses data nor touches running capacity."""

import pytest

from highwater.deploy.rules.changes import Change, capacity_refusal, loss_refusal
from highwater.deploy.rules.templates import GROUP
from tests.highwater.builders import RDB_GROUP, group

TABLE = "AWS::DynamoDB::Table"


@pytest.mark.parametrize("kind", [TABLE, "AWS::EFS::FileSystem", GROUP, "AWS::SQS::Queue", "AWS::KMS::Key"])
@pytest.mark.parametrize("replacement", ["True", "Conditional", "A new word of AWS"])
def test_what_holds_data_or_capacity_is_never_replaced(kind: str, replacement: str) -> None:
    changes = (Change("Modify", "Function", "AWS::Lambda::Function", "f", "True"),)
    assert loss_refusal((*changes, Change("Modify", "Kept", kind, "id-1", "False"))) is None
    assert loss_refusal((*changes, Change("Modify", "Kept", kind, "id-1", replacement))) == (
        f"The upgrade would replace Kept ({kind}, id-1): undo the change that asks for it."
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
