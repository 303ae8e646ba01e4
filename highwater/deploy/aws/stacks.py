"""Changes a stack by a change set, which is shown and checked before it is executed or discarded."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.adapters.clients import AWS_ERRORS
from highwater.deploy.aws.account import PROPOSED
from highwater.deploy.aws.caller import proposing
from highwater.deploy.rules.changes import Change, Detail
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.stack_status import condition_of, failure
from highwater.terminal import Failed, Refused, say

CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
BODY_LIMIT = 51_200  # bytes; a longer template must come from S3
POLL_SECONDS = 3
LONGEST_SECONDS = 3 * 3600  # an image takes most of an hour
NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
SIDE_EFFECT = "cancelled"  # CloudFormation's word for what only stopped because something else failed
STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Request:
    """A stack as it should be: `template` is its text or its address in S3.

    A parameter that is None keeps the stack's value.
    """

    stack: str
    template: str
    parameters: Mapping[str, str | None]
    existing: Stack | None

    def call(self) -> dict[str, Any]:
        """Make the arguments of CreateChangeSet."""
        by_address = self.template.startswith("https://")
        if not by_address and len(self.template.encode()) > BODY_LIMIT:
            raise Refused(f"The template of {self.stack} is over {BODY_LIMIT} bytes: shorten its comments.")
        return {
            "StackName": self.stack,
            "ChangeSetName": f"highwater-{datetime.now(UTC):%Y%m%dT%H%M%S}",
            "ChangeSetType": "UPDATE" if self.existing else "CREATE",
            "TemplateURL" if by_address else "TemplateBody": self.template,
            "Capabilities": CAPABILITIES,
            "Parameters": [
                {"ParameterKey": name, "UsePreviousValue": True}
                if value is None
                else {"ParameterKey": name, "ParameterValue": value}
                for name, value in self.parameters.items()
            ],
        }


class Stacks:
    """CloudFormation. `sleep` waits some seconds between two looks."""

    def __init__(self, client: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def change(
        self, request: Request, refusal: Callable[[tuple[Change, ...]], str | None], *, dry_run: bool
    ) -> tuple[Change, ...]:
        """Make the stack as requested, and return the changes, if any.

        `refusal` checks the changes before they are made; with `dry_run` they are not made. Raises Refused
        before anything was changed, Failed afterwards.
        """
        with proposing():
            proposed = self._client.create_change_set(**request.call())
            try:
                changes = self._proposed_changes(proposed["Id"])
                for change in () if dry_run else changes or ():
                    say(f"  {change.line()}")
                if sentence := refusal(changes or ()):
                    raise Refused(sentence)
            except (Refused, KeyboardInterrupt, *AWS_ERRORS):
                self._discard(proposed)
                raise
            if changes is None:
                say(f"Stack {request.stack} is as it should be already.")
            if dry_run or changes is None:
                self._discard(proposed)
                return changes or ()
            seen = self._newest_event(proposed["StackId"])
        self._client.execute_change_set(ChangeSetName=proposed["Id"])
        self._follow(request.stack, proposed["StackId"], seen)
        return changes

    def outputs(self, stack: str) -> dict[str, str]:
        """Read the outputs of a stack."""
        (described,) = self._client.describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}

    def template(self, stack: str) -> str:
        """Read the template of a stack as it was deployed, YAML or JSON."""
        body = self._client.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)

    def delete(self, stack: Stack) -> None:
        """Delete a stack and wait until it is gone. Raises Failed."""
        seen = self._newest_event(stack.id)
        self._client.delete_stack(StackName=stack.id)
        self._follow(stack.name, stack.id, seen)

    def _proposed_changes(self, change_set: str) -> tuple[Change, ...] | None:
        """Wait for the changes. None: nothing changes. Empty: no resource changes, but outputs may."""
        for _ in self._looks():
            pages = list(self._client.get_paginator("describe_change_set").paginate(ChangeSetName=change_set))
            status, reason = pages[0]["Status"], pages[0].get("StatusReason", "")
            if status == "CREATE_COMPLETE":
                return tuple(_change(change) for page in pages for change in page.get("Changes", ()))
            if status == "FAILED" and any(words in reason for words in NO_CHANGE):
                return None
            if status == "FAILED":
                raise Refused(f"CloudFormation refuses the change: {reason}")
        raise Refused("CloudFormation did not say what would change: run this again.")

    def _discard(self, proposed: Mapping[str, Any]) -> None:
        """Delete the change set, and the empty stack that was created for it."""
        self._client.delete_change_set(ChangeSetName=proposed["Id"])
        (described,) = self._client.describe_stacks(StackName=proposed["StackId"])["Stacks"]
        if described["StackStatus"] == PROPOSED:
            self._client.delete_stack(StackName=proposed["StackId"])

    def _follow(self, name: str, stack_id: str, seen: str | None) -> None:
        """Show each event since `seen` until the stack is at rest. Raises Failed with the first failure."""
        first_failure = ""
        for _ in self._looks():
            for event in self._events_since(stack_id, seen):
                seen, status = event["EventId"], event["ResourceStatus"]
                reason = event.get("ResourceStatusReason", "")
                where = f"{event['LogicalResourceId']} ({event['ResourceType']})"
                say(f"{event['Timestamp']:%H:%M:%S}  {status:<28} {where}  {reason}".rstrip())
                if status.endswith("_FAILED") and SIDE_EFFECT not in reason and not first_failure:
                    first_failure = f"{where}: {reason}"
                is_stack = event["ResourceType"] == STACK and event["PhysicalResourceId"] == stack_id
                if is_stack and condition_of(status) != "changing":
                    if sentence := failure(name, status, first_failure):
                        raise Failed(sentence)
                    return
        raise Failed(f"Stack {name} is still being changed: look at it in the CloudFormation console.")

    def _events_since(self, stack_id: str, seen: str | None) -> list[dict[str, Any]]:
        """List the newer events, oldest first."""
        newer: list[dict[str, Any]] = []
        for page in self._client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
            for event in page["StackEvents"]:
                if event["EventId"] == seen:
                    return newer[::-1]
                newer.append(event)
        return newer[::-1]

    def _newest_event(self, stack_id: str) -> str | None:
        events = self._client.describe_stack_events(StackName=stack_id)["StackEvents"]
        return events[0]["EventId"] if events else None

    def _looks(self) -> Iterator[int]:
        for look in range(LONGEST_SECONDS // POLL_SECONDS):
            if look:
                self._sleep(POLL_SECONDS)
            yield look


def _change(described: Mapping[str, Any]) -> Change:
    change = described["ResourceChange"]
    return Change(
        change["Action"],
        change["LogicalResourceId"],
        change["ResourceType"],
        change.get("PhysicalResourceId", ""),
        change.get("Replacement", ""),
        tuple(
            Detail(target.get("Attribute", ""), target.get("Name", ""), target.get("RequiresRecreation", ""))
            for target in (detail.get("Target", {}) for detail in change.get("Details", ()))
        ),
    )
