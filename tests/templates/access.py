"""Who may do what in a stack: the policies of a resource, of a role and of a key, evaluated together."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.templates.policies import Document, Request, verdict
from tests.templates.stack import ACCOUNT, REGION, Stack

ACCOUNT_ITSELF = f"arn:aws:iam::{ACCOUNT}:root"
ELSEWHERE = "999999999999"
KEY_USE = ("kms:GenerateDataKey", "kms:Decrypt")
POLICY_OF = {
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}


def resource_policies(stack: Stack, logical_id: str) -> list[Document]:
    """The policies of a topic or a queue."""
    kind, holds = POLICY_OF[stack.resources[logical_id].type]
    return [p["PolicyDocument"] for p in stack.of_type(kind).values() if stack.ref(logical_id) in p[holds]]


def role_policies(stack: Stack, role: str) -> Iterator[Document]:
    """The policies of a role, within it and attached to it by the template."""
    for policy in stack.resources[role].properties.get("Policies", []):
        yield policy["PolicyDocument"]
    for policy in stack.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy").values():
        if stack.ref(role) in policy.get("Roles", []):
            yield policy["PolicyDocument"]


def service_may(stack: Stack, service: str, action: str, logical_id: str, source: str) -> bool:
    """Whether a topic or a queue lets a service act on it on behalf of a source, given by its ARN."""
    request = Request(service, action, stack.arn(logical_id), _on_behalf_of(source))
    return verdict(resource_policies(stack, logical_id), request) == "Allow"


def foreigners_may(stack: Stack, service: str, action: str, logical_id: str, source: str) -> bool:
    """Whether the service may do so on behalf of another account's source of the same name."""
    return service_may(stack, service, action, logical_id, source.replace(ACCOUNT, ELSEWHERE))


def service_may_use(key: Mapping[str, Any], key_arn: str, service: str, source: str) -> bool:
    """Whether a key's policy lets a service encrypt with it on behalf of a source."""
    requests = [Request(service, action, key_arn, _on_behalf_of(source)) for action in KEY_USE]
    return all(verdict([key["KeyPolicy"]], request) == "Allow" for request in requests)


def role_of(stack: Stack, function: str) -> str | None:
    """The logical id of a function's role."""
    return stack.find("AWS::IAM::Role", stack.resources[function].properties["Role"])


def role_may(
    stack: Stack,
    role: str | None,
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
    resource_policies: list[Document] | None = None,
) -> bool:
    """Whether a role may act on a resource of its account: either side's policy allows it, neither denies."""
    if role is None:
        return False
    documents = [*role_policies(stack, role), *(resource_policies or [])]
    principal = stack.arn(role)
    known = {"aws:PrincipalArn": principal, "aws:SecureTransport": "true", **(context or {})}
    return verdict(documents, Request(principal, action, resource, known)) == "Allow"


def role_may_use(stack: Stack, role: str, key: Mapping[str, Any], key_arn: str) -> bool:
    """Whether a role may encrypt with a key through SNS: by the key's policy, or by its own where the key's
    leaves it to the account."""
    through = {"kms:ViaService": f"sns.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
    for action in KEY_USE:
        by_key = [
            verdict([key["KeyPolicy"]], Request(principal, action, key_arn, through))
            for principal in (stack.arn(role), ACCOUNT_ITSELF)
        ]
        own = role_may(stack, role, action, key_arn, through)
        if "Deny" in by_key or not (by_key[0] == "Allow" or (by_key[1] == "Allow" and own)):
            return False
    return True


def _on_behalf_of(source: str) -> dict[str, str]:
    account = source.split(":")[4]
    return {"aws:SourceArn": source, "aws:SourceAccount": account, "aws:SecureTransport": "true"}
