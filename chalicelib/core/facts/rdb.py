"""One RDB as the ledger knows it: its reports, its readings, and what is asked of it."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.contract.report import ReleaseNumber, Report, State, Time
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.states import says_it_got_ready, says_it_is_empty, takes_data, waits_for_data
from chalicelib.core.facts.voices import NO_WINDOW, ClockAhead, Contradiction, Lapse, Unanswered

WRITE_VISIBLE = timedelta(minutes=2)
# Hosts that are first seen, or gone, so close together came, or went, of one cause: one raise, one group.
TOGETHER = timedelta(minutes=1)
DIED, LEFT, IN_ORDER = "was terminated in EC2", "left the group", "drained and took no data"
NEVER_IN_SERVICE = "was gone before it was in service"
HELD_NOTHING = "it was standby and held nothing"

Down = Literal["terminated", "stopped"]
SAMPLES_APART = timedelta(minutes=2)
# A host sees its request to drain, or that it was taken back, within so long, and drains meanwhile.
TAKEN_BACK_SEEN = timedelta(minutes=10)


class Reading(msgspec.Struct, frozen=True):
    """Memory in percent of the host's total, and the time of that reading."""

    percent: float
    at: Time


class Samples(msgspec.Struct, frozen=True):
    """One RDB's memory in CloudWatch: newest and highest reading.

    `earlier` is the earliest reading of the last ten minutes, `trail` all of them, the oldest first. `rested`
    is whether the newest has the name that only an RDB uses which has rolled.
    """

    newest: Reading
    highest: Reading
    earlier: Reading | None = None
    trail: tuple[Reading, ...] = ()
    rested: bool = False


class Hold(msgspec.Struct, frozen=True):
    """An operator's pin: what is on hold is not released. `by` is the IAM identity that asked.

    It ends by itself at `until`, else it stands until somebody lifts it.
    """

    reason: str
    by: str
    at: Time
    until: Time | None = None

    def __str__(self) -> str:
        until = f" until {self.until:%FT%TZ}" if self.until else ""
        return f"on hold since {self.at:%FT%TZ}{until} by {self.by}: {self.reason}"


class DrainAsked(msgspec.Struct, frozen=True):
    """An operator's request that an RDB drains; the RDB sees it as a tag of its instance."""

    by: str
    at: Time


