"""What operators must know of one RDB now: one alert at most, the gravest (rule 6)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.contract.report import MEASURED_EVERY, ROLLED_EVERY
from chalicelib.core.capacity.never_ready import does_not_return, is_never_ready
from chalicelib.core.capacity.room import boots_too_long
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.clocks import ahead_apart
from chalicelib.core.facts.rdb import HELD_NOTHING, Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.states import is_unanswered
from chalicelib.core.facts.voices import NO_WINDOW, ClockAhead, Unanswered
from chalicelib.core.release.walls import HOOK_SECONDS

UNKNOWN_TOLD = timedelta(minutes=15)
# One that rests is measured every five minutes, and reports each hour.
RESTING_SILENT, RESTING_REPORTS = 4 * MEASURED_EVERY, ROLLED_EVERY + timedelta(minutes=15)
CONTRADICTION_TOLD = timedelta(minutes=15)


class Resting(NamedTuple):
    """When the metric of one that rests was last asked for, None where it never was: that alone is judged."""

    read_at: datetime | None

    def hears(self, rdb: Rdb, settings: ClusterSettings) -> bool:
        """Return whether it was heard of for some minutes before that."""
        return self.read_at is None or self.read_at - rdb.heard_at < _limit(settings)

    def has_reports_alone(self, rdb: Rdb, settings: ClusterSettings, now: datetime) -> bool:
        """Return whether its reports go on after its metrics have ended."""
        measured = rdb.metric.at if rdb.metric else rdb.first_seen
        if self.read_at is None or rdb.received_at is None or now - rdb.received_at >= RESTING_REPORTS:
            return False
        return min(self.read_at, rdb.received_at) - measured >= _limit(settings)


def _limit(settings: ClusterSettings) -> timedelta:
    return max(settings.memory_fresh, RESTING_SILENT)


def alert_of_rdb(
    instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime, resting: Resting | None = None
) -> Alert | None:
    """Return the alert about one RDB; None when there is nothing to tell."""
    if rdb.member is None:
        return None
    if rdb.dead_at:
        # A launch that came to nothing held nothing: it is told with the launches.
        return None if rdb.proven_empty or rdb.only_pending else _dead(instance_id, rdb)
    if rdb.stopped_at and rdb.is_down:
        return _stopped(instance_id, rdb, rdb.stopped_at)
    if rdb.member.retained:
        return _retained(instance_id, rdb)
    if rdb.ending_since and rdb.released_at is None and not rdb.proven_empty:
        return _terminating(instance_id, rdb, rdb.ending_since)
    if rdb.member.pending or rdb.member.ending or rdb.leaving(now):
        return None
    if clock := _clock(instance_id, rdb, now):
        return clock
    answers = not is_unanswered(rdb.state) or boots_too_long(rdb, settings)
    if answers and is_never_ready(rdb, settings, now):
        what = f"was first seen at {rdb.first_seen:%FT%TZ} and never seen ready"
        return _never_ready(instance_id, rdb, what)
    return (
        _silent(instance_id, rdb, settings, now, resting)
        or _not_again(instance_id, rdb, settings, now)
        or _unknown(instance_id, rdb, settings, now)
        or _contradiction(instance_id, rdb, now)
        or _one_voice(instance_id, rdb, settings, now, resting)
    )


def _dead(instance_id: str, rdb: Rdb) -> Alert:
    return Alert.of("dead", f"{instance_id} was terminated in EC2: {_lost(rdb)}", instance_id)


def _stopped(instance_id: str, rdb: Rdb, since: datetime) -> Alert:
    text = (
        f"{instance_id} ({_said(rdb)}) is stopped in EC2, seen at {since:%FT%TZ}: {_lost(rdb)}; "
        "terminate it in EC2 once nothing of it is needed, and its place is given up"
    )
    return Alert.of("stopped", text, instance_id)


def _lost(rdb: Rdb) -> str:
    if rdb.window == NO_WINDOW:
        return f"{NO_WINDOW}, so look into the log for what it held"
    if rdb.window == HELD_NOTHING:
        return HELD_NOTHING
    return f"{rdb.window} lost from memory, replayable from the log"


def _retained(instance_id: str, rdb: Rdb) -> Alert:
    text = f"{instance_id} is retained by its group: {rdb.window}; it is released once it has drained"
    return Alert.of("retained", text, instance_id)


def _terminating(instance_id: str, rdb: Rdb, since: datetime) -> Alert:
    until = since + timedelta(seconds=HOOK_SECONDS)
    text = (
        f"{instance_id} is being terminated, not by Highwater: {rdb.window}, held by the hook until "
        f"{until:%FT%TZ}, retained then; let it write down and drain until then"
    )
    return Alert.of("terminating", text, instance_id)


def _never_ready(instance_id: str, rdb: Rdb, what: str) -> Alert:
    text = f"{instance_id} {what}: {_said(rdb)}; look at its user data, q and reporter"
    return Alert.of("never-ready", text, instance_id)


def _not_again(instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime) -> Alert | None:
    what = does_not_return(rdb, settings, now)
    if what is None:
        return None
    return _never_ready(instance_id, rdb, f"restarted at {rdb.restarted_at:%FT%TZ} and {what}")


def _silent(
    instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime, resting: Resting | None
) -> Alert | None:
    if rdb.reading is None:
        return None
    if resting is None and now - rdb.heard_at < settings.memory_fresh:
        return None
    if resting and (resting.hears(rdb, settings) or resting.has_reports_alone(rdb, settings, now)):
        return None
    text = f"{instance_id} ({_said(rdb)}) silent since {rdb.heard_at:%FT%TZ}: {rdb.window}; look at its host"
    return Alert.of("silent", text, instance_id)


def _unknown(instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime) -> Alert | None:
    held = rdb.unanswered
    if held is None or now - held.counts_from < min(settings.boot_deadline, UNKNOWN_TOLD):
        return None
    return Alert.of("unknown", unknown_text(instance_id, rdb, held), instance_id)


def unknown_text(instance_id: str, rdb: Rdb, held: Unanswered, more: str = "") -> str:
    """Return the sentence about a q that does not answer, with more before what to do."""
    again = ", nor time and again before" if held.counted_from else ""
    return (
        f"{instance_id}: q does not answer since {held.since:%FT%TZ}{again}, its reporter lives: "
        f"{rdb.window}{more}; look at q on that host"
    )


def _contradiction(instance_id: str, rdb: Rdb, now: datetime) -> Alert | None:
    said, ahead = rdb.contradiction, rdb.clock_ahead
    if said is None or now - said.at >= CONTRADICTION_TOLD:
        mixed = ahead is not None and ahead.mixed and now - ahead.at < CONTRADICTION_TOLD
        return _mixed(instance_id, ahead) if ahead and mixed else None
    text = (
        f"{instance_id} said {said.before} and then {said.after}, at {said.at:%FT%TZ}: two speak in its "
        "name, or its q was replaced; look at its host, and at who may publish to the topic"
    )
    return Alert.of("contradiction", text, instance_id)


def _mixed(instance_id: str, ahead: ClockAhead) -> Alert:
    text = (
        f"{instance_id}: reports whose clock is {ahead.seconds} s ahead are refused since "
        f"{ahead.since:%FT%TZ}, and others between them are not: two speak in its name, or its clock jumps; "
        "look at its host, and at who may publish to the topic"
    )
    return Alert.of("contradiction", text, instance_id)


def _clock(instance_id: str, rdb: Rdb, now: datetime) -> Alert | None:
    """Its clock is the cause of all that is missing of it.

    One report alone may be forged, or late. Where one was accepted since, its clock is not what is wrong.
    """
    ahead = rdb.clock_ahead
    if ahead is None or ahead.at == ahead.since or now - ahead.at >= ahead_apart(rdb):
        return None
    if rdb.received_at and rdb.received_at >= ahead.since:
        return None
    text = (
        f"{instance_id}: its clock is {ahead.seconds} s ahead, so that its reports are refused since "
        f"{ahead.since:%FT%TZ}; set its clock: chronyc makestep on that host"
    )
    return Alert.of("clock", text, instance_id)


def _one_voice(
    instance_id: str, rdb: Rdb, settings: ClusterSettings, now: datetime, resting: Resting | None
) -> Alert | None:
    """Report and metric come from one host: where only one of them comes, it is not to be trusted.

    One that never came has the time of a boot, if that is longer. Of one that rests a report is kept only
    where it says something new, so that only its metric may be found missing.
    """
    if rdb.reading is None:
        return None
    late, at = late_voice(rdb)
    never = rdb.received_at is None or rdb.metric is None
    limit = max(settings.memory_fresh, settings.boot_deadline) if never else settings.memory_fresh
    if now - at < limit or (resting and not resting.has_reports_alone(rdb, settings, now)):
        return None
    text = (
        f"{instance_id} ({_said(rdb)}): no {late} since {at:%FT%TZ}, though the other one comes; run "
        "highwater-rdb check on that host: its clock, its role"
    )
    return Alert.of("one-voice", text, instance_id)


def late_voice(rdb: Rdb) -> tuple[str, datetime]:
    """Return which of report and metric came earlier, and when; at least one of them came.

    One that never came is late since the RDB was first seen.
    """
    if rdb.received_at is None or rdb.metric is None:
        return "metric" if rdb.received_at else "report", rdb.first_seen
    return min(("report", rdb.received_at), ("metric", rdb.metric.at), key=lambda heard: heard[1])


def _said(rdb: Rdb) -> str:
    return rdb.state or ("no report" if rdb.metric else "never heard of")
