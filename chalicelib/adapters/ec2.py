"""EC2: members that are dead, and the tag by which an RDB sees that it should drain."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.adapters.clients import Outcome, act, read
from chalicelib.contract.names import DRAIN_TAG


class Instances:
    """The instances of RDB groups."""

    def __init__(self, client: Callable[[], Any]) -> None:
        # Few calls need it, and EC2's takes longer to make than all other clients together.
        self._client = client

    def terminated(self, instance_ids: Sequence[str]) -> frozenset[str]:
        """Return those that EC2 itself calls terminated. Raises Unreadable.

        An instance that EC2 does not know is not among them.
        """
        query = [
            {"Name": "instance-id", "Values": list(instance_ids)},
            {"Name": "instance-state-name", "Values": ["terminated"]},
        ]
        pages = self._client().get_paginator("describe_instances").paginate(Filters=query)
        return read(
            "DescribeInstances",
            lambda: frozenset(
                instance["InstanceId"]
                for page in pages
                for reservation in page["Reservations"]
                for instance in reservation["Instances"]
            ),
        )

    def ask_to_drain(self, instance_id: str) -> Outcome:
        """Show an RDB the request that it drains."""
        tag = {"Key": DRAIN_TAG, "Value": "asked"}
        return act(
            f"CreateTags {instance_id} {DRAIN_TAG}",
            lambda: self._client().create_tags(Resources=[instance_id], Tags=[tag]),
        )

    def withdraw_drain(self, instance_id: str) -> Outcome:
        """Take the request to drain back."""
        return act(
            f"DeleteTags {instance_id} {DRAIN_TAG}",
            lambda: self._client().delete_tags(Resources=[instance_id], Tags=[{"Key": DRAIN_TAG}]),
        )
