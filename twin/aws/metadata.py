"""Plays the instance metadata service, version 2, of one host, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from botocore.credentials import ReadOnlyCredentials

from twin.aws.service import Service

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
    """What one instance can read of itself. Change `texts` and the flags as the host's life goes on.

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
            "/tags/instance": "highwater:cluster",
            "/autoscaling/target-lifecycle-state": "InService",
            "/iam/security-credentials/": ROLE,
            f"/iam/security-credentials/{ROLE}": document_of(EMBEDDED),
        }
        self._left = threading.Event()

    def forget_tokens(self) -> None:
        """Those given out so far have expired."""
        self.tokens += 1

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its address, as AWS_EC2_METADATA_SERVICE_ENDPOINT takes it."""
        with Service(self.door()) as service:
            try:
                yield service.url
            finally:
                self._left.set()

    def door(self) -> type[BaseHTTPRequestHandler]:
        """What answers each connection."""
        player = self

        class Door(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                player.put(self)

            def do_GET(self) -> None:
                player.get(self)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Door

    def put(self, door: BaseHTTPRequestHandler) -> None:
        """A request for a token."""
        if not self.answers_token:
            self._left.wait()
        elif not self.enabled:
            _answer(door, 403)
        elif door.path != TOKEN or not door.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            _answer(door, 400)
        else:
            _answer(door, 200, f"token-{self.tokens}")

    def get(self, door: BaseHTTPRequestHandler) -> None:
        """A request for a text."""
        if not self.enabled:
            _answer(door, 403)
        elif door.headers.get("X-aws-ec2-metadata-token") != f"token-{self.tokens}":
            _answer(door, 401)
        elif (text := self.texts.get(door.path.removeprefix(ROOT))) is None:
            _answer(door, 404)
        else:
            _answer(door, 200, text)


def _answer(door: BaseHTTPRequestHandler, status: int, text: str = "") -> None:
    body = text.encode()
    door.send_response(status)
    door.send_header("Content-Length", str(len(body)))
    door.end_headers()
    door.wfile.write(body)
