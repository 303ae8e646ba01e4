"""Days that cannot be: found by arithmetic, before anything runs."""

from highwater.whatif.trading_day import TradingDay

MEANT = "Did you mean another --kib-per-update, --updates-per-day, --volume, --size or --max-size?"


def impossible(options: TradingDay, meant: str = MEANT) -> str | None:
    """Return why no cluster with these options can hold the day, with the numbers; None if one can.

    `meant` says what else may be given.
    """
    size, limit = options.cluster.size, options.max_size
    if size.used_kib(1) > size.total_kib * options.roll / 100:
        idle = 100 * size.idle_kib / size.total_kib
        return (
            f"--roll {options.roll:g}: an idle {options.size} host uses {idle:.1f} % already, and one update "
            f"{100 * size.kib_per_update / size.total_kib:.3g} % (--kib-per-update {size.kib_per_update:g})"
        )
    updates = options.feed.published((options.taken_until - options.begins).total_seconds())
    hosts = updates // size.holds(options.roll) + 1
    if hosts <= limit:
        return None
    return (
        f"{updates:,} updates of {size.kib_per_update:g} KiB are {_amount(updates * size.kib_per_update)}: "
        f"{hosts:,} {options.size} hosts filled to {options.roll:g} %, but --max-size is {limit}. {meant}"
    )


def _amount(kib: float) -> str:
    gib = kib / 1024**2
    return f"{gib:,.1f} GiB" if gib < 1024 else f"{gib / 1024:,.1f} TiB"
