"""q's passwords: fetched from Secrets Manager, and written where q and the reporter of this host read them.

Nothing here needs q, the mounts or the reporter's settings: the tickerplant's host runs it too.
"""

import os
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from .aws import AWS_ERRORS, kind, sentence
from .log import Log

EVERY = 300.0
AGAIN = 30.0
# Neither a colon, which would end it in a handle of q, nor a blank, which would be lost in the file.
PASSWORD = re.compile(r"[!-9;-~]{16,128}")
CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class BadSecret(Exception):
    """The secret has no password that q could use; the message never holds any of it."""


class _Value(msgspec.Struct):
    password: str


def before(client: Any, secret: str) -> tuple[str, ...]:
    """Return the password before the newest, if there is one that q could use. Raises AWS_ERRORS.

    It is let in too: hosts and gateways fetch at different times, so for a while some have only that one.
    """
    try:
        return (fetch(client, secret, PREVIOUS),)
    except BadSecret:
        return ()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return ()
        raise


def fetch(client: Any, secret: str, stage: str) -> str:
    """Return the password of a version by its staging label. Raises BadSecret and AWS_ERRORS."""
    text = client.get_secret_value(SecretId=secret, VersionStage=stage).get("SecretString", "")
    try:
        password = msgspec.json.decode(text, type=_Value).password
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadSecret(f"{stage} of {secret} is not JSON with a password") from error
    if not PASSWORD.fullmatch(password):
        rule = "16 to 128 printable ASCII characters without blanks and colons"
        raise BadSecret(f"{stage} of {secret}: the password must be {rule}")
    return password


def write(file: Path, passwords: tuple[str, ...]) -> None:
    """Replace the file, which its owner alone may read: a password a line, the newest first."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write("".join(f"{password}\n" for password in passwords))
    os.replace(new, file)


class Keeper:
    """Keeps the file as the secret is. `client` is Secrets Manager's; it raises AWS_ERRORS as well."""

    def __init__(
        self, secret: str, file: Path, client: Callable[[], Any], now: Callable[[], datetime], log: Log
    ) -> None:
        self._secret, self._file, self._client, self._now, self._log = secret, file, client, now, log
        self._newest = ""

    def run(self, stop: Event) -> None:
        """Keep it so until `stop` is set. Raises OSError if the file cannot be written."""
        if not self._file.exists():
            # Nobody else knows it, so only this host's reporter enters q until the secret can be read.
            write(self._file, (secrets.token_urlsafe(32),))
        while not stop.is_set():
            stop.wait(EVERY if self.step() else AGAIN)

    def step(self) -> bool:
        """Fetch once; false if that failed: then the file keeps what it has."""
        try:
            client = self._client()
            newest = fetch(client, self._secret, CURRENT)
            changed = newest != self._newest
            passwords = (newest, *before(client, self._secret)) if changed else ()
        except BadSecret as error:
            self._log.trouble("secret", f"{error}; the passwords stay as they were")
            return False
        except AWS_ERRORS as error:
            self._log.trouble("secret", sentence(error, self._now()), kind(error))
            return False
        self._log.well("secret")
        if changed:
            write(self._file, passwords)
            self._newest = newest
            self._log.tell("passwords written", count=len(passwords))
        return True
