"""The causes of alerts by the truth, whatever anybody reports: is what an alert is about there now?"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import accumulate

from chalicelib.contract.report import SEQUENCE_AHEAD, State
from twin.fuzz.convergence import WALLS, Described
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.truth import Now, is_deaf

# `dying` is over when no host has died for so long.
NONE_DIED = timedelta(hours=1)


def _is_live(rdb: FaultyRdb) -> bool:
    """It takes the updates, and is heard."""
    return rdb.state is State.LIVE and not rdb.hung and rdb.terminated_at is None and not is_deaf(rdb)


def _may_be_ahead(rdb: FaultyRdb) -> bool:
    """Its clock is ahead by what some function refuses, or was at its last report.

    The clocks of functions are off too.
    """
    return max(rdb.skew, rdb.said_ahead) > SEQUENCE_AHEAD / 2


def _may_be_deaf(rdb: FaultyRdb) -> bool:
    return is_deaf(rdb) or _may_be_ahead(rdb)


def _of_one(holds: Callable[[FaultyRdb], object]) -> Callable[[Now, str], bool]:
    def stands(now: Now, about: str) -> bool:
        rdb = now.rdb(about)
        return rdb is not None and bool(holds(rdb))

    return stands


def _of_many(holds: Callable[[FaultyRdb], object]) -> Callable[[Now, str], bool]:
    """One of many, where many are told together."""

    def stands(now: Now, about: str) -> bool:
        return any(rdb and holds(rdb) for rdb in ([now.rdb(about)] if about else now.serving))

    return stands


def _always(_now: Now, _about: str) -> bool:
    return True


def _wall(now: Now, about: str) -> bool:
    where = {"AutoScalingGroupName": now.site.group_name}
    hooks = now.site.autoscaling.call("DescribeLifecycleHooks", where)
    return not WALLS[about](Described(now.group, hooks["LifecycleHooks"]))


def _tags_differ(now: Now, _about: str) -> bool:
    return {tag["Key"]: tag["Value"] for tag in now.group["Tags"]} != now.site.tags


def _named(now: Now) -> list[str]:
    """Return the groups that have the cluster's name."""
    shown = now.site.autoscaling.call("DescribeAutoScalingGroups", {})["AutoScalingGroups"]
    named = {"Key": "highwater:cluster", "Value": now.site.cluster.name}
    tagged = [group for group in shown if any(named.items() <= tag.items() for tag in group["Tags"])]
    return [group["AutoScalingGroupName"] for group in tagged]


def has_namesake(now: Now) -> bool:
    """Report whether another group has the cluster's name too."""
    return any(name != now.site.group_name for name in _named(now))


def _another_group(now: Now, _about: str) -> bool:
    return _named(now) != [now.site.group_name]


def _died_lately(now: Now, _about: str) -> bool:
    """Report whether a host ended within the hour, whoever ended it.

    Its age is not judged: after a ledger that could not be read, an old one is seen for the first time.
    """
    at, hosts = now.site.agenda.now(), now.site.plant.rdbs.values()
    return any(rdb.terminated_at and at - rdb.terminated_at < NONE_DIED for rdb in hosts)


def _launch_owed(now: Now, _about: str) -> bool:
    pending = any(state.startswith("Pending") for state in now.states.values())
    suspended = any(each["ProcessName"] == "Launch" for each in now.group["SuspendedProcesses"])
    return pending or suspended or now.group["DesiredCapacity"] > len(now.serving)


def _do_not_tile(holds: Callable[[int, int], bool]) -> Callable[[Now, str], bool]:
    """Judge where a window begins by where those before it have ended, also of those that drained.

    One that was stopped, and that the group still shows, may hold its window.
    """

    def stands(now: Now, _about: str) -> bool:
        there = [
            rdb
            for rdb in now.site.plant.rdbs.values()
            if rdb.terminated_at is None or rdb.instance_id in now.states
        ]
        windows = sorted(
            (rdb.first_index, rdb.last_index or 0) for rdb in there if rdb.first_index is not None
        )
        ends = accumulate((last for _, last in windows), max)
        return any(holds(end, begin) for end, (begin, _) in zip(ends, windows[1:], strict=False))

    return stands


def _unread(now: Now, _about: str) -> bool:
    """Report whether metrics are not read: of who has rolled nothing else is heard for an hour."""
    return bool(now.site.wire.refused or now.site.metrics.partial)


_is_deaf_or_gone = _of_many(lambda rdb: _may_be_deaf(rdb) or rdb.terminated_at)
_holes = _do_not_tile(lambda end, begin: begin > end)


def _lost_in_a_crash(now: Now, _about: str) -> bool:
    """Judge by what can be known: who crashed may have written all down before, and was not heard to.

    One that left in order and held later updates says so of all before it.
    """
    rdbs = [rdb for rdb in now.site.plant.rdbs.values() if rdb.terminated_at and rdb.first_index is not None]
    left = max((rdb.last_index or 0 for rdb in rdbs if not rdb.crashed), default=0)
    return any(rdb.crashed and (rdb.last_index or 0) > left for rdb in rdbs)


# By the first word of an alert's key: its cause is there now. `about` is the rest of the key.
CAUSES: Mapping[str, Callable[[Now, str], bool]] = {
    "wall": _wall,
    "max-size": lambda now, _: now.lacks_room or max(len(now.serving), now.floor) > now.group["MaxSize"],
    "configuration": _tags_differ,
    "ambiguous": _another_group,
    "idle-above-scale": lambda _now, _about: False,
    "launch": _launch_owed,
    "lowered": lambda now, _: now.lacks_room,
    "raise": lambda now, _: "SetDesiredCapacity" in now.site.wire.refused or now.lacks_room,
    "unknown": _of_one(lambda rdb: rdb.hung or _may_be_deaf(rdb)),
    "never-ready": _of_many(lambda rdb: rdb.state is State.BOOTING or rdb.hung or _may_be_deaf(rdb)),
    "silent": lambda now, about: _is_deaf_or_gone(now, about) or _unread(now, about),
    "clock": _of_one(_may_be_ahead),
    "stopped": _of_one(lambda rdb: rdb.terminated_at),
    "terminating": lambda now, about: now.states.get(about, "").startswith("Terminating"),
    "retained": lambda now, about: now.states.get(about, "").startswith("Terminating"),
    "unreadable": lambda now, _: now.site.kept_ledger is not None,
    "dead": _of_one(lambda rdb: rdb.terminated_at),
    "renamed": lambda now, _: now.site.named != now.site.cluster.name,
    "short": lambda now, _: now.lacks_room,
    "no-live": lambda now, _: not any(map(_is_live, now.serving)),
    "gap": lambda now, about: _holes(now, about) or _lost_in_a_crash(now, about),
    "overlap": _do_not_tile(lambda end, begin: begin < end),
    "unread": _unread,
    "dying": _died_lately,
    "calendar": lambda now, _: bool(now.site.hours.marks),
    "misnamed": lambda now, about: about not in _named(now),
    # Words that disagree, words about nobody, and what people left standing: not judged here.
    **dict.fromkeys(
        ("one-voice", "contradiction", "tickerplants", "strangers", "ledger", "undone", "hold"), _always
    ),
}
