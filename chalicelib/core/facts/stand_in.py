"""The ledger that stands in for one that cannot be read: a broken document, or a newer schema (rule 12).

It is an item of its own, so that nothing newer is overwritten. It begins empty: who had rolled
is known again by the name of its metric, and who drained with the next report. So nothing is released, and
each raise is of one host.
"""

from datetime import datetime

import msgspec

from chalicelib.core.facts.answering import with_deadlines
from chalicelib.core.facts.doubts import Doubt
from chalicelib.core.facts.learned import LEADS_KEPT, Learned
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.rdb import DrainAsked, Hold, Rdb
from chalicelib.core.facts.states import goes_back
from chalicelib.core.facts.voices import Contradiction
from chalicelib.core.facts.wake_ups import ACCOUNT, Asking


def doubt_of(ledger: Ledger) -> Doubt | None:
    """Return what is told while a ledger stands in for another, or what did cannot be read; else None."""
    has_hosts = ledger.cluster != ACCOUNT
    if ledger.unmended:
        so = ", so none is released" if has_hosts else ""
        return Doubt(
            "unreadable",
            f"what stood in for the ledger cannot be read{so}: {ledger.unmended}; run the version of "
            "Highwater that wrote it, or delete the item",
        )
    if not ledger.stands_in:
        return None
    meanwhile = ", which raises one host at a time and releases none" if has_hosts else ""
    return Doubt(
        "unreadable",
        f"{ledger.stands_in}; another stands in for it{meanwhile}; run the version of Highwater that wrote "
        "it, or put the item right",
    )


def mended(ledger: Ledger, stand_in: Ledger) -> Ledger:
    """Return a ledger that can be read again, with what was learned, asked, told, held and awaited meanwhile.

    Its alerts end as any others do, once they do not stand any more. None but the dead was released
    meanwhile. A hold that was lifted meanwhile stands again: that keeps data.
    """
    asked = ledger.asked
    if stand_in.asked and (asked is None or stand_in.asked.at > asked.at):
        asked = msgspec.structs.replace(stand_in.asked, version=ledger.version + 1)
    rdbs = dict(ledger.rdbs)
    for instance_id, known in stand_in.rdbs.items():
        new = _renumbered(known, stand_in.asked, ledger.version)
        old = rdbs.get(instance_id)
        rdbs[instance_id] = _joined(old, new) if old else new
    return msgspec.structs.replace(
        ledger,
        rdbs=rdbs,
        asked=asked,
        hold=_younger(ledger.hold, stand_in.hold),
        short_since=stand_in.short_since,
        owed_since=stand_in.owed_since,
        overtaken_since=stand_in.overtaken_since,
        owed_later=stand_in.owed_later,
        no_live_since=stand_in.no_live_since,
        last_live=stand_in.last_live or ledger.last_live,
        trouble=stand_in.trouble,
        template=stand_in.template or ledger.template,
        tried_afresh=_later(_later(ledger.tried_afresh, stand_in.tried_afresh), _changed(ledger, stand_in)),
        useful_since=_later(ledger.useful_since, _newest_of_use(stand_in)),
        gone={**ledger.gone, **stand_in.gone},
        raise_fails=stand_in.raise_fails,
        floor=stand_in.floor or ledger.floor,
        desired=stand_in.desired,
        capacity_asked=_younger(ledger.capacity_asked, stand_in.capacity_asked),
        calendar_removed=_younger(ledger.calendar_removed, stand_in.calendar_removed),
        tickerplant=stand_in.tickerplant or ledger.tickerplant,
        tiled_from=max(filter(None, (ledger.tiled_from, stand_in.tiled_from)), default=None),
        learned=_learned(ledger.learned, stand_in.learned),
        commands={**ledger.commands, **stand_in.commands},
        alerts={**stand_in.alerts, **ledger.alerts},
    )


