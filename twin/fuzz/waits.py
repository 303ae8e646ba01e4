"""Rule 13, judged by the truth: nobody waits for room without an alert, and no alert outlives its cause."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.contract.report import REPORT_EVERY
from chalicelib.core.facts.wake_ups import ACCOUNT
from twin.fuzz.causes import CAUSES, has_namesake
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.hours import BOOT
from twin.fuzz.launches import Launches
from twin.fuzz.referee import Referee
from twin.fuzz.site import Site
from twin.fuzz.truth import Now, is_deaf

# Ten minutes beyond the lead, and the cadence of sweep and queue.
WAIT, CADENCE = timedelta(minutes=10), timedelta(minutes=3)
# The minutes after one in which AWS did not let us see, remember or tell.
BLIND = timedelta(minutes=10)
OUTLIVED = timedelta(minutes=20)
# For an hour releases wait, and operators are told, after a group has followed another. Who died counts from
# when it has left the group.
OUTLIVES = {"ambiguous": timedelta(minutes=80), "dying": timedelta(minutes=60)}
# What was last heard of an RDB counts for 15 minutes (rule 5): until then nobody knows that it has fallen
# silent, and what it has become since. Then `silent` or `one-voice` is told.
FRESH = timedelta(minutes=15)
# What `one-voice` is about where many lack the same one.
VOICES = ("report", "metric")


# Of one that is not heard: what it says is old, or some of it comes and most is refused.
OF_WORDS: Mapping[str, Callable[[FaultyRdb], bool]] = {
    "one-voice": is_deaf,
    "contradiction": lambda rdb: rdb.refused,
}
# The cases that may name why nobody has room, where their cause is there.
OF_A_WAIT = frozenset(
    {
        *("max-size", "configuration", "ambiguous", "unreadable", "launch", "raise", "short"),
        *("unknown", "never-ready", "silent", "stopped", "dead", "dying", "unread", "clock"),
    }
)
# Told while its group has another cluster's name. Where a second group keeps the name, that one follows it.
OF_A_NAME = ("renamed", "ambiguous", "unreadable")


class Waits:
    """Judges a cluster's waits, launches and alerts."""

    def __init__(self, site: Site, referee: Referee) -> None:
        self._site = site
        self._referee = referee
        self.launches = Launches(site, referee)
        self._renamed_since: datetime | None = None
        self._followed = False
        self._hidden_at = site.agenda.now() - BLIND
        self._short_since: datetime | None = None
        self._owed, self._asked_at = False, datetime.min.replace(tzinfo=UTC)
        self._unclear = False
        self._coming = frozenset[str]()
        self._true_at: dict[str, datetime] = {}
        self._forgotten: set[str] = set()

    def look(self) -> None:
        """Judge the moment."""
        site, now, truth = self._site, self._site.agenda.now(), Now(self._site)
        blind = now - max(site.account.hidden_at, site.wire.blind_at) < BLIND
        self._judge_name(now, truth, blind)
        # Its group was another cluster's, and what that one is told is not about this one.
        blind = blind or now - self._hidden_at < BLIND
        self._judge_alerts(now, truth, blind)
        self._judge_wait(now, truth, blind)
        self.launches.look(truth, blind, hidden=self._hidden_at == now)
        self._referee.judge_undone(blind)

    def _judge_name(self, now: datetime, truth: Now, blind: bool) -> None:
        """Nothing is decided for a cluster whose group has another name: that is told, whatever waits."""
        site, name = self._site, self._site.cluster.name
        if site.named == name:
            self._renamed_since = None
        # A second group that kept the name was followed meanwhile: for as long as it is there.
        self._followed = (self._followed or site.named != name) and has_namesake(truth)
        if site.named != name or self._followed:
            self._hidden_at, self._short_since = now, None
        if site.named == name:
            return
        since = self._renamed_since = self._renamed_since or now
        # The account's, where the group is no cluster's: whose it was is in a ledger that may be lost.
        names = [*((name, case) for case in OF_A_NAME), (ACCOUNT, f"misnamed {site.group_name}")]
        told = any(key in site.account.topic.standing for key in names)
        # No sweep asks for it under its own name: its hosts' reports do.
        heard = any(rdb.terminated_at is None and not is_deaf(rdb) for rdb in truth.serving)
        if blind or told or not heard or now - since < REPORT_EVERY + CADENCE:
            return
        self._referee.broken("silent_waits", f"tagged {site.named!r} since {since:%H:%M:%S}, and not told")
        self._renamed_since = now

    def _judge_wait(self, now: datetime, truth: Now, blind: bool) -> None:
        suspended = any(each["ProcessName"] == "Launch" for each in truth.group["SuspendedProcesses"])
        # While Launch is suspended AWS owes nothing, and resumed it has as long as after any other wish.
        owed = truth.group["DesiredCapacity"] > len(truth.serving) and not suspended
        if owed and not self._owed:
            self._asked_at = now
        # Who lowers the wish meanwhile does not undo that it was asked for: that is found at the next look.
        self._owed = owed
        if truth.has_room:
            self._short_since = None
            return
        deaf = any(map(is_deaf, truth.serving))
        unclear = deaf or any(rdb.hung for rdb in truth.serving)
        if self._unclear and not unclear:
            # Only now can it be known what it is: until then it counted as room (rules 1 and 5).
            self._short_since = now
        self._unclear = unclear
        coming = truth.may_come(BOOT)
        if self._coming - {rdb.instance_id for rdb in truth.serving}:
            # It counted as room until it was gone.
            self._short_since = now
        self._coming = coming
        since = self._short_since = self._short_since or now
        allowed = timedelta(seconds=self._site.lead) + WAIT + CADENCE
        if deaf:
            allowed = max(allowed, FRESH + CADENCE)
        just_asked = now - self._asked_at < allowed
        # What was hidden until then may have looked like room.
        seen_since = max(since, self._site.account.hidden_at, self._site.wire.blind_at)
        if blind or now - seen_since < allowed or just_asked or truth.may_come(allowed):
            return
        self._site.tally.counts["waits_judged"] += 1
        standing = self._site.account.topic.standing
        if not any(self._names_it(now, truth, key) for key in self._true_at):
            told = ", ".join(" ".join(key) for key in standing) or "nothing"
            self._referee.broken("silent_waits", f"no room since {since:%H:%M:%S} in {truth}; told: {told}")
            self._short_since = now

    def _names_it(self, now: datetime, truth: Now, key: str) -> bool:
        """Tell if an alert is about a cause that is there, or was until just now."""
        case, _, about = key.partition(" ")
        if unheard := OF_WORDS.get(case):
            rdbs = truth.serving if about in VOICES else [truth.rdb(about)]
            return any(rdb and unheard(rdb) for rdb in rdbs)
        return case in OF_A_WAIT and now - self._true_at[key] <= CADENCE

    def _judge_alerts(self, now: datetime, truth: Now, blind: bool) -> None:
        site, name = self._site, self._site.cluster.name
        keys = {key for cluster, key in site.account.topic.standing if cluster == name}
        self._true_at = {key: at for key, at in self._true_at.items() if key in keys}
        self._forgotten &= keys
        if site.kept_ledger is not None:
            # What was told before is in the ledger that cannot be read, which is told itself: it ends later.
            blind = True
        if blind:
            # The ledger may have lost that it was told.
            self._forgotten |= keys - self._true_at.keys()
        for key in sorted(keys):
            case, _, about = key.partition(" ")
            fell = case == "wall" and self._referee.was_down(about, CADENCE)
            if blind or fell or CAUSES[case](truth, about):
                self._true_at[key] = now
            elif now - self._true_at.setdefault(key, now) >= OUTLIVES.get(case, OUTLIVED):
                self._true_at[key] = now
                if key not in self._forgotten:
                    over = OUTLIVES.get(case, OUTLIVED)
                    self._referee.broken("stale_alerts", f"{key} stands {over} after its cause ended")
