"""Requests over HTTP: signed with the caller's credentials, or unsigned to this machine."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from highwater.deploy.aws.caller import reading
from highwater.terminal import Failed, Refused

# Method, address, headers and body in; status and body out.
Send = Callable[[str, str, Mapping[str, str], str | None], tuple[int, str]]
API_HOST = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$")


def url_refusal(url: str | None) -> str | None:
    """Refuse an address that is none of HTTP, and one over which a request would go in the clear."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and not (parts.query or parts.fragment or re.search(r"\s", url))
    except ValueError:
        usable = False
    if not usable:
        return (
            f"--url: must be an address such as https://HOST/STAGE or http://127.0.0.1:8000, and is {url!r}."
        )
    if parts.scheme == "http" and not is_loopback(url):
        return (
            f"--url: must begin with https unless it is on this machine, or all could read your token: {url}."
        )
    return None


def is_loopback(url: str | None) -> bool:
    """Return whether an address is one of this machine, as of `make serve`."""
    host = urlsplit(url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def answering(url: str, seconds: float, todo: str) -> Iterator[None]:
    """Turn an answer that does not come into one sentence. Raises Failed."""
    try:
        yield
    except ReadTimeoutError as error:
        raise Failed(
            f"The API did not answer within {seconds:g} s: run this again, or wait longer with --timeout; "
            "what was asked for may have been taken all the same."
        ) from error
    except BotoCoreError as error:
        raise Failed(f"Nobody answers at {url}: {todo}.") from error


def unsigned(seconds: float) -> Send:
    """Return what sends a request to this machine, where nothing verifies signatures."""

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        with answering(url, seconds, "start `make serve`, or correct --url"):
            answer = URLLib3Session(timeout=seconds).send(request.prepare())
            return answer.status_code, _text(answer.content)

    return send


def signed(session: boto3.Session, seconds: float) -> Send:
    """Return what signs a request and sends it. Raises Refused without credentials or a region."""
    with reading():
        keys, region = session.get_credentials(), session.region_name
    if keys is None:
        raise Refused("No credentials: log in (`aws configure` or `aws sso login`), or choose --profile.")

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        found = API_HOST.search(urlsplit(url).hostname or "")
        where = found[1] if found else region
        if where is None:
            raise Refused("No region: give --region or AWS_DEFAULT_REGION.")
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        with reading():
            SigV4Auth(keys, "execute-api", where).add_auth(request)
        http = URLLib3Session(timeout=seconds, proxies=get_environ_proxies(url))
        with answering(url, seconds, "fix the network or the proxy, or correct --url"):
            answer = http.send(request.prepare())
            return answer.status_code, _text(answer.content)

    return send


def _text(content: bytes) -> str:
    """Return an answer's text: JSON is UTF-8, whatever else somebody says who is not the API."""
    return content.decode(errors="replace")
