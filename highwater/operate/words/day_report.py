"""The report of a day in words: what was there, what it cost, and what nobody can know from decisions."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from highwater.operate.words.day import DayTold
from highwater.operate.words.lines import paragraph
from highwater.operate.words.plain import clock, counted, minutes, plain

MARGIN = 9


class Money(msgspec.Struct, frozen=True):
    """What a day cost in USD; None where a price was not given, or the day is not over.

    `hosts` are the RDB hosts, `whole` is with tickerplant, logs, disks, traffic and Highwater, `parts` its
    lines. `static_host` is one host for 24 hours, `static_whole` the same with what it needs, too,
    and `static_parts` its lines.
    """

    hosts: float | None
    whole: float | None
    parts: dict[str, float]
    static_host: float | None
    static_whole: float | None
    static_parts: dict[str, float]


class Report(msgspec.Struct, frozen=True):
    """All of a report. `host_gib` is the memory of one host, `static_gib` that of one for the whole day."""

    cluster: str
    told: DayTold
    roll_percent: float
    host_gib: float | None
    gib_hours: float | None
    static_gib: tuple[float, float] | None
    money: Money
    not_known: tuple[str, ...]


def report_lines(report: Report, columns: int) -> list[str]:
    """Return a report as lines."""
    told = report.told
    until = "the whole day" if told.over else f"up to {clock(told.ends, told.ends)}"
    lines = paragraph("", f"{report.cluster}, {told.begins:%A %-d %B %Y} by UTC, {until}", columns)
    lines.append("")
    for word, text in _facts(report):
        lines += paragraph(word.ljust(MARGIN), text, columns)
    lines += ["", "Not known"]
    for text in report.not_known:
        lines += paragraph("- ", text, columns)
    return lines


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    told, money = report.told, report.money
    yield (
        "hosts",
        f"{told.hosts_at_begin} at its begin, {told.most_hosts} at most, {told.hosts_at_end} at its end; "
        f"launches asked for {told.launches}, released {told.releases}",
    )
    yield (
        "hours",
        f"{told.host_hours:,.1f} of RDB hosts"
        + (
            f"; {report.gib_hours:,.0f} GiB-hours, at {report.host_gib:.1f} GiB a host"
            if report.gib_hours is not None
            else ""
        ),
    )
    if told.took:
        yield "rolled", f"{counted(len(told.rolled), 'RDB')} of {len(told.took)} that were live"
        yield "cushion", f"{cushion_text(told)}, the least from when a standby last booted to its going live"
    yield "no live", f"{minutes_text(told.minutes_without_live)} without a live RDB, as far as alerts tell"
    yield from _alerts(told)
    if money.hosts is not None:
        yield (
            "cost",
            f"{money.hosts:,.2f} USD for RDB hosts"
            + (f"; {money.whole:,.2f} USD with {', '.join(money.parts)}" if money.whole is not None else ""),
        )
    if report.static_gib is not None:
        least, most = report.static_gib
        static = f"one host that holds all of it needs {least:.1f} GiB, at most {most:.1f}"
        if money.static_host is not None:
            static += f": {money.static_host:,.2f} USD"
        if money.static_whole is not None:
            static += f"; {money.static_whole:,.2f} USD with what it needs, too"
        yield "static", static


def _alerts(told: DayTold) -> Iterator[tuple[str, str]]:
    if not told.alerts:
        yield "alerts", "none"
    for at, alert in enumerate(told.alerts):
        ended = "stands" if alert.until is None else f"to {clock(alert.until, told.begins)}"
        since = clock(alert.since, told.begins)
        yield "" if at else "alerts", f"{alert.key}, {since} {ended}: {plain(alert.text, told.begins)}"


def unknowns(told: DayTold, given: Mapping[str, bool], now: datetime) -> tuple[str, ...]:
    """Return what decisions cannot tell; `given` says which of the options were."""
    found = [
        "what AWS bills: hosts are those that counted at each recorded decision, which is seconds off at a "
        "launch or an end, and prices are list prices (`highwater cost --prices`)",
        "gaps without a live RDB of less than two minutes: no alert tells of them",
        "the cushion itself: decisions tell who boots and who is live, not when a standby got ready",
    ]
    if not told.took:
        found.insert(0, "which RDBs were live, and the one host for all of it: no decision names one")
    if told.known_from > told.begins:
        found.insert(0, f"what was before {clock(told.known_from, now)}: no decision is kept")
    if not told.over:
        found.append("the rest of the day, and its whole bill")
    for option, what in (
        ("memory", "the memory of a host by its type: that of what its RDBs report is taken, somewhat less"),
        ("instance_price", "what hosts cost: give --instance-price"),
        ("static_price", "what one static host costs: give --static-price, for one with so many GiB"),
        (
            "price_factor",
            "prices of your region: those of us-east-1 are taken, unless --price-factor is given",
        ),
        ("log_gb", "how much the tickerplant logged: 10 GB are assumed, give --log-gb"),
    ):
        if not given[option]:
            found.append(what)
    return tuple(found)


def cushion_text(told: DayTold) -> str:
    """Return the least cushion, as far as it is known."""
    return "not known" if told.cushion_at_most is None else f"at most {minutes(told.cushion_at_most)}"


def minutes_text(count: float) -> str:
    """Return so many minutes, or none."""
    return minutes(count) if count else "0 minutes"