def _learned(old: Learned, new: Learned) -> Learned:
    """Return what two ledgers have learned, of which the second one began empty when the first one ended."""
    old = old.on(new.day) if new.day else old
    volumes = [volume for volume in (old.before, new.before) if volume is not None]
    return msgspec.structs.replace(
        old if new.host_bytes == 1 else new,
        day=old.day,
        taken=old.taken + new.taken,
        before=max(volumes, default=None),
        leads=(*old.leads, *new.leads)[-LEADS_KEPT:],
    )


def _changed(ledger: Ledger, stand_in: Ledger) -> datetime | None:
    """Return by when the launch template had become another; what the stand-in launched was of that one."""
    same = not (ledger.template and stand_in.template) or ledger.template == stand_in.template
    return None if same or stand_in.group is None else stand_in.group.since


def _newest_of_use(stand_in: Ledger) -> datetime | None:
    """Return when the newest host of use came; not of hosts that it found there: they are older than it."""
    since, group = stand_in.useful_since, stand_in.group
    return since if since and group and since > group.since else None


def _renumbered(rdb: Rdb, asked: Asked | None, version: int) -> Rdb:
    """Return an RDB whose release is still before or after what was asked, which the next version has."""
    if rdb.released_at is None:
        return rdb
    after = asked is None or rdb.released_in >= asked.version
    return msgspec.structs.replace(rdb, released_in=version + after)


def _joined(old: Rdb, new: Rdb) -> Rdb:
    """Return what two ledgers know of one RDB: of each fact the newer one."""
    measured = new if old.metric is None or (new.metric and new.metric.at > old.metric.at) else old
    released = new if new.released_at else old
    drain = _younger(old.drain, new.drain)
    return msgspec.structs.replace(
        _with_newer_report(old, new),
        first_seen=min(old.first_seen, new.first_seen),
        member=new.member,
        member_seen=new.member_seen or old.member_seen,
        metric=measured.metric,
        earlier=measured.earlier,
        peak=max(filter(None, (old.peak, new.peak)), key=lambda peak: peak.percent, default=None),
        released_at=released.released_at,
        released_in=released.released_in,
        ending_since=old.ending_since or new.ending_since,
        dead_at=old.dead_at or new.dead_at,
        stopped_at=new.stopped_at,
        hold=_younger(old.hold, new.hold),
        drain=drain,
        took_data=old.took_data or new.took_data,
        only_pending=old.only_pending and new.only_pending,
        tagged=new.tagged if drain and drain == new.drain else old.tagged,
    )


def _with_newer_report(old: Rdb, new: Rdb) -> Rdb:
    """Return an RDB with the report of the higher sequence, and all that follows from it.

    One that takes back what was said before is told as if one ledger had heard both (rule 10).
    """
    if old.report is None or new.report is None:
        return new if old.report is None else old
    if new.report.sequence <= old.report.sequence:
        unheeded_at = _later(old.unheeded_at, new.unheeded_at)
        if old.drained and not new.drained:
            unheeded_at = _later(unheeded_at, new.received_at)
        contradiction = new.contradiction or old.contradiction
        return msgspec.structs.replace(old, contradiction=contradiction, unheeded_at=unheeded_at)
    before, after, at = old.report.state, new.report.state, new.received_at or new.report.sent_at
    contradiction = new.contradiction or old.contradiction
    if goes_back(before, after):
        contradiction = Contradiction(at, before, after)
    return msgspec.structs.replace(
        with_deadlines(new, old, at),
        contradiction=contradiction,
        ready_at=new.ready_at or old.ready_at,
        # The newest may name none, as a `drained` does.
        release=new.release or old.release,
        q_release=new.q_release or old.q_release,
    )


def _later(old: datetime | None, new: datetime | None) -> datetime | None:
    return max(filter(None, (old, new)), default=None)


def _younger[T: (Hold, DrainAsked, Asking)](old: T | None, new: T | None) -> T | None:
    return max(filter(None, (old, new)), key=lambda asked: asked.at, default=None)
