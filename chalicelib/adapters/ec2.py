"""EC2: members that are dead or stopped, and the tag by which an RDB sees that it should drain."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.adapters.clients import Outcome, act, read
from chalicelib.contract.names import DRAIN_TAG
from chalicelib.core.facts.rdb import Down

# Of what EC2 calls an instance, the names that mean that it is down.
STATES: dict[str, Down] = {"terminated": "terminated", "stopping": "stopped", "stopped": "stopped"}


class Instances:
    """The instances of RDB groups."""

    def __init__(self, client: Callable[[], Any]) -> None:
        # Few calls need it, and EC2's takes longer to make than all other clients together.
        self._client = client

    def down(self, instance_ids: Sequence[str]) -> dict[str, Down]:
        """Return those that EC2 itself calls terminated or stopped, each with which. Raises Unreadable.

        An instance that EC2 does not know is not among them.
        """
        query = [
            {"Name": "instance-id", "Values": list(instance_ids)},
            {"Name": "instance-state-name", "Values": list(STATES)},
        ]
        pages = self._client().get_paginator("describe_instances").paginate(Filters=query)
        return read(
            "DescribeInstances",
            lambda: {
                instance["InstanceId"]: STATES[instance["State"]["Name"]]
                for page in pages
                for reservation in page["Reservations"]
                for instance in reservation["Instances"]
            },
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
