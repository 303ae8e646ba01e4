"""The report: the state of an RDB, as the reporter sends it and the control plane reads it."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .errors import BadInput
from .names import CLUSTER_NAME, HOST_NAME, INSTANCE_ID, WORDS
from .release import RELEASE_PATTERN
from .words import field_and_rule, not_json

# A report that is further ahead would silence its RDB until the time has caught up with it.
SEQUENCE_AHEAD = timedelta(seconds=60)
# A clock that was never set says 1970. A time near the end of what there is cannot be reckoned with.
YEARS = range(1970, 2500)
PROOF_HEADER = "x-highwater-report"
# A host repeats its report so often though nothing changed, a drained RDB more often.
REPORT_EVERY, DRAINED_EVERY = timedelta(minutes=5), timedelta(minutes=1)
# Longer than a proof lives: a `drained` that comes later than that releases nobody.
TAKEN_BACK_FOR = timedelta(minutes=16)
# Memory that rose by so many points since the last report is news: such an RDB lasts some minutes.
RISE_TOLD = 20.0
# One that has rolled says nothing new: it repeats itself ever later, up to this. Its memory goes on each
# minute for a while, since the cluster's rate is seen over rolls, and then so often.
ROLLED_EVERY = timedelta(hours=1)
MEASURED_ON, MEASURED_EVERY = timedelta(minutes=20), timedelta(minutes=5)

ClusterName = Annotated[str, Meta(pattern=rf"^{CLUSTER_NAME}\Z")]
InstanceId = Annotated[str, Meta(pattern=rf"^{INSTANCE_ID}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Time = Annotated[datetime, Meta(tz=True)]
HostName = Annotated[str, Meta(pattern=rf"^{HOST_NAME}\Z")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Words = Annotated[str, Meta(pattern=rf"^{WORDS}\Z")]
ReleaseNumber = Annotated[str, Meta(pattern=rf"^{RELEASE_PATTERN}\Z")]


class State(StrEnum):
    """The state that an RDB reports; `unknown` is the word of the reporter when q does not answer."""

    BOOTING = "booting"
    STANDBY = "standby"
    LIVE = "live"
    ROLLED = "rolled"
    DRAINED = "drained"
    UNKNOWN = "unknown"


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole state of one RDB. Memory is in bytes; its window is (first_index, last_index].

    `proof` goes with `drained`: a presigned STS GetCallerIdentity URL, made with the role of the instance,
    whose signed header PROOF_HEADER is `digest` of the rest. `takes_back` is the sequence of the last
    `drained`, told with every other state for TAKEN_BACK_FOR: that one may come later, and must be known as
    the older one.
    No update of the window came to the tickerplant before `first_time`, none after `last_time`; who is live
    has no last time yet. Clients reach q at `host`, `port`. `why` is why q, which has rolled, is not drained,
    in its own words. `release` is that of the reporter, `q_release` that of the q files; a `drained` has
    neither.
    """

    version: Literal[1]
    cluster: ClusterName
    instance_id: InstanceId
    sequence: Count
    state: State
    memory_used: Count
    memory_total: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    rows: Count | None
    first_index: Count | None = None
    last_index: Count | None = None
    first_time: Time | None = None
    last_time: Time | None = None
    host: HostName | None = None
    port: Port | None = None
    why: Words | None = None
    sent_at: Time
    proof: str | None = None
    takes_back: Count | None = None
    release: ReleaseNumber | None = None
    q_release: ReleaseNumber | None = None

    def __post_init__(self) -> None:
        for name in ("sent_at", "first_time", "last_time"):
            if time := getattr(self, name):
                msgspec.structs.force_setattr(self, name, in_utc(time, name))
        if self.memory_used > self.memory_total:
            raise ValueError("memory_used: must be at most memory_total")
        if (self.rows is None) != (self.state is State.UNKNOWN):
            raise ValueError("rows: must be null when the state is unknown, and a number otherwise")
        if (self.first_index is None) != (self.last_index is None):
            raise ValueError("first_index: first_index and last_index come together")
        if (self.last_index or 0) < (self.first_index or 0):
            raise ValueError("last_index: must be at least first_index")
        if self.first_time and self.last_time and self.last_time < self.first_time:
            raise ValueError("last_time: must not be before first_time")
        if (self.host is None) != (self.port is None):
            raise ValueError("host: host and port come together")

    @property
    def memory_percent(self) -> float:
        """Memory in percent of the host's total."""
        return 100 * self.memory_used / self.memory_total


def in_utc(time: datetime, name: str = "sent_at") -> datetime:
    """Return a time of a report in UTC. Raises ValueError, with its name, for one that cannot be meant."""
    try:
        time = time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{name}: is out of range in UTC") from error
    if time.year not in YEARS:
        raise ValueError(f"{name}: must be of the years {YEARS[0]} to {YEARS[-1]}")
    return time


def is_ahead(sequence: int, received_at: datetime) -> bool:
    """Return whether a sequence is further ahead of its receipt than it may be."""
    return sequence > (received_at + SEQUENCE_AHEAD).timestamp() * 1000


def ahead_text(sequence: int, received_at: datetime) -> str:
    """Return the rule that a sequence breaks which is ahead, and the clock that it came from."""
    seconds = _seconds_ahead(sequence, received_at)
    return (
        f"{sequence} is more than {SEQUENCE_AHEAD.total_seconds():.0f} s ahead of {received_at:%FT%TZ}: the "
        f"clock of its host is {seconds} s ahead, set it right (chronyc makestep)"
    )


def _seconds_ahead(sequence: int, received_at: datetime) -> int:
    return round(sequence / 1000 - received_at.timestamp())


class AheadOfTime(BadInput):
    """The sequence of a report is further ahead of its receipt than it may be: its host's clock is wrong."""

    def __init__(self, report: Report, received_at: datetime) -> None:
        super().__init__("sequence", ahead_text(report.sequence, received_at))
        self.report = report
        self.seconds = _seconds_ahead(report.sequence, received_at)


def digest(text: str | bytes) -> str:
    """Return SHA-256 in hex of a report's text without its proof, with the fields that are unknown here.

    A newer reporter may have more fields than a control plane knows that has gone back to an older release.
    """
    fields = decode(text, dict)
    fields.pop("proof", None)
    return sha256(msgspec.json.encode(fields)).hexdigest()


def parse_report(text: str, received_at: datetime) -> Report:
    """Return a report as published to the topic. Raises BadInput naming the field and the rule.

    It is AheadOfTime for one that is well but for its clock.
    """
    report = decode(text, Report)
    if report.rows and report.state is State.DRAINED:
        raise BadInput("rows", f"must be 0 when the state is drained, and is {report.rows}")
    if is_ahead(report.sequence, received_at):
        raise AheadOfTime(report, received_at)
    return report


def decode[T](text: str | bytes, kind: type[T], whole: str = "message") -> T:
    """Return JSON text as `kind`; `whole` is what errors call all of it.

    Raises BadInput naming the field and the rule that it breaks.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(*field_and_rule(str(error), whole, kind)) from error
    except RecursionError as error:
        raise BadInput(whole, "is nested too deep") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadInput(whole, not_json(str(error))) from error
