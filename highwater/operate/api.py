"""The control plane's HTTP API: requests that are repeated safely, and their answers or what they lack."""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from highwater.operate.sending import Send
from highwater.operate.words.plain import plain_error
from highwater.terminal import Failed, Refused, say

TIMEOUT = 35  # seconds; the function has 29
TRIES = 3
# Asked again with its Idempotency-Key, a request adds nothing.
AGAIN = frozenset({429, 502, 503, 504})
# What API Gateway says of a path that it does not have, too.
NO_SUCH_PATH = "Missing Authentication Token"
NO_GROUP = "its cluster has no group any more"
LONGEST_WAIT, LOOK_EVERY = 60, 2
Sleep = Callable[[float], None]


class Unknown(Refused):
    """The API knows no such cluster, command or calendar."""


class Declined(Refused):
    """The control plane declines what was asked: every reason, in its own words."""

    def __init__(self, begins: str, reasons: Sequence[str]) -> None:
        super().__init__(f"{begins}: {plain_error('; '.join(reasons))}.")
        self.begins, self.reasons = begins, tuple(reasons)


class Forbidden(Refused):
    """The caller may not ask this."""


class Api:
    """The requests. `sleep` waits some seconds between two looks."""

    def __init__(self, url: str, send: Send, sleep: Sleep = time.sleep) -> None:
        self._url = url.rstrip("/")
        self._send = send
        self.sleep = sleep

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return what is there. A query parameter that is None is left out. Raises as `ask` does."""
        given = urlencode({name: value for name, value in query.items() if value is not None})
        return self.ask("GET", f"{path}?{given}" if given else path)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the answer to a request that was met. Raises Refused, with the API's words, and Failed."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        text = None if body is None else json.dumps(body)
        for tries_left in reversed(range(TRIES)):
            status, said = self._send(method, self._url + path, headers, text)
            if status not in AGAIN or not tries_left:
                break
            say(f"HTTP {status}: asking again")
            self.sleep(LOOK_EVERY)
        return _met(status, said)

    def followed(self, command: str) -> dict[str, Any]:
        """Wait for what became of a command, and return it as it is shown; it may still be waiting.

        Raises Declined if it was refused after all, and Failed if AWS refused what it needed.
        """
        for _ in range(LONGEST_WAIT // LOOK_EVERY):
            shown = self.get(command)
            if shown["state"] != "waiting":
                return checked(shown)
            self.sleep(LOOK_EVERY)
        return shown


def checked(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command that was carried out or waits. Raises Declined, and Failed where AWS refused."""
    state, reasons = shown["state"], "; ".join(shown["reasons"])
    if state == "failed":
        failures = [text for text in shown["outcome"] if " failed: " in text]
        raise Failed(f"The command failed: {'; '.join(failures) or reasons}.")
    if state not in ("waiting", "carried-out"):
        raise Declined(f"The command is {state}", shown["reasons"] or [NO_GROUP])
    return dict(shown)


class _Answer(dict[str, Any]):
    """An object of an answer. What it lacks, Highwater's API of this version would have said."""

    def __missing__(self, name: str) -> Any:
        raise Failed(
            f"The API's answer has no {name}: is its address right, and is this command of its version?"
        )


def _met(status: int, said: str) -> dict[str, Any]:
    try:
        answer = json.loads(said, object_hook=_Answer)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Failed(f"The API answered HTTP {status} without JSON: is its address right?")
    if status in (200, 202):
        return answer
    why = answer.get("error") or answer.get("message") or answer.get("Message") or said
    if status == 403:
        raise _forbidden(str(why))
    if status == 404 and "error" not in answer:
        raise _misled(status, str(why))
    if status == 404:
        raise Unknown(f"{why}.")
    if status == 409:
        raise Declined("The API refused", answer.get("reasons") or [str(why)])
    if status == 400:
        raise Refused(f"The API refused: {why}.")
    raise Failed(f"The API answered HTTP {status}: {why}. Run this again.")


def _forbidden(why: str) -> Refused:
    """Tell apart a wrong address, a wrong clock, credentials that are over, and a missing permission."""
    if why == NO_SUCH_PATH:
        return _misled(403, why)
    if why.startswith("Signature "):
        return Refused(f"AWS does not accept the time of this request ({why}): set this machine's clock.")
    if "security token" in why or "expired" in why:
        return Refused(f"AWS does not accept these credentials any more ({why}): renew them.")
    return Forbidden(
        f"The API answered HTTP 403 ({why}): attach the policy in the output OperatorPolicyArn of the "
        "stack to your role (docs/api.md, Who may ask)."
    )


def _misled(status: int, why: str) -> Refused:
    return Refused(f"The API has no such path (HTTP {status}, {why}): is its address right, with its stage?")
