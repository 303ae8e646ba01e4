"""A cluster as plain frozen data: what AWS shows of it, what the ledger knows of it, and folding facts in."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.contracts import Report, State

STRANGER_KEPT = timedelta(minutes=10)
WRITE_VISIBLE = timedelta(minutes=2)
SAMPLES_APART = timedelta(minutes=2)
COMMANDS_KEPT = timedelta(days=1)


class Member(msgspec.Struct, frozen=True):
    """An instance of the group, as EC2 Auto Scaling describes it."""

    lifecycle: str
    healthy: bool

    @property
    def pending(self) -> bool:
        return self.lifecycle.partition(":")[0] == "Pending"

    @property
    def in_service(self) -> bool:
        return self.lifecycle == "InService"


class Group(msgspec.Struct, frozen=True):
    """One RDB group as described; `members` by instance id."""

    name: str
    cluster: str
    tags: dict[str, str]
    min_size: int
    max_size: int
    desired: int
    members: dict[str, Member]


class Reading(msgspec.Struct, frozen=True):
    """Memory in percent of the host's total, and when it was so."""

    percent: float
    at: datetime


class Samples(msgspec.Struct, frozen=True):
    """What CloudWatch holds of one RDB's memory: the newest reading, the highest and the lowest."""

    newest: Reading
    highest: Reading
    lowest: float


class Rdb(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the ledger knows of one RDB. `released_at` is the intent to release it."""

    first_seen: datetime
    member: Member | None = None
    member_seen: datetime | None = None
    report: Report | None = None
    received_at: datetime | None = None
    first_drained_at: datetime | None = None
    metric: Reading | None = None
    peak: Reading | None = None
    idle: float | None = None
    released_at: datetime | None = None

    @property
    def state(self) -> State | None:
        return self.report.state if self.report else None

    @property
    def drained(self) -> bool:
        return self.state is State.DRAINED

    @property
    def reported(self) -> Reading | None:
        """Memory by the newest report; a clock that runs ahead counts as the time of receipt."""
        if self.report is None or self.received_at is None:
            return None
        percent = 100 * self.report.memory_used / self.report.memory_total
        return Reading(percent, min(self.report.sent_at, self.received_at))

    @property
    def reading(self) -> Reading | None:
        """The newest reading, whatever brought it. Where report and metric disagree about the same two
        minutes the higher counts, so that nobody's word alone suppresses a raise."""
        found = sorted(filter(None, (self.metric, self.reported)), key=lambda reading: reading.at)
        if not found:
            return None
        newest = found[-1]
        return max((r for r in found if newest.at - r.at <= SAMPLES_APART), key=lambda r: r.percent)

    def leaving(self, now: datetime) -> bool:
        """Whether the ledger has released it. An intent that Describe does not bear out in time is void."""
        if self.released_at is None:
            return False
        if self.member and (self.member.pending or self.member.in_service):
            return now - self.released_at < WRITE_VISIBLE
        return True


class Asked(msgspec.Struct, frozen=True):
    """The DesiredCapacity that we wrote last, and when."""

    target: int
    at: datetime


class Ledger(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one versioned document of a cluster. `standing` is the gist of the last recorded decision,
    `commands` the ids of operators' requests that were carried out."""

    cluster: str
    version: int = 0
    rdbs: dict[str, Rdb] = {}
    asked: Asked | None = None
    commands: dict[str, datetime] = {}
    standing: str = ""

    def outline(self) -> frozenset[tuple[str, str, int]]:
        """What a sweep must not leave unrecorded: who is there, in which state, and how full it ever was
        (in steps of 5 %, so that a quiet cluster is not written each minute)."""
        return frozenset(
            (
                instance_id,
                rdb.member.lifecycle if rdb.member else "",
                int(rdb.peak.percent // 5) if rdb.peak else -1,
            )
            for instance_id, rdb in self.rdbs.items()
        )


def with_group(ledger: Ledger, group: Group, now: datetime) -> tuple[Ledger, tuple[str, ...]]:
    """The ledger with the group's members as described, and a sentence for each RDB that was given up.

    An instance that Describe does not show is kept for ten minutes: reads are stale for seconds after a
    write, and a booting host may report before it is shown.
    """
    rdbs: dict[str, Rdb] = {}
    notes: list[str] = []
    for instance_id in sorted(ledger.rdbs.keys() | group.members.keys()):
        rdb = ledger.rdbs.get(instance_id) or Rdb(first_seen=now)
        if member := group.members.get(instance_id):
            rdbs[instance_id] = msgspec.structs.replace(rdb, member=member, member_seen=now)
        elif now - (rdb.member_seen or rdb.first_seen) < STRANGER_KEPT:
            rdbs[instance_id] = msgspec.structs.replace(rdb, member=None)
        elif rdb.member_seen is None:
            notes.append(f"instance_id: {instance_id} reported but never turned up in group {group.name}")
        elif rdb.released_at is None:
            notes.append(f"{instance_id} left group {group.name} without a release of ours")
    return msgspec.structs.replace(ledger, rdbs=rdbs), tuple(notes)


def with_samples(ledger: Ledger, samples: Mapping[str, Samples]) -> Ledger:
    """The ledger with what CloudWatch holds; an RDB without new samples keeps its last known ones."""
    rdbs = dict(ledger.rdbs)
    for instance_id in rdbs.keys() & samples.keys():
        rdb, seen = rdbs[instance_id], samples[instance_id]
        rdbs[instance_id] = msgspec.structs.replace(
            rdb,
            metric=seen.newest,
            peak=_higher(rdb.peak, seen.highest),
            idle=seen.lowest if rdb.idle is None else min(rdb.idle, seen.lowest),
        )
    return msgspec.structs.replace(ledger, rdbs=rdbs)


def with_report(ledger: Ledger, report: Report, received_at: datetime) -> tuple[Ledger, str | None]:
    """The ledger with one report, or unchanged with the reason why the report is ignored."""
    known = ledger.rdbs.get(report.instance_id) or Rdb(first_seen=received_at)
    if known.report is not None and report.sequence <= known.report.sequence:
        return ledger, (
            f"sequence: {report.sequence} of {report.instance_id} is not after {known.report.sequence}"
        )
    drained = report.state is State.DRAINED
    rdb = msgspec.structs.replace(
        known,
        report=report,
        received_at=received_at,
        first_drained_at=(known.first_drained_at or min(report.sent_at, received_at)) if drained else None,
    )
    if rdb.reported:
        rdb = msgspec.structs.replace(rdb, peak=_higher(known.peak, rdb.reported))
    return msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, report.instance_id: rdb}), None


def with_reports(
    ledger: Ledger, reports: Iterable[tuple[Report, datetime]]
) -> tuple[Ledger, tuple[str, ...]]:
    """The ledger with many reports in the order of their sequence, and why any were ignored."""
    ignored: list[str] = []
    for report, received_at in sorted(reports, key=lambda pair: pair[0].sequence):
        ledger, reason = with_report(ledger, report, received_at)
        if reason:
            ignored.append(reason)
    return ledger, tuple(ignored)


def without_old_commands(ledger: Ledger, now: datetime) -> Ledger:
    """The ledger without the ids of commands that no queue can still deliver."""
    kept = {i: at for i, at in ledger.commands.items() if now - at < COMMANDS_KEPT}
    return msgspec.structs.replace(ledger, commands=kept)


def _higher(known: Reading | None, seen: Reading) -> Reading:
    return seen if known is None or seen.percent >= known.percent else known
