"""The operators' topic as its subscribers read it: alerts that began, that changed, and that are over."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any


class Told:
    """Everything that operators were told, oldest first: each alert with its time, cluster, key and text."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.told: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.cleared: list[dict[str, Any]] = []

    def heard(self, text: str) -> None:
        """Take one message of the topic."""
        message = json.loads(text)
        head = {"at": f"{self._now():%FT%TZ}", "cluster": message["cluster"]}
        for found, part in (
            (self.told, message["told"]),
            (self.changed, message["changed"]),
            (self.cleared, message["cleared"]),
        ):
            found.extend({**head, "key": alert["key"], "text": alert["text"]} for alert in part)
