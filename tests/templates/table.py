"""The ledger's table: its keys are the code's, and nothing that is in it is lost."""

from collections.abc import Iterator

from tests.templates.world import World, check

TABLE = "AWS::DynamoDB::Table"
KEY_TYPES = ("HASH", "RANGE")


@check
def keyed(world: World) -> Iterator[str]:
    """The keys are those by which the code reads, the code's expiry is the table's."""
    for table, properties in world.control.of_type(TABLE).items():
        keys = tuple((key["AttributeName"], key["KeyType"]) for key in properties["KeySchema"])
        if keys != tuple(zip(world.code.key, KEY_TYPES, strict=True)):
            yield f"{table}: has the keys {keys}, the code reads by {world.code.key}"
        types = {one["AttributeName"]: one["AttributeType"] for one in properties["AttributeDefinitions"]}
        if types != dict.fromkeys(world.code.key, "S"):
            yield f"{table}: its keys are {types}, the code's are texts"
        expiry = properties.get("TimeToLiveSpecification", {})
        if not expiry.get("Enabled") or {expiry.get("AttributeName")} != world.code.expiring:
            yield f"{table}: forgets by {expiry}, the code writes {sorted(world.code.expiring)}"


@check
def kept(world: World) -> Iterator[str]:
    """It can be restored to any point in time, is encrypted, and stays when the stack goes."""
    for table, properties in world.control.of_type(TABLE).items():
        recovery = properties.get("PointInTimeRecoverySpecification", {})
        if not recovery.get("PointInTimeRecoveryEnabled"):
            yield f"{table}: cannot be restored to a point in time"
        if not properties.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{table}: is not encrypted with a key of the account"
        if not properties.get("DeletionProtectionEnabled"):
            yield f"{table}: can be deleted"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if world.control.resources[table].body.get(policy) != "Retain":
                yield f"{table}: {policy} is not Retain"
