"""The report of a tickerplant's host: how many updates it has, and how many wait for a live RDB.

It is sent at once when updates begin to wait, when none wait any more, and every five minutes. It goes to the
topic of the cluster, as an RDB's does; its `role` tells one from the other.
"""

from datetime import datetime
from typing import Literal

import msgspec

from .errors import BadInput
from .names import Role
from .report import ClusterName, Count, InstanceId, ReleaseNumber, Time, ahead_text, decode, in_utc, is_ahead


class TickerplantReport(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="role",
    tag=Role.TICKERPLANT.value,
):
    """The whole state of one tickerplant.

    `sequence` is its clock in milliseconds, so that a newer report has a higher one. `updates` are all that
    it has numbered, `queue` the RDBs that stand by for it, `waiting` the updates that wait for a live RDB.
    `release` is that of the reporter, `q_release` that of the q files.
    """

    version: Literal[1]
    cluster: ClusterName
    instance_id: InstanceId
    sequence: Count
    updates: Count
    queue: Count
    waiting: Count
    sent_at: Time
    release: ReleaseNumber | None = None
    q_release: ReleaseNumber | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "sent_at", in_utc(self.sent_at))
        if self.waiting > self.updates:
            raise ValueError("waiting: must be at most updates")


class _Spoken(msgspec.Struct):
    """The beginning of any report: who speaks. An RDB does not say it."""

    role: Role = Role.RDB


def role_of(text: str) -> Role:
    """Return whose report a message is. Raises BadInput."""
    return decode(text, _Spoken).role


def parse_tickerplant(text: str, received_at: datetime) -> TickerplantReport:
    """Return a tickerplant's report as published to the topic. Raises BadInput naming the field and the rule.

    One of a clock that is ahead would silence those that follow.
    """
    report = decode(text, TickerplantReport)
    if is_ahead(report.sequence, received_at):
        raise BadInput("sequence", ahead_text(report.sequence, received_at))
    return report
