"""Facts of a cluster as a day makes them: what its RDBs report, what the group shows, the ledger after it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.contract.names import (
    CLUSTER_TAG,
    LEAD_TAG,
    ROLE_TAG,
    ROLL_TAG,
    RULE_TAG,
    SCALE_TAG,
    Role,
    rdb_group,
)
from chalicelib.contract.release import RELEASE
from chalicelib.contract.report import Report, State
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.choice import choice_of, with_choice
from chalicelib.core.facts.folding import with_group, with_reports, with_samples
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.rdb import Reading, Samples
from chalicelib.core.facts.settings import Rule
from chalicelib.core.facts.situation import situation_of
from chalicelib.core.facts.wake_ups import Verdict
from chalicelib.core.release.walls import SUSPENDED

TAGS = {
    ROLE_TAG: Role.RDB,
    SCALE_TAG: "60",
    ROLL_TAG: "85",
    LEAD_TAG: "60",
}
RISE = 0.4  # percent a minute, of the live RDB
TOTAL = 4_075_520_000
ROWS = 31_994_800
USED = {State.LIVE: 1_680_640_123, State.ROLLED: 3_521_738_611}
IDLE = 204_509_593
VOUCHED = Verdict(True, "STS vouches for it")

States = Mapping[str, State]


def group_of(cluster: str, rdbs: int, rule: Rule = "demand") -> Group:
    """Return a group of so many RDBs in service, with ids as long as EC2's, behind all its walls."""
    member = Member("InService", healthy=True, protected=True)
    return Group(
        name=rdb_group(cluster),
        cluster=cluster,
        tags={**TAGS, CLUSTER_TAG: cluster, RULE_TAG: rule},
        min_size=1,
        max_size=2 * rdbs,
        desired=rdbs,
        members={f"i-0{n:016x}": member for n in range(rdbs)},
        suspended=SUSPENDED,
        protects_new=True,
        on_abandon="retain",
        deletion_protection="prevent-all-deletion",
    )


def percent(state: State) -> float:
    """Return the memory of an RDB in that state, with all the digits that a metric has."""
    return 100 * USED.get(state, IDLE) / TOTAL


def states(instance_ids: Iterable[str]) -> dict[str, State]:
    """Return the midst of a day: the first is live, the last stands by, the others have rolled."""
    of_all = dict.fromkeys(sorted(instance_ids), State.ROLLED)
    of_all[max(of_all)] = State.STANDBY
    of_all[min(of_all)] = State.LIVE
    return of_all


def reports_of(cluster: str, said: States, at: datetime) -> list[Report]:
    """Return the report of each, sent at `at`."""
    return [
        Report(
            version=1,
            cluster=cluster,
            instance_id=instance_id,
            sequence=int(at.timestamp() * 1000),
            state=state,
            memory_used=USED.get(state, IDLE),
            memory_total=TOTAL,
            rows=0 if state in (State.DRAINED, State.STANDBY) else ROWS,
            first_index=None if state is State.STANDBY else 1_000_000 + n * ROWS,
            last_index=None if state is State.STANDBY else 1_000_000 + (n + 1) * ROWS,
            sent_at=at,
        )
        for n, (instance_id, state) in enumerate(said.items())
    ]


def samples_of(said: States, at: datetime) -> dict[str, Samples]:
    """Return what CloudWatch holds of each, the newest reading at `at`."""
    return {instance_id: _samples(state, at) for instance_id, state in said.items()}


def _samples(state: State, at: datetime) -> Samples:
    rise = RISE if state is State.LIVE else 0.0
    trail = [Reading(percent(state) - ago * rise, at - timedelta(minutes=ago)) for ago in range(10, -1, -1)]
    highest = Reading(percent(state), at - timedelta(minutes=14))
    return Samples(newest=trail[-1], highest=highest, earlier=trail[0], trail=tuple(trail))


def reconciled(
    group: Group, said: States, now: datetime, commands: Mapping[str, datetime] | None = None
) -> tuple[Ledger, Decision]:
    """Return the ledger as committed, and its decision.

    Everybody reported a minute ago, the hook stands, and `commands` of operators were carried out.
    """
    at, first_seen = now - timedelta(minutes=1), now - timedelta(hours=20)
    ledger = Ledger(
        group.cluster,
        version=10_000,
        hook=HookSeen(True, now),
        commands=dict(commands or {}),
        release=RELEASE,
    )
    ledger, _ = with_group(ledger, group, now)
    ledger, _ = with_reports(ledger, ((r, at, VOUCHED) for r in reports_of(group.cluster, said, at)))
    ledger = with_samples(ledger, samples_of(said, now))
    lasting = {"first_seen": first_seen, "release": RELEASE, "q_release": RELEASE}
    ledger = replace(ledger, rdbs={i: replace(rdb, **lasting) for i, rdb in ledger.rdbs.items()})
    choice = choice_of(ledger, [group], now)
    made = decide(situation_of(with_choice(ledger, choice, now), choice, now))
    return replace(made.ledger, gist=made.decision.gist), made.decision
