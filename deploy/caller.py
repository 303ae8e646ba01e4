"""Who deploys, and where; and what becomes of AWS's errors while the account is only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from deploy.facts import Caller
from deploy.preflight import region_refusal
from deploy.terminal import Refused

SERVICES = (
    "apigateway",
    "autoscaling",
    "cloudwatch",
    "dynamodb",
    "efs",
    "events",
    "kms",
    "lambda",
    "sns",
    "sqs",
)


@contextmanager
def reading() -> Iterator[None]:
    """Whatever AWS answers while the account is only read, nothing was created: it is a refusal."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {}).get("Message", "no reason given")
        asked = f"{error.operation_name} with {code_of(error)}"
        raise Refused(f"AWS answered {asked} ({said}): mend that, then run this again.") from error
    except BotoCoreError as error:
        raise Refused(f"AWS cannot be asked ({error}): mend that, then run this again.") from error


def supported_regions(session: Any) -> frozenset[str]:
    """The commercial regions in which every service that is needed exists."""
    return frozenset.intersection(*(frozenset(session.get_available_regions(name)) for name in SERVICES))


def caller_of(session: Any) -> Caller:
    """Who deploys, and where. Raises Refused without a supported region or good credentials."""
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
        raise Refused(f"AWS cannot be reached ({error}): mend the network or the proxy.") from error
    except BotoCoreError as error:
        raise Refused(
            f"No credentials that can be used ({error}): log in (`aws configure` or `aws sso login`), or "
            "choose others with --profile."
        ) from error
    arn: str = identity["Arn"]
    return Caller(identity["Account"], region, arn.split(":")[1], arn)


def code_of(error: ClientError) -> str:
    """AWS's own code for an error."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))
