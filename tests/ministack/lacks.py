"""The tests that an emulator fails because it differs from AWS, each with who is right and why."""

_UNQUEUED = "test_queue.py::test_what_a_fifo_queue_refuses_is_refused"
_REFUSED = "test_dynamodb.py::test_what_dynamodb_refuses_is_refused_and_writes_nothing"

# File and name of the test. Nothing that is missing is patched; a test of this list that passes fails.
LACKS = {
    f"{_REFUSED}[ministack-a filter on a key]": (
        "MiniStack answers. DynamoDB refuses: a filter expression cannot contain partition key or sort key "
        "attributes (Developer Guide, Filter expressions for the Query operation)."
    ),
    f"{_REFUSED}[ministack-an update of one path twice]": (
        "MiniStack answers. DynamoDB refuses document paths that overlap (API reference, UpdateItem)."
    ),
    f"{_REFUSED}[twin-an item that an update makes larger than 400 KB]": (
        "moto refuses too, but leaves the item that the update began. DynamoDB writes none (API reference, "
        "UpdateItem); nothing here calls it."
    ),
    **{
        f"{_UNQUEUED}[ministack-{name} of 129 characters]": (
            "MiniStack answers. SQS takes at most 128 characters (API reference, SendMessage)."
        )
        for name in ("a group", "a fact")
    },
}
