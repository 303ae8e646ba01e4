"""What the page asks for, answered through the API: as data, or as one sentence of what stops it."""

import re
from datetime import date
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.contract.names import CLUSTER_NAME
from highwater.console.actions import Asked, act, became, shown
from highwater.console.days import Days
from highwater.console.looks import clusters, look
from highwater.deploy.aws.caller import error_sentence
from highwater.operate.api import Api, Unknown
from highwater.terminal import Failed, Refused

CLUSTER = rf"clusters/(?P<cluster>{CLUSTER_NAME})"
PATHS = {
    "clusters": re.compile("clusters"),
    "look": re.compile(CLUSTER),
    "day": re.compile(rf"{CLUSTER}/days/(?P<day>\d{{4}}-\d\d-\d\d)"),
    "command": re.compile(rf"{CLUSTER}/commands/(?P<command>[0-9a-f]{{32}})"),
    "plan": re.compile(rf"{CLUSTER}/plan"),
    "act": re.compile(rf"{CLUSTER}/act"),
}
ASKED_BY_POST = ("plan", "act")


class Answers:
    """Answers the page. `cluster` is the one that it opens; without it, it shows all."""

    def __init__(self, api: Api, cluster: str | None) -> None:
        self._api = api
        self._cluster = cluster
        self._days = Days(api)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer; an error is one sentence, `error`."""
        try:
            return 200, self._met(method, path, body)
        except Unknown as unknown:
            return 404, {"error": str(unknown)}
        except Refused as refused:
            return 409, {"error": str(refused)}
        except Failed as failed:
            return 502, {"error": str(failed)}
        except (ClientError, BotoCoreError) as error:
            return 502, {"error": error_sentence(error)}

    def _met(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        for name, pattern in PATHS.items():
            found = pattern.fullmatch(path)
            if found and (method == "POST") == (name in ASKED_BY_POST):
                return self._named(name, body, **found.groupdict())
        raise Unknown(f"The console has no answer to {method} {path}.")

    def _named(
        self, name: str, body: bytes, cluster: str = "", day: str = "", command: str = ""
    ) -> dict[str, Any]:
        match name:
            case "clusters":
                return clusters(self._api, self._cluster)
            case "look":
                return look(self._api, cluster)
            case "day":
                return self._days.day(cluster, _date(day))
            case "command":
                return became(self._api, cluster, command)
            case "plan":
                return shown(self._api, cluster, Asked.of(body))
            case "act":
                return act(self._api, cluster, Asked.of(body))
        raise AssertionError(name)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text}: is no day of a calendar.") from error
