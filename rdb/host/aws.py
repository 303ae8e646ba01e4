"""AWS clients for the reporter, and a sentence for each of their errors."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

# ResponseParserError: a proxy answered with a page of its own.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
# One attempt: the reporter itself tries again, with what is true by then.
_ONCE = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
PRINTED = re.compile(r"[!-~]+")
# Seconds. AWS accepts no signature from a clock that is further off.
CLOCK_MOST = 300.0
NO_ROLE = "no credentials: the instance has no role (IamInstanceProfile), or its metadata is not reachable"
REMEDIES = {
    "NotFound": "reports_topic names no topic",
    "ResourceNotFoundException": "HIGHWATER_Q_SECRET names no secret",
    "AuthorizationError": "the instance's role lacks sns:Publish on reports_topic",
    "KMSAccessDenied": "the instance's role may not use the topic's key",
    "AccessDenied": "the instance's role lacks a permission",
    "AccessDeniedException": "the instance's role lacks a permission",
}


class Aws:
    """One region. Clients are made on first use, since the role may be attached after the reporter starts."""

    def __init__(self, region: str, session: botocore.session.Session | None = None) -> None:
        self.region = region
        self._session = session or botocore.session.Session()
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:
        """Return a service's client. Raises AWS_ERRORS: a client made without credentials never gets some."""
        self.credentials()
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.create_client(
                    service, region_name=self.region, config=_ONCE
                )
            return self._clients[service]

    def credentials(self) -> Any:
        """Return the current credentials, of botocore's type. Raises AWS_ERRORS.

        They come from the instance metadata, and botocore raises whatever its parsing of them raises. So they
        are asked for before each call, which then need not fetch any.
        """
        try:
            with self._lock:
                found = self._session.get_credentials()
            if found is None:
                raise NoCredentialsError
            frozen = found.get_frozen_credentials()
        except AWS_ERRORS:
            raise
        except Exception as error:
            raise CredentialRetrievalError(provider="the instance metadata", error_msg=error) from error
        key, secret, token = frozen.access_key, frozen.secret_key, frozen.token
        if not all(isinstance(text, str) and PRINTED.fullmatch(text) for text in (key, secret, token or key)):
            raise CredentialRetrievalError(provider="the instance metadata", error_msg="they are no texts")
        return frozen

    def domain(self, partition: str) -> str:
        """Return the domain of a partition's services, such as amazonaws.com."""
        known = self._session.get_data("partitions")["partitions"]
        found = (each["outputs"]["dnsSuffix"] for each in known if each["id"] == partition)
        return str(next(found, "amazonaws.com"))


def kind(error: Exception) -> str:
    """Classify an error: the same failure may have another text each time."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    return f"{type(error).__name__} {code}"


def sentence(error: Exception, now: datetime) -> str:
    """Say what failed and, if known, what to do about it."""
    if isinstance(error, NoCredentialsError):
        return NO_ROLE
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        needed = "a route or VPC endpoints for sns, monitoring, sts and secretsmanager are needed"
        return f"no way to AWS, {error.kwargs['endpoint_url']}: {needed}"
    if not isinstance(error, ClientError):
        return str(error)
    off = clock_off(error.response, now)
    if off is not None and abs(off) >= CLOCK_MOST:
        return clock_sentence(off)
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    remedy = REMEDIES.get(code)
    return f"{f'{remedy}: ' if remedy else ''}{code}: {message}"


def clock_off(answer: Mapping[str, Any], now: datetime) -> float | None:
    """Return the seconds that this clock is ahead of AWS's, by an answer's Date header; None without one."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def clock_sentence(off: float) -> str:
    """Describe a clock that is off by so many seconds."""
    side = "ahead of" if off > 0 else "behind"
    return f"the clock is {abs(off):.0f} s {side} AWS's, {CLOCK_MOST:.0f} is the most: see chronyc tracking"
