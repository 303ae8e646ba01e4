"""A player of the instance metadata service, version 2, of one host, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.credentials import ReadOnlyCredentials

from chalicelib.contract.names import CLUSTER_TAG
from twin.aws.service import Reply, Request, Service

ROOT = "/latest/meta-data"
TOKEN = "/latest/api/token"  # noqa: S105 - a path
ROLE = "highwater-trades-rdb-us-east-1"
# botocore renews what ends within 15 minutes.
EXPIRES = "2099-01-01T00:00:00Z"
EMBEDDED = ReadOnlyCredentials("ASIAEMBEDDEDEMBEDDED", "embedded", "embedded" * 100)


def document_of(credentials: ReadOnlyCredentials) -> str:
    """Return the text with which the metadata service answers the question for credentials."""
    return json.dumps(
        {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": credentials.access_key,
            "SecretAccessKey": credentials.secret_key,
            "Token": credentials.token,
            "Expiration": EXPIRES,
        }
    )


class MetadataPlayer:
    """The texts that one instance can read of itself.

    Change `texts` and the flags as the host's life goes on.
    Tags are only there when the instance shows them; `answers_token` False is a hop limit that is too low:
    the answer never arrives.
    """

    def __init__(self, instance_id: str, region: str = "us-east-1") -> None:
        self.enabled = True
        self.answers_token = True
        self.tokens = 0
        self.texts: dict[str, str] = {
            "/instance-id": instance_id,
            "/placement/region": region,
            "/tags/instance": CLUSTER_TAG,
            "/autoscaling/target-lifecycle-state": "InService",
            "/iam/security-credentials/": ROLE,
            f"/iam/security-credentials/{ROLE}": document_of(EMBEDDED),
        }
        self._left = threading.Event()

    def forget_tokens(self) -> None:
        """Let those given out so far expire."""
        self.tokens += 1

    @contextmanager
    def served(self) -> Iterator[str]:
        """Yield its address, as AWS_EC2_METADATA_SERVICE_ENDPOINT takes it."""
        with Service(self.answer) as service:
            try:
                yield service.url
            finally:
                self._left.set()

    def answer(self, request: Request) -> Reply:
        """Answer a PUT for a token, or a GET for a text."""
        asks_token = request.method == "PUT"
        if asks_token and not self.answers_token:
            self._left.wait()
        if not self.enabled:
            return Reply(403)
        token = f"AQAEA{self.tokens}=="  # like real ones
        if asks_token:
            valid = request.path == TOKEN and request.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
            return Reply(200, token.encode()) if valid else Reply(400)
        if request.headers.get("X-aws-ec2-metadata-token") != token:
            return Reply(401)
        text = self.texts.get(request.path.removeprefix(ROOT))
        return Reply(404) if text is None else Reply(200, text.encode())
