"""Idempotency keys: the same key with the same request is the same command.

The header is that of the IETF's draft idempotency-key-header.
"""

import re
import uuid
from hashlib import sha256

import msgspec
from chalice.app import Request

from chalicelib.contract.errors import BadInput

KEY_HEADER = "Idempotency-Key"
KEY = r"[A-Za-z0-9._:-]{1,64}"


def key_of(request: Request) -> str | None:
    """Return the key of a request, None where it has none. Raises BadInput."""
    key: str | None = request.headers.get(KEY_HEADER)
    if key is not None and not re.fullmatch(KEY, key):
        raise BadInput(KEY_HEADER, "must be 1 to 64 letters, digits or any of . _ : -, a UUID for example")
    return key


def command_id_of(cluster: str, key: str | None) -> str:
    """Return the id of the command that a key stands for in a cluster; without a key it is a new one.

    Not of a caller: a script that asks again under a new session asks for the same.
    """
    return sha256(f"{cluster}\n{key}".encode()).hexdigest()[:32] if key else uuid.uuid4().hex


def digest_of(request: Request, body: msgspec.Struct) -> str:
    """Return what tells one request from another: method, path, and the body as it was understood.

    A body leaves out what is by default: asked again, it is the same to a release that knows more fields.
    """
    told_apart = [request.method, request.path, sorted((request.uri_params or {}).items()), body]
    return sha256(msgspec.json.encode(told_apart)).hexdigest()
