"""The caller's account and region, and sentences for AWS's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from highwater.deploy.rules.facts import Caller
from highwater.deploy.rules.preflight import region_refusal
from highwater.terminal import Refused, say

SERVICES = "apigateway autoscaling cloudwatch dynamodb efs events kms lambda sns sqs"
# AWS's codes for credentials that are no longer valid.
EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"}
    | {"UnrecognizedClientException"}
)


# AWS's codes for a denial, and the policies that deny over whatever one's own policy allows.
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
DENYING = ("service control policy", "resource control policy", "permissions boundary", "session policy")


@contextmanager
def reading() -> Iterator[None]:
    """Turn AWS's errors into refusals: while the account is only read, nothing was created."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Refused(error_sentence(error)) from error


@contextmanager
def proposing() -> Iterator[None]:
    """Do the same while code is uploaded and a change is proposed: what remains of that is used again."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Refused(f"{error_sentence(error)} No stack was created or changed.") from error


def error_sentence(error: ClientError | BotoCoreError) -> str:
    """Say what AWS answered, or why it did not answer, and what to do."""
    if isinstance(error, ClientError):
        if code_of(error) in EXPIRED:
            return (
                f"AWS does not accept these credentials any more ({code_of(error)}): renew them, then run "
                "this again."
            )
        message = error.response.get("Error", {}).get("Message", "no reason given")
        asked = f"{error.operation_name} with {code_of(error)}"
        return f"AWS answered {asked} ({message}): {_todo(code_of(error), message)}, then run this again."
    if isinstance(error, (HTTPClientError, UnreachableError)):
        return f"AWS cannot be reached ({error}): fix the network or the proxy, then run this again."
    return f"AWS cannot be asked ({error}): fix that, then run this again."


def _todo(code: str, message: str) -> str:
    """Say who can lift a denial: AWS's message names the kind of policy that denies over one's own."""
    if code not in DENIED:
        return "fix that"
    if kind := next((kind for kind in DENYING if kind in message), None):
        return f"ask who administers the account for an exception from that {kind}"
    return "allow it in your own policy (docs/deploy.md, Permissions)"


def supported_regions(session: Any) -> frozenset[str]:
    """Find the commercial regions that have every service that is needed."""
    return frozenset.intersection(
        *(frozenset(session.get_available_regions(name)) for name in SERVICES.split())
    )


def caller_of(session: Any) -> Caller:
    """Read the caller's account and region, and show them.

    Raises Refused without a supported region or valid credentials.
    """
    if refusal := region_refusal(session.region_name, supported_regions(session)):
        raise Refused(refusal)
    region: str = session.region_name
    try:
        identity = session.client("sts").get_caller_identity()
    except ClientError as error:
        raise Refused(
            f"AWS does not accept these credentials in {region} ({code_of(error)}): renew them, choose "
            "others with --profile, or enable the region for the account."
        ) from error
    except (HTTPClientError, UnreachableError) as error:
        raise Refused(f"AWS cannot be reached ({error}): fix the network or the proxy.") from error
    except BotoCoreError as error:
        raise Refused(
            f"No credentials that can be used ({error}): log in (`aws configure` or `aws sso login`), or "
            "choose others with --profile."
        ) from error
    arn: str = identity["Arn"]
    say(f"Account {identity['Account']}, region {region}, as {arn}")
    return Caller(identity["Account"], region, arn.split(":")[1], arn)


def code_of(error: ClientError) -> str:
    """Return AWS's code for an error."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))
