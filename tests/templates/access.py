"""Rights in a stack: the policies of a resource, of a role and of a key, evaluated together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.policies.evaluator import Request, Statement, allowed, statements_of_resource
from tests.policies.roles import ROLE_POLICIES, statements_of_role
from tests.policies.sdk_calls import KEY_USE
from tests.templates.stack import Stack
from twin.aws.cloudformation import ACCOUNT, REGION

Policy = tuple[Statement, ...]
ACCOUNT_ITSELF = f"arn:aws:iam::{ACCOUNT}:root"
ELSEWHERE = "999999999999"
THROUGH_SNS = {"kms:ViaService": f"sns.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
POLICY_OF = {
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}


def resource_policy(stack: Stack, logical_id: str) -> Policy:
    """Every statement about a topic or a queue."""
    kind, holds = POLICY_OF[stack.resources[logical_id].type]
    held = [policy for policy in stack.of_type(kind).values() if stack.ref(logical_id) in policy[holds]]
    return tuple(one for policy in held for one in statements_of_resource(policy["PolicyDocument"]))


def role_policy(stack: Stack, role: str) -> Policy:
    """Every statement of a role."""
    properties = stack.resources[role].properties
    return statements_of_role(stack.ref(role), properties, stack.of_type(*ROLE_POLICIES).values())


def service_may(stack: Stack, service: str, action: str, logical_id: str, source: str) -> bool:
    """Tell if a topic or a queue lets a service act on it on behalf of a source, given by its ARN."""
    request = Request.of(action, stack.arn(logical_id), _on_behalf_of(source), service)
    return allowed(resource_policy(stack, logical_id), request)


def foreigners_may(stack: Stack, service: str, action: str, logical_id: str, source: str) -> bool:
    """Tell if the service may do so on behalf of another account's source of the same name."""
    return service_may(stack, service, action, logical_id, source.replace(ACCOUNT, ELSEWHERE))


def service_may_use(key: Mapping[str, Any], key_arn: str, service: str, source: str) -> bool:
    """Tell if a key's policy lets a service encrypt with it on behalf of a source."""
    policy = statements_of_resource(key["KeyPolicy"])
    requests = [Request.of(action, key_arn, _on_behalf_of(source), service) for action in KEY_USE]
    return all(allowed(policy, request) for request in requests)


def role_of(stack: Stack, function: str) -> str | None:
    """The logical id of a function's role."""
    return stack.find("AWS::IAM::Role", stack.resources[function].properties["Role"])


def role_may(stack: Stack, role: str | None, action: str, resource: str, policy: Policy = ()) -> bool:
    """Tell if a role may act on a resource of its account, which may have a policy of its own."""
    if role is None:
        return False
    return allowed([*role_policy(stack, role), *policy], _by(stack, role, action, resource))


def role_may_use(stack: Stack, role: str, key: Mapping[str, Any], key_arn: str) -> bool:
    """Return whether a role may encrypt with a key through SNS.

    The role's own policy is not enough: the key's must name the role, or the account, which leaves it to the
    role's.
    """
    policy = statements_of_resource(key["KeyPolicy"])
    for action in KEY_USE:
        request = _by(stack, role, action, key_arn, THROUGH_SNS)
        asking = (request, replace(request, principal=ACCOUNT_ITSELF))
        if not any(allowed(policy, one) for one in asking):
            return False
        if not allowed([*role_policy(stack, role), *policy], request):
            return False
    return True


def _by(stack: Stack, role: str, action: str, resource: str, context: Mapping[str, str] = {}) -> Request:
    arn = stack.arn(role)
    known = {"aws:PrincipalArn": arn, "aws:SecureTransport": "true", **context}
    return Request.of(action, resource, known, arn)


def _on_behalf_of(source: str) -> dict[str, str]:
    account = source.split(":")[4]
    return {"aws:SourceArn": source, "aws:SourceAccount": account, "aws:SecureTransport": "true"}