class Rdb(msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts about one RDB.

    Its release: `released_at` is the intent to release it, committed with version `released_in` of the
    ledger. `proven_sequence` is that of the newest report whose proof held, `unproven` why the proof of
    the newest `drained` report did not hold. `tagged` is whether its instance carries the request to
    drain, `drain_taken_back` when the last one was.

    Its end: `ending_since` is when it was first seen Terminating, `dead_at` when EC2 was first seen to
    call it terminated, `stopped_at` when it was first seen to call it stopped, while it does.
    `only_pending` is whether Describe showed it Pending and never in service, and it never reported.

    Its boots: `ready_at` is when it last said that it takes data, `ready_since` when it first said so
    after it booted, `live_since` from when on it says that it is live, as far as q answers,
    `restarted_at` when it first said `booting` after it had been ready, until it has been well for some
    minutes since `returned_at`; `boots_again` is whether it booted once more meanwhile. `launch_asked` is
    when we asked for the launch that brought it, until it is ready.

    Its voices: `unanswered` is set while its newest report says unknown, `lapse` after that until it is
    forgotten. `contradiction` is the newest one, `clock_ahead` the newest refusal, `unheeded_at` when a
    report came last after a `drained` that its clock kept from being the newest one: q may hold rows
    again. `unmeasured` is whether its metrics ended 15 minutes before those of others, or never came,
    `unheard` whether it is measured and never reported, while others of its group report. `release` is
    that of its reporter, `q_release` that of its q files, by the newest report that says so: they are
    kept here alone.

    Its memory: `total` is that of its host in bytes, by its first report. `rested` is whether its newest
    metric has the name of one that has rolled, `took_data` whether it ever reported that it took data.
    `trail` are its readings of the last minutes if it rises, `crest` is the percent up to which its rise
    was counted (learning.py). `rereads` is whether it holds what was taken before: reading that again is
    no new data.
    """

    first_seen: Time
    member: Member | None = None
    member_seen: Time | None = None
    report: Report | None = None
    received_at: Time | None = None
    first_drained_at: Time | None = None
    proven_sequence: int | None = None
    unproven: str = ""
    metric: Reading | None = None
    earlier: Reading | None = None
    rested: bool = False
    peak: Reading | None = None
    released_at: Time | None = None
    released_in: int = 0
    ending_since: Time | None = None
    dead_at: Time | None = None
    stopped_at: Time | None = None
    hold: Hold | None = None
    drain: DrainAsked | None = None
    drain_taken_back: Time | None = None
    tagged: bool = False
    unanswered: Unanswered | None = None
    lapse: Lapse | None = None
    ready_at: Time | None = None
    ready_since: Time | None = None
    live_since: Time | None = None
    restarted_at: Time | None = None
    returned_at: Time | None = None
    boots_again: bool = False
    contradiction: Contradiction | None = None
    clock_ahead: ClockAhead | None = None
    unheeded_at: Time | None = None
    unmeasured: bool = False
    unheard: bool = False
    took_data: bool = False
    trail: tuple[Reading, ...] = ()
    crest: float | None = None
    launch_asked: Time | None = None
    rereads: bool = False
    total: int | None = None
    only_pending: bool = False
    release: ReleaseNumber | None = None
    q_release: ReleaseNumber | None = None

    @property
    def state(self) -> State | None:
        """The state that it reported last; None before its first report."""
        return self.report.state if self.report else None

    @property
    def state_said(self) -> State | None:
        """The state that q itself gave last: `unknown` is the reporter's word and takes nothing back."""
        return self.unanswered.state if self.unanswered else self.state

    @property
    def was_ready(self) -> bool:
        """By its word, now or ever, or by rows that it once had."""
        once = self.ready_at is not None or self.restarted_at is not None
        held = self.report is not None and self.report.last_index is not None
        return once or says_it_got_ready(self.state_said) or held

    @property
    def was_live(self) -> bool:
        """It says that it takes data, or did when its q answered last."""
        return takes_data(self.state_said)

    @property
    def drains_by_request(self) -> bool:
        """It was asked to drain, or drained soon after that was taken back, which it need not have seen."""
        back, drained = self.drain_taken_back, self.first_drained_at
        unseen = back is not None and drained is not None and drained - back < TAKEN_BACK_SEEN
        return self.drain is not None or unseen

    @property
    def is_down(self) -> bool:
        """EC2 calls its instance stopped or terminated: whatever it said last is no more so."""
        well = self.member is not None and self.member.healthy
        return self.dead_at is not None or (self.stopped_at is not None and not well)

    @property
    def drained(self) -> bool:
        """Its newest report says drained."""
        return says_it_is_empty(self.state)

    @property
    def proven(self) -> bool:
        """The proof of its newest report held."""
        return self.report is not None and self.proven_sequence == self.report.sequence

    @property
    def proven_empty(self) -> bool:
        """Its newest report says drained and no rows, with a proof that held."""
        return self.drained and self.proven and self.report is not None and self.report.rows == 0

    @property
    def said_at(self) -> datetime | None:
        """The time of its newest report; a clock that runs ahead counts as the time of receipt."""
        if self.report is None or self.received_at is None:
            return None
        return min(self.report.sent_at, self.received_at)

    @property
    def heard_at(self) -> datetime:
        """When a report or a metric came last; one that never did counts as one when it was first seen."""
        return max(self.received_at or self.first_seen, self.metric.at if self.metric else self.first_seen)

    @property
    def reported(self) -> Reading | None:
        """Memory by the newest report."""
        if self.report is None or self.said_at is None:
            return None
        return Reading(self.report.memory_percent, self.said_at)

    @property
    def reading(self) -> Reading | None:
        """The newest reading, whatever brought it.

        Where report and metric disagree about the same two minutes the higher counts, so that nobody's word
        alone suppresses a raise.
        """
        found = sorted(filter(None, (self.metric, self.reported)), key=lambda reading: reading.at)
        if not found:
            return None
        newest = found[-1]
        return max((r for r in found if newest.at - r.at <= SAMPLES_APART), key=lambda r: r.percent)

    def reads_full(self, threshold: float) -> bool:
        """Return whether its newest reading is at or above a threshold, in percent; without one it is not."""
        return self.reading is not None and self.reading.percent >= threshold

    @property
    def span(self) -> tuple[int, int] | None:
        """The (first, last] of its window by its newest word about it; None where it has none."""
        if self.unanswered:
            return self.unanswered.span
        report = self.report
        if report is None or report.first_index is None or report.last_index is None:
            return None
        return report.first_index, report.last_index

    @property
    def window(self) -> str:
        """The updates that it holds by the newest report that has them, as operators read it."""
        if self.unanswered:
            return self.unanswered.window
        report = self.report
        if report and waits_for_data(report.state) and report.last_index is None and not report.rows:
            return HELD_NOTHING
        if report is None or report.first_index is None:
            return NO_WINDOW
        return f"window ({report.first_index}, {report.last_index}], {report.rows} rows"

    @property
    def left_in_order(self) -> bool:
        """It proved that it is empty, or we released it before EC2 was seen to call it terminated.

        The place of a dead one is given up too: that is no release before its end.
        """
        if self.proven_empty:
            return True
        return self.released_at is not None and (self.dead_at is None or self.released_at < self.dead_at)

    @property
    def left_as(self) -> str:
        """How one that takes no place any more went, as operators read it."""
        if self.left_in_order:
            return IN_ORDER
        if self.only_pending:
            return NEVER_IN_SERVICE
        return DIED if self.dead_at else LEFT

    def leaving(self, now: datetime) -> bool:
        """Return whether the ledger has released it.

        An intent that Describe does not bear out in time is void.
        """
        if self.released_at is None:
            return False
        if self.member and self.member.serves:
            return now - self.released_at < WRITE_VISIBLE
        return True
