"""The decisions that a request asks for: filters, and a page of a bounded number of reads."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

import msgspec

from chalicelib.adapters.items import DECISION_ID
from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import InstanceId
from chalicelib.contract.words import in_plain_words
from chalicelib.core.decision import Decision, DecisionCode
from chalicelib.triggers.times import instant
from chalicelib.triggers.views import decision_view

LIMIT, MOST_DECISIONS = 20, 100
# A filter reads more decisions than it shows: at most so many for one page.
MOST_READ = 200
CODES = get_args(DecisionCode)


class DecisionQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """The query parameters of a request for decisions; `since` is the first time, `until` the end."""

    limit: int = LIMIT
    before: str | None = None
    code: str | None = None
    instance_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "DecisionQuery":
        """Return what a query asks for. Raises BadInput."""
        limit = query.get("limit", str(LIMIT))
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_DECISIONS:
            raise BadInput("limit", f"must be a whole number from 1 to {MOST_DECISIONS}")
        before, code, instance_id = query.get("before"), query.get("code"), query.get("instance_id")
        if before is not None and not re.fullmatch(DECISION_ID, before):
            raise BadInput("before", "must be the `next` of the page before")
        if code is not None and code not in CODES:
            raise BadInput("code", f"must be one of {', '.join(CODES)}")
        if instance_id is not None:
            _check_instance_id(instance_id)
        times = {name: instant(name, query[name]) for name in ("since", "until") if name in query}
        filters = cls(int(limit), before, code, instance_id, **times)
        if filters.since and filters.until and filters.since >= filters.until:
            raise BadInput("until", "must be after since")
        return filters

    @property
    def to_read(self) -> int:
        """How many decisions to read for one page."""
        return MOST_READ if self.code or self.instance_id else self.limit

    def page(self, found: Iterable[tuple[str, Decision]]) -> dict[str, Any]:
        """Return the page: `next` goes on after the last one that was read, if there may be more."""
        shown: list[dict[str, Any]] = []
        read, last = 0, None
        for decision_id, decision in found:
            read, last = read + 1, decision_id
            if self._fits(decision):
                shown.append({"id": decision_id, **decision_view(decision)})
            if len(shown) == self.limit:
                break
        cut = len(shown) == self.limit or read == self.to_read
        return {"decisions": shown, "next": last if cut else None}

    def _fits(self, decision: Decision) -> bool:
        if self.code is not None and decision.code != self.code:
            return False
        return self.instance_id is None or _names(decision, self.instance_id)


def _names(decision: Decision, instance_id: str) -> bool:
    """Every decision says of every RDB whether it has room: that alone does not count."""
    text = msgspec.json.encode(msgspec.structs.replace(decision, rooms={})).decode()
    return re.search(rf"{instance_id}(?![0-9a-f])", text) is not None


def _check_instance_id(text: str) -> None:
    try:
        msgspec.convert(text, InstanceId)
    except msgspec.ValidationError as error:
        raise BadInput("instance_id", in_plain_words(str(error))) from error
