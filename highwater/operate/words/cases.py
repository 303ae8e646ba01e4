"""Alerts: where each belongs on the page of `why`, and what to do about it, the most urgent first."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.ledger import LaunchCode

Place = Literal["live", "launches", "rdb", "cluster"]
HOST = "`aws ssm start-session --target {id}`"
HOST_Q = f"look at q on {{ids}}: {HOST}, there `journalctl -u highwater-rdb -n 20`"
HOST_CHECK = f"run `highwater-rdb check` on {{ids}}: {HOST}"
RAISE = "launch a host at once, without waiting for Highwater: `highwater raise {cluster}`"


class Case(NamedTuple):
    """Where an alert is shown, and what to do. `{ids}` are those whom it is about, `{id}` the first.

    `raise_helps` is whether a host that an operator asks for ends it.
    """

    place: Place
    todo: str
    raise_helps: bool = False


CASES: dict[AlertCase, Case] = {
    "renamed": Case("cluster", "set the tags of {group} back soon, nobody raises it meanwhile: {tagging}"),
    "raise": Case(
        "launches",
        "allow the role of the function Reconcile to do it; until then raise by hand: `aws autoscaling "
        "set-desired-capacity --auto-scaling-group-name {group} --desired-capacity {more}`",
    ),
    "launch": Case("launches", "{launch}"),
    "max-size": Case(
        "launches", "raise MaxSize: `make cluster CLUSTER={cluster} ARGS='--upgrade --max-size {larger}'`"
    ),
    "never-ready": Case(
        "rdb",
        f"find out why {{ids}} never got ready: {HOST}, there `systemctl status highwater-rdb "
        "highwater-reporter`",
    ),
    "unknown": Case("rdb", HOST_Q),
    "no-live": Case("live", "look at q on the cluster's hosts, and at the tickerplant", raise_helps=True),
    "gap": Case("cluster", "see which updates with `highwater windows {cluster}`, and do as above"),
    "overlap": Case("cluster", "see which updates with `highwater windows {cluster}`, and do as above"),
    "tickerplants": Case(
        "cluster", "stop the reporter of the one that is none: there `sudo systemctl stop highwater-reporter`"
    ),
    # The cause stands beside it, or is an alert of its own.
    "short": Case("launches", "", raise_helps=True),
    "dying": Case("cluster", "find in CloudTrail and in the activities of {group} what ends its hosts"),
    "lowered": Case("launches", "find in CloudTrail who called SetDesiredCapacity on {group}, and stop that"),
    "unreadable": Case(
        "cluster", "run the version of Highwater that wrote the ledger, or restore it from a backup"
    ),
    "configuration": Case("cluster", "correct the tag that is named above on {group}"),
    "ambiguous": Case("cluster", "remove the cluster's tags from the groups that are not its own"),
    "misnamed": Case("cluster", "set both tags of {ids} as above, or remove both"),
    "unread": Case(
        "cluster",
        "look at the role of the function Reconcile, at service control policies and at AWS's health",
    ),
    "terminating": Case("rdb", "let {ids} write down and drain until the time above"),
    "stopped": Case("rdb", "replay what {ids} held from the log, if it held any, then terminate it in EC2"),
    "dead": Case("rdb", "replay what {ids} held from the log"),
    "retained": Case("rdb", "let {ids} write down and drain: it is released then"),
    "silent": Case("rdb", f"look at {{ids}}, at q, the reporter and the network: {HOST}"),
    "clock": Case("rdb", f"set the clock of {{ids}}: {HOST}, there `sudo chronyc makestep`"),
    "contradiction": Case("rdb", f"look at {{ids}}, and at who may publish to the topic: {HOST}"),
    "one-voice": Case("rdb", HOST_CHECK),
    "idle-above-scale": Case("launches", "raise the scale threshold of {group}, or start q with less memory"),
    "undone": Case("launches", "ask Highwater for hosts, not the group: `highwater raise {cluster}`"),
    "strangers": Case("cluster", "find in CloudTrail which host publishes reports of instances that are not"),
    "wall": Case(
        "cluster",
        "nothing: it is put up again at once; if it comes back, find in CloudTrail who takes it down",
    ),
    "ledger": Case("cluster", "let drained RDBs go, and lower MaxSize"),
    "hold": Case("rdb", "lift the hold, or set an end: `highwater lift {cluster}`, `highwater hold --help`"),
    "calendar": Case(
        "cluster", "put the next calendar: `highwater calendar put {cluster} --exchange CODE`; see above"
    ),
}
LAUNCH_TODO: dict[LaunchCode, str] = {
    "capacity": "AWS has no such hosts now: choose another instance type, or more zones",
    "quota": "ask AWS for a larger quota of vCPUs (L-1216C47A)",
    "template": "correct the launch template of {group}, as AWS says above",
    "failed": "mend what AWS says above",
    "suspended": (
        "let AWS launch again: `aws autoscaling resume-processes --auto-scaling-group-name {group} "
        "--scaling-processes Launch`"
    ),
    "overdue": "look at the activities of {group}: `aws autoscaling describe-scaling-activities "
    "--auto-scaling-group-name {group} --max-items 5`",
}
# While one of these stands, a host that an operator asks for does not come either.
NONE_COMES: frozenset[AlertCase] = frozenset({"raise", "launch", "max-size", "renamed"})
# Each of these says why nobody is live, and what to look at.
CAUSES: frozenset[AlertCase] = NONE_COMES | {"never-ready", "unknown"}
RANK = {case: rank for rank, case in enumerate(CASES)}
PLAIN = Case("cluster", "see docs/safety.md, Alerts")


def case_of(alert: Mapping[str, Any]) -> Case:
    """Return the case of an alert; one of a newer version has no advice of ours."""
    return _case(_word(alert))


def urgent_first(alerts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return alerts in the order in which to see to them."""
    return sorted(alerts, key=lambda alert: (RANK.get(_word(alert), len(RANK)), alert["key"]))  # type: ignore[call-overload]


