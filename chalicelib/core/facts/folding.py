"""Facts folded into the ledger: the group as described, metrics, reports, the dead."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count

import msgspec

from chalicelib.contract.report import Report
from chalicelib.core.facts.answering import (
    boots_again_after,
    lapse_after,
    live_since_after,
    ready_since_after,
    restarted_after,
    returned_after,
    unanswered_after,
)
from chalicelib.core.facts.bounds import without_surplus_strangers
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Gone, Ledger
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import WRITE_VISIBLE, Down, Rdb, Reading, Samples
from chalicelib.core.facts.states import (
    goes_back,
    says_it_got_ready,
    says_it_is_empty,
    says_it_takes_data,
    takes_data,
    waits_for_data,
)
from chalicelib.core.facts.trail import rereads_after, rising, trail_after
from chalicelib.core.facts.voices import OVERTAKES, Contradiction
from chalicelib.core.facts.wake_ups import Verdict
from chalicelib.core.facts.windows import tiled_from_after

UNMEASURED = timedelta(minutes=15)
STRANGER_KEPT = timedelta(minutes=10)
# As long as the longest end of a hold; one without an end is told after a day (holds.py).
HELD_KEPT = timedelta(days=30)
# A command is refused for its age long before that.
COMMANDS_KEPT = timedelta(hours=1)
MOST_COMMANDS = 200
GONE_KEPT, MOST_GONE = timedelta(hours=12), 10
# A host that comes so long after a raise of ours came by it.
LAUNCH_BELONGS = timedelta(minutes=10)


def with_group(ledger: Ledger, group: Group, now: datetime) -> tuple[Ledger, tuple[str, ...]]:
    """Return the ledger with the group's members, and a sentence for each RDB that was given up.

    An instance that Describe does not show is kept for ten minutes: reads are stale for seconds after a
    write, and a booting host may report before it is shown. One on hold is kept for thirty days: detached and
    attached again, or back from a copy of its group, it is still on hold.

    One that was Terminating a moment ago stays so whatever Describe shows: none comes back from there
    within two minutes, so this look is older than the last one.
    """
    rdbs: dict[str, Rdb] = {}
    gone = {i: left for i, left in ledger.gone.items() if now - left.first_seen < GONE_KEPT}
    notes: list[str] = []
    known = sum(member.serves and _was_seen(ledger, i) for i, member in group.members.items())
    places, ours = count(known + 1), _places_asked_for(ledger, now)
    for instance_id in sorted(ledger.rdbs.keys() | group.members.keys()):
        rdb = ledger.rdbs.get(instance_id) or Rdb(first_seen=now)
        member = group.members.get(instance_id)
        if member and rdb.member_seen is None and next(places) in ours:
            rdb = msgspec.structs.replace(rdb, launch_asked=ledger.asked and ledger.asked.at)
        if member and not member.ending and _was_ending(rdb, now):
            rdbs[instance_id] = rdb
        elif member:
            rdbs[instance_id] = msgspec.structs.replace(
                rdb,
                member=member,
                member_seen=now,
                ending_since=(rdb.ending_since or now) if member.ending else None,
                only_pending=_is_only_pending(rdb, member),
            )
        elif rdb.member and rdb.member_seen and not rdb.member.ending:
            # The first look without it. Where nothing else is new `member_seen` may be of long ago.
            rdbs[instance_id] = msgspec.structs.replace(rdb, member=None, member_seen=now)
        elif now - (rdb.member_seen or rdb.first_seen) < (HELD_KEPT if rdb.hold else STRANGER_KEPT):
            rdbs[instance_id] = msgspec.structs.replace(rdb, member=None)
        elif rdb.member_seen is None:
            notes.append(f"instance_id: {instance_id} reported but never turned up in group {group.name}")
        else:
            if not rdb.drains_by_request:
                went = rdb.dead_at or rdb.member_seen
                gone[instance_id] = Gone(rdb.first_seen, rdb.left_as, went, rdb.took_data)
            if rdb.released_at is None:
                notes.append(f"{instance_id} left group {group.name} without a release of ours")
    newest = dict(sorted(gone.items(), key=lambda known: known[1].first_seen)[-MOST_GONE:])
    afresh = now if ledger.template not in ("", group.template) else ledger.tried_afresh
    ledger = msgspec.structs.replace(
        ledger, rdbs=rdbs, gone=newest, template=group.template, tried_afresh=afresh
    )
    return ledger, tuple(notes)


def _is_only_pending(rdb: Rdb, member: Member) -> bool:
    if rdb.report is not None:
        return False
    if rdb.member_seen is None:
        return member.pending
    return rdb.only_pending and (member.pending or member.ending)


def _was_ending(rdb: Rdb, now: datetime) -> bool:
    return bool(rdb.ending_since and rdb.member_seen and now - rdb.member_seen < WRITE_VISIBLE)


def with_samples(ledger: Ledger, samples: Mapping[str, Samples]) -> Ledger:
    """Return the ledger with the samples; an RDB without new ones keeps its last known ones.

    One that is not measured while others are is `unmeasured`, unless it rests. Where CloudWatch fails nobody
    is. One that is measured alone is `unheard` where others of its group report.
    """
    rdbs = dict(ledger.rdbs)
    for instance_id in rdbs.keys() & samples.keys():
        rdb, seen = rdbs[instance_id], samples[instance_id]
        rdbs[instance_id] = msgspec.structs.replace(
            rdb,
            metric=seen.newest,
            earlier=seen.earlier,
            rested=seen.rested or (rdb.rested and not _is_newer(seen.newest, rdb.metric)),
            trail=rising(seen.trail),
            peak=_higher(rdb.peak, seen.highest),
        )
    newest = max((rdb.metric.at for rdb in rdbs.values() if rdb.metric), default=None)
    # A `drained` is said once, and may come alone: it is no sign that reports arrive.
    others_heard = (rdb.received_at for rdb in rdbs.values() if rdb.member and not rdb.drained)
    heard = max(filter(None, others_heard), default=None)
    for instance_id, rdb in rdbs.items():
        measured = rdb.metric.at if rdb.metric else rdb.first_seen
        late = newest is not None and newest - measured >= UNMEASURED
        others = heard is not None and heard - rdb.first_seen >= STRANGER_KEPT
        unheard = others and rdb.metric is not None and rdb.report is None
        resting = rests(rdb)
        # What it took before it began to rest is no rate any more.
        over = resting and newest is not None and bool(rdb.trail) and newest - rdb.trail[-1].at >= UNMEASURED
        rdbs[instance_id] = msgspec.structs.replace(
            rdb, unmeasured=late and not resting, unheard=unheard, trail=() if over else rdb.trail
        )
    return msgspec.structs.replace(ledger, rdbs=rdbs)


def with_states(ledger: Ledger, looked_at: Iterable[str], down: Mapping[str, Down], now: datetime) -> Ledger:
    """Return the ledger with the members that EC2 itself reports as terminated or stopped (rule 6).

    Of those that were looked at and are not down, none is stopped any more.
    """
    for instance_id in looked_at:
        if rdb := ledger.rdbs.get(instance_id):
            state = down.get(instance_id)
            ledger = ledger.with_rdb(
                instance_id,
                dead_at=now if state == "terminated" else rdb.dead_at,
                stopped_at=(rdb.stopped_at or now) if state == "stopped" else None,
            )
    return ledger


def with_report(
    ledger: Ledger, report: Report, received_at: datetime, verdict: Verdict | None = None
) -> tuple[Ledger, str | None]:
    """Return the ledger with one report, or the reason why the report is ignored.

    Only a proven `drained` counts as the first one: a forged one could make a raise wait (rule 4).
    """
    known = ledger.rdbs.get(report.instance_id) or Rdb(first_seen=received_at)
    if known.report is not None and report.sequence <= known.report.sequence:
        if report.state is not known.state and _muted(known, report, received_at):
            contradiction = Contradiction(received_at, known.report.state, report.state)
            ledger = ledger.with_rdb(report.instance_id, contradiction=contradiction)
        if known.drained and (report.takes_back or 0) >= known.report.sequence:
            # Its clock was set back, and its reporter began anew: it is the newer word by what it says.
            ledger = ledger.with_rdb(report.instance_id, unheeded_at=received_at)
        return ledger, (
            f"sequence: {report.sequence} of {report.instance_id} is not after {known.report.sequence}"
        )
    drained = says_it_is_empty(report.state)
    proven = drained and verdict is not None and verdict.holds
    if drained and not proven and known.drained and known.proven:
        # Drained is final: a newer one without a proof tells nothing, and a forged one must not keep it here.
        why = verdict.why if verdict else "none came with it"
        return ledger, f"proof: {report.sequence} of {report.instance_id} after a proven drained: {why}"
    rdb = msgspec.structs.replace(
        known,
        report=msgspec.structs.replace(report, release=None, q_release=None),
        received_at=received_at,
        # A `drained` names no release, and a q that does not answer none of its files: those stay known.
        release=known.release if drained else report.release,
        q_release=known.q_release if drained or report.rows is None else report.q_release,
    )
    restarted_at = restarted_after(known, report.state, received_at)
    first_drained_at = known.first_drained_at or (rdb.said_at if proven else None)
    rdb = msgspec.structs.replace(
        rdb,
        first_drained_at=first_drained_at if drained else None,
        proven_sequence=report.sequence if proven else known.proven_sequence,
        unproven=verdict.why if drained and verdict and not proven else "",
        unanswered=unanswered_after(known, report.state, received_at),
        lapse=lapse_after(known, report.state, received_at),
        ready_at=rdb.said_at if says_it_takes_data(report.state) else known.ready_at,
        ready_since=ready_since_after(known, report.state, rdb.said_at),
        live_since=live_since_after(known, report.state, rdb.said_at),
        restarted_at=restarted_at,
        returned_at=returned_after(known, report.state, received_at),
        boots_again=boots_again_after(known, report.state, restarted_at),
        took_data=known.took_data or shows_data(report),
        only_pending=False,
    )
    if known.state and goes_back(known.state, report.state):
        contradiction = Contradiction(received_at, known.state, report.state)
        rdb = msgspec.structs.replace(rdb, contradiction=contradiction)
    if rdb.reported:
        rdb = msgspec.structs.replace(
            rdb, peak=_higher(known.peak, rdb.reported), trail=trail_after(known, rdb.reported)
        )
    rdb = msgspec.structs.replace(rdb, rereads=rereads_after(ledger, known, report))
    tiled_from = tiled_from_after(ledger, known, rdb)
    rdbs = {**ledger.rdbs, report.instance_id: rdb}
    return msgspec.structs.replace(ledger, rdbs=rdbs, tiled_from=tiled_from), None


def shows_data(report: Report) -> bool:
    """Return whether an RDB that reports so took data: it is live, or has a window with updates or rows."""
    if takes_data(report.state):
        return True
    if report.first_index is not None and report.last_index is not None:
        return report.last_index > report.first_index
    return bool(report.rows) and says_it_got_ready(report.state) and not waits_for_data(report.state)


def _muted(known: Rdb, report: Report, received_at: datetime) -> bool:
    """The newest report of an RDB is ahead of the time, and mutes one of another clock.

    Of one host, however its clock is off, a report may overtake another by what its delivery takes.
    """
    assert known.report
    assert known.received_at
    ahead_then = known.report.sequence - known.received_at.timestamp() * 1000
    ahead_now = report.sequence - received_at.timestamp() * 1000
    is_ahead = known.report.sequence > received_at.timestamp() * 1000
    return is_ahead and ahead_then - ahead_now > OVERTAKES.total_seconds() * 1000


def with_reports(
    ledger: Ledger, reports: Iterable[tuple[Report, datetime, Verdict | None]]
) -> tuple[Ledger, tuple[str, ...]]:
    """Return the ledger with many reports in the order of their sequence, and why any were ignored.

    Of strangers only the newest are kept (rule 12).
    """
    ignored: list[str] = []
    for report, received_at, verdict in sorted(reports, key=lambda said: said[0].sequence):
        ledger, reason = with_report(ledger, report, received_at, verdict)
        if reason:
            ignored.append(reason)
    return without_surplus_strangers(ledger), tuple(ignored)


def without_old_commands(ledger: Ledger, now: datetime) -> Ledger:
    """Return the ledger without the ids of commands that are too old to be obeyed, and at most 200 others."""
    young = [(i, at) for i, at in ledger.commands.items() if now - at < COMMANDS_KEPT]
    newest = sorted(young, key=lambda known: known[1])[-MOST_COMMANDS:]
    return msgspec.structs.replace(ledger, commands=dict(newest))


def _places_asked_for(ledger: Ledger, now: datetime) -> range:
    """Return which instances of the group, in the order in which they came, our last raise brings.

    Who comes into such a place soon teaches a lead. One before was asked for earlier, or replaces one that
    ended, and one beyond was asked for by somebody else: nobody knows since when.
    """
    asked = ledger.asked
    if asked is None or now - asked.at >= LAUNCH_BELONGS:
        return range(0)
    return range((asked.seen_as or 0) + 1, asked.target + 1)


def _was_seen(ledger: Ledger, instance_id: str) -> bool:
    rdb = ledger.rdbs.get(instance_id)
    return rdb is not None and rdb.member_seen is not None


def _is_newer(seen: Reading, known: Reading | None) -> bool:
    return known is None or seen.at > known.at


def _higher(known: Reading | None, seen: Reading) -> Reading:
    return seen if known is None or seen.percent >= known.percent else known
