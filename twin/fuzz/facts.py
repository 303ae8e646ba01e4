"""Faults of the facts about a cluster: its tags, its group, its ledger, its metrics, and false words."""

from datetime import timedelta
from random import Random

from chalicelib.contract.report import State
from chalicelib.core.facts.wake_ups import Asking, Command, LiftHold, SetFloor
from twin.fuzz.cast import Cast
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.site import LONG_AGO, Site

MINUTE = 60.0
# The settings that keep a group from being deleted.
KEEPS = frozenset({"DeletionProtection", "InstanceLifecyclePolicy"})
BAD_TAGS = (
    ("highwater:lead-seconds", "60s"),
    ("highwater:scale-threshold", "high"),
    ("highwater:scale-threshold", "95"),
    ("highwater:roll-threshold", ""),
    ("highwater:retiring", "perhaps"),
)
BROKEN_LEDGERS = (
    "{",
    "[]",
    '{"cluster":"trades","rdbs":7}',
    '{"cluster":"trades","schema":999,"rdbs":{}}',
)


def _minutes(random: Random) -> float:
    """Return seconds until somebody mends it: mostly some minutes, at times half an hour."""
    return MINUTE * (random.uniform(1, 4) if random.random() < 0.7 else random.uniform(4, 30))


def bad_tag(cast: Cast, random: Random) -> bool:
    """Give a setting a value that makes no sense."""
    site, (key, value) = cast.site, random.choice(BAD_TAGS)
    site.tag(key, value)
    site.note(f"  {key}={value!r}")
    cast.repairs.after(_minutes(random), lambda: site.tag(key, site.tags.get(key)))
    return True


def renamed_tag(cast: Cast, random: Random) -> bool:
    """Give the group another cluster's name: a new one, no name, or the second cluster's."""
    site, name = cast.site, cast.site.cluster.name
    value = random.choice(("elsewhere", "", "not a name!", cast.other.cluster.name))
    site.renames(value)
    site.note(f"  cluster={value!r}")
    cast.repairs.after(_minutes(random), lambda: site.renames(name))
    return True


def second_group(cast: Cast, random: Random) -> bool:
    """Let another group have the cluster's tags, sometimes one that is being deleted."""
    site, name = cast.site, f"{cast.site.group_name}-copy"
    copied = {key: value for key, value in site.template(0, 4).items() if key not in KEEPS}
    if not site.act_on(name, "CreateAutoScalingGroup", **copied):
        return False
    if random.random() < 0.2:
        site.act_on(name, "DeleteAutoScalingGroup", ForceDelete=True)
        return True
    cast.repairs.after(_minutes(random), lambda: _delete(site, name))
    return True


def _delete(site: Site, name: str) -> None:
    """Take the tag from another group, then its walls, which the control plane may have built, and end it."""
    tag = {"Key": "highwater:cluster", "ResourceId": name, "ResourceType": "auto-scaling-group"}
    site.autoscaling.call("DeleteTags", {"Tags": [tag]})
    terminate = {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}}
    site.act_on(name, "UpdateAutoScalingGroup", DeletionProtection="none", InstanceLifecyclePolicy=terminate)
    site.act_on(name, "DeleteAutoScalingGroup", ForceDelete=True)


def unreadable_ledger(cast: Cast, random: Random) -> bool:
    """Replace the ledger's document by one that this version cannot read, until somebody puts it back."""
    site = cast.site
    item = site.table.ledger(site.cluster.name)
    if item is None or site.kept_ledger is not None:
        return False
    site.kept_ledger = item
    site.table.put({**item, "document": {"S": random.choice(BROKEN_LEDGERS)}})
    cast.repairs.after(_minutes(random), site.restores_ledger)
    return True


def metric_pages(cast: Cast, random: Random) -> bool:
    """Answer each Id of GetMetricData on two pages for some minutes, or the newest points not at all."""
    metrics = cast.site.metrics
    metrics.partial = random.choice(("pages", "pages", "unfinished"))
    cast.repairs.after(_minutes(random), metrics.whole)
    return True


def strangers(cast: Cast, random: Random) -> bool:
    """Publish reports about instances that nobody ever launched."""
    if not (rdbs := cast.site.running()):
        return False
    rdb, now = random.choice(rdbs), cast.site.agenda.now()
    for _ in range(random.choice((1, 3, 10, 30))):
        instance_id = f"i-{random.getrandbits(32) | 0xF0000000:08x}"
        state = random.choice((State.LIVE, State.STANDBY, State.BOOTING, State.DRAINED))
        forged = rdb.forged(now, instance_id=instance_id, state=state, rows=0)
        cast.crowd.publish(forged, genuine=False)
    return True


def forged_elsewhere(cast: Cast, random: Random) -> bool:
    """Publish a report about the second cluster's RDB by the topic of the first one."""
    if not (rdbs := cast.other.running()):
        return False
    rdb = random.choice(rdbs)
    state = random.choice((State.DRAINED, State.ROLLED, State.STANDBY, State.BOOTING))
    sequence = rdb.sequence + random.choice((1, 60_000))
    forged = rdb.forged(cast.site.agenda.now(), state=state, rows=0, sequence=sequence)
    cast.crowd.publish(forged, genuine=False)
    return True


def old_command(cast: Cast, random: Random) -> bool:
    """Deliver a command of long ago, put back from the dead-letter queue."""
    site = cast.site
    age = timedelta(minutes=random.uniform(16, 3 * 24 * 60))
    command_id = f"old-{random.getrandbits(32):08x}"
    floor = site.group()["DesiredCapacity"] + random.randint(1, 2)
    asking = Asking(command_id, LONG_AGO, site.agenda.now() - age)
    commands: tuple[Command, ...] = (
        SetFloor(*asking, min(site.max_size, floor)),
        LiftHold(*asking, None),
    )
    cast.operators.delivers(random.choice(commands), asking.at)
    return True


def raised_between(cast: Cast, random: Random) -> bool:
    """Have somebody raise DesiredCapacity between our next look and our write."""
    more = random.randint(1, 2)
    cast.site.wire.before_raise = lambda target: cast.operators.raises_to(target + more)
    return False


def q_dies(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Let q die or hang under a reporter that lives: it says unknown, and its metric goes on."""
    rdb.gone = random.random() < 0.5
    cast.crowd.hangs(rdb)
    cast.repairs.after(random.choice((5, 20, 60)) * MINUTE, lambda: cast.crowd.recovers(rdb))


def host_stops(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Let EC2 stop a host, with what its memory held; somebody ends it later."""
    cast.crowd.crashes(rdb, "stopped")
    states = cast.site.hosts.states
    ends = random.uniform(5, 60) * MINUTE
    cast.repairs.after(ends, lambda: states.update({rdb.instance_id: "terminated"}))