def bars(alert: Mapping[str, Any]) -> bool:
    """Return whether no host comes while it stands, not even one that an operator asks for."""
    return _word(alert) in NONE_COMES


def about(alert: Mapping[str, Any]) -> str:
    """Return whom an alert is about: an instance, a wall, a group; empty if nobody."""
    return str(alert["key"]).partition(" ")[2]


def advice(
    alerts: Iterable[Mapping[str, Any]], names: Mapping[str, str], *, awaited: bool = False
) -> list[str]:
    """Return what to do, the most urgent first; alerts of one case are one thing to do.

    `names` are the cluster, its group and what else commands need. Where a launch is `awaited` no other is
    advised.
    """
    together: dict[str, list[str]] = {}
    for alert in urgent_first(alerts):
        together.setdefault(_word(alert), []).append(about(alert))
    told = together.keys()
    todo = [
        _todo(word, [one for one in whom if one], names)
        for word, whom in together.items()
        if not (word == "no-live" and CAUSES & told)
    ]
    if any(_case(word).raise_helps for word in told) and not (awaited or NONE_COMES & told):
        raising = RAISE.format(**names)
        todo = [*todo, f"then {raising}"] if "never-ready" in told else [raising, *todo]
    return [text for text in todo if text]


def advice_of(
    alert: Mapping[str, Any], names: Mapping[str, str], beside: Iterable[Mapping[str, Any]] = ()
) -> str:
    """Return what to do about one alert; of others that stand beside it one may be its cause."""
    standing = {_word(other) for other in beside}
    causes = [case for case in CASES if case in CAUSES & standing]
    if _word(alert) == "no-live" and causes:
        return f"as {' and '.join(causes)} {'says' if len(causes) == 1 else 'say'}"
    return _todo(_word(alert), [about(alert)] if about(alert) else [], names)


def _todo(word: str, ids: list[str], names: Mapping[str, str]) -> str:
    first = ids[0] if ids else "i-..."
    launch: str = LAUNCH_TODO.get(first, LAUNCH_TODO["failed"])  # type: ignore[call-overload]
    given = {"ids": ", ".join(ids) or "its host", "id": first, "launch": launch.format(**names), **names}
    return _case(word).todo.format(**given)


def _case(word: str) -> Case:
    found: Case = CASES.get(word, PLAIN)  # type: ignore[call-overload]
    return found


def _word(alert: Mapping[str, Any]) -> str:
    return str(alert["key"]).partition(" ")[0]
