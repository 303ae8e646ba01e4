"""The control plane's HTTP API, asked with the caller's own credentials."""

import ipaddress
import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.rules.stack_names import CONTROL_PLANE, creation_command
from highwater.terminal import Failed, Refused, say

ADDRESS_OUTPUT = "EndpointURL"
TIMEOUT = 35  # seconds; the function has 29
TRIES = 3
# Asked again with its Idempotency-Key, a request adds nothing.
AGAIN = frozenset({429, 502, 503, 504})
LONGEST_WAIT, LOOK_EVERY = 60, 2

# Method, address, headers and body in; status and body out.
Send = Callable[[str, str, Mapping[str, str], str | None], tuple[int, str]]


def address_of(session: boto3.Session) -> str:
    """Return the address of the API from the stack of the control plane. Raises Refused."""
    caller = caller_of(session)
    with reading():
        stack = Account(session, caller).stack(CONTROL_PLANE)
    if stack is None or ADDRESS_OUTPUT not in stack.outputs:
        raise Refused(
            f"Stack {CONTROL_PLANE} in {caller.region} has no output {ADDRESS_OUTPUT}: create it with "
            f"`{creation_command(CONTROL_PLANE)}`, or give the API's address with --url."
        )
    return stack.outputs[ADDRESS_OUTPUT]


def url_refusal(url: str | None) -> str | None:
    """Refuse an address that is none of HTTP."""
    try:
        parts = urlsplit(url or "")
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if url is None or usable:
        return None
    return f"--url: must be an address such as https://HOST/STAGE or http://127.0.0.1:8000, and is {url!r}."


def is_loopback(url: str | None) -> bool:
    """Return whether an address is one of this machine, as of `make serve`."""
    host = urlsplit(url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send_unsigned(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
    """Send a request to this machine, where nothing verifies signatures. Raises Failed if nobody listens."""
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
    try:
        answer = URLLib3Session(timeout=TIMEOUT).send(request.prepare())
    except BotoCoreError as error:
        raise Failed(f"Nobody answers at {url}: start `make serve`, or correct --url.") from error
    return answer.status_code, answer.text


def sender(session: boto3.Session) -> Send:
    """Return what signs a request and sends it. Raises Refused without credentials or a region."""
    keys, region = session.get_credentials(), session.region_name
    if keys is None:
        raise Refused("No credentials: log in (`aws configure` or `aws sso login`), or choose --profile.")
    if region is None:
        raise Refused("No region: give --region or AWS_DEFAULT_REGION.")

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        SigV4Auth(keys, "execute-api", region).add_auth(request)
        http = URLLib3Session(timeout=TIMEOUT, proxies=get_environ_proxies(url))
        answer = http.send(request.prepare())
        return answer.status_code, answer.text

    return send


class Api:
    """The requests. `sleep` waits some seconds between two looks."""

    def __init__(self, url: str, send: Send, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url.rstrip("/")
        self._send = send
        self._sleep = sleep

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the answer to a request that was met. Raises Refused, with the API's words, and Failed."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        text = None if body is None else json.dumps(body)
        for tries_left in reversed(range(TRIES)):
            status, said = self._send(method, self._url + path, headers, text)
            if status not in AGAIN or not tries_left:
                break
            say(f"HTTP {status}: asking again")
            self._sleep(LOOK_EVERY)
        return _met(status, said)

    def time(self, cluster: str) -> datetime:
        """Return the time by the API's clock. Raises as `ask` does."""
        return datetime.fromisoformat(self.ask("GET", f"/clusters/{cluster}")["at"])

    def followed(self, command: str) -> str:
        """Wait for what became of a command, and return its state; it may still be waiting.

        Raises Refused if it was refused after all.
        """
        state = "waiting"
        for _ in range(LONGEST_WAIT // LOOK_EVERY):
            shown = self.ask("GET", command)
            state = str(shown["state"])
            if state == "carried-out":
                return state
            if state != "waiting":
                reasons = "; ".join(shown["reasons"])
                raise Refused(f"The command is {state}: {reasons or 'its cluster has no group any more'}.")
            self._sleep(LOOK_EVERY)
        return state


def _met(status: int, said: str) -> dict[str, Any]:
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Failed(f"The API answered HTTP {status} without JSON: is its address right?")
    if status in (200, 202):
        return answer
    why = answer.get("error") or answer.get("message") or answer.get("Message") or said
    if status == 403:
        raise Refused(
            f"The API answered HTTP 403 ({why}): attach the policy in the output OperatorPolicyArn of the "
            "stack to your role (docs/api.md, Who may ask)."
        )
    if status in (400, 404, 409):
        raise Refused(f"The API refused: {why}.")
    raise Failed(f"The API answered HTTP {status}: {why}. Run this again.")
