"""The instance metadata service, version 2: this host's identity, and requests to drain."""

import http.client
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..contract.names import DRAIN_TAG

HOST = "169.254.169.254"
# The AWS SDKs take another address from here.
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
TIMEOUT = 1.0
TOKEN_SECONDS = 21600
ROOT = "/latest/meta-data"
INSTANCE_ID, REGION = "i-[0-9a-f]{8,17}", "[a-z]{2,8}(-[a-z]+)+-[0-9]+"
ADDRESS = r"[0-9]{1,3}(\.[0-9]{1,3}){3}"
SHOWN = 80


class NoMetadata(Exception):
    """The service does not answer as it should; the message says what that points to."""


class Unreachable(NoMetadata):
    """Nothing listens there, for example off EC2."""


class Metadata:
    """One host's metadata, at its usual address or at the one that the SDKs are configured with."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._endpoint = environment.get(ENDPOINT, "")
        self._token = ""

    def instance_id(self) -> str:
        """Ask for the instance id. Raises NoMetadata."""
        return self._need("/instance-id", INSTANCE_ID)

    def region(self) -> str:
        """Ask for the region. Raises NoMetadata."""
        return self._need("/placement/region", REGION)

    def address(self) -> str:
        """Ask for the private IPv4 address. Raises NoMetadata."""
        return self._need("/local-ipv4", ADDRESS)

    def drain_request(self) -> str:
        """Read why this RDB should drain; empty if it should not. Raises NoMetadata.

        The control plane asks by a tag, and EC2 Auto Scaling by beginning to terminate the host.
        """
        if self._get(f"/tags/instance/{DRAIN_TAG}") is not None:
            return f"tag {DRAIN_TAG}"
        if (state := self._get("/autoscaling/target-lifecycle-state")) == "Terminated":
            return f"target-lifecycle-state {state}"
        return ""

    def tags_shown(self) -> bool:
        """Tell if the metadata contains the instance's tags at all. Raises NoMetadata."""
        return self._get("/tags/instance") is not None

    def _need(self, path: str, form: str) -> str:
        found = self._get(path)
        if found is None:
            raise NoMetadata(f"metadata has no {path}")
        if not re.fullmatch(form, found):
            raise NoMetadata(f"metadata has a {path} that is none: {found[:SHOWN]!r}")
        return found

    def _get(self, path: str) -> str | None:
        """Read the text at a path, None when there is none. An expired token is renewed once."""
        for _ in range(2):
            if not self._token:
                self._token = self._new_token()
            status, text = self._ask("GET", ROOT + path, {"X-aws-ec2-metadata-token": self._token})
            if status == http.client.NOT_FOUND:
                return None
            if status == http.client.OK:
                return text
            self._token = ""
        raise NoMetadata(f"metadata answers {status} for {path}")

    def _new_token(self) -> str:
        seconds = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
        status, token = self._ask("PUT", "/latest/api/token", seconds)
        if status != http.client.OK:
            raise NoMetadata(
                f"the instance metadata refuses a token ({status}): on EC2 set HttpEndpoint to enabled"
            )
        return token

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        try:
            host = urlsplit(self._endpoint).netloc or HOST
            connection = http.client.HTTPConnection(host, timeout=TIMEOUT)
            connection.connect()
        except (OSError, ValueError, http.client.InvalidURL) as error:
            raise Unreachable(
                f"metadata cannot be reached: {getattr(error, 'strerror', '') or error}"
            ) from error
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("latin-1").strip()
        except TimeoutError as error:
            raise NoMetadata(
                "metadata does not answer: in a container HttpPutResponseHopLimit must be 2"
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            # ValueError: what was given as a token is none that a header may have.
            raise NoMetadata(f"metadata cannot be reached: {error}") from error
        finally:
            connection.close()
