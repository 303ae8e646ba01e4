"""Real days by the simulator: demand beside the fixed rule, and beside somebody who knows the day."""

from collections.abc import Iterable, Mapping
from typing import Any

from highwater.market.feed import Feed
from highwater.market.sessions import DAY_SECONDS, Session
from twin.day.options import Options, fixed

PAPER_VOLUME = 319_948
# Times the paper's volume, and the MaxSize for that.
VOLUMES = ((1, 40), (5, 60), (12, 120))
LEADS = (60, 300, 600)
GRACE = 60
HEAD = (
    *("`python -m twin whatif` with", "hosts", "hours", "minutes without live", "in overdraft"),
    *("fixed 60: hours", "minutes without live", "foresight: hours"),
)

Day = tuple[str, Options]


def hours_of(feed: Feed) -> tuple[Session, ...]:
    """Return the session in which a feed comes, in whole hours and half ones; none if it has no pause."""
    traded = [minute for minute, updates in enumerate(feed.minutes) if updates]
    begin, end = traded[0] // 30 * 1800, -(-(traded[-1] + 1) // 30) * 1800
    return () if end - begin >= DAY_SECONDS else (Session(begin, end),)


def real_days(feeds: Mapping[str, Feed]) -> list[Day]:
    """Return each day at each volume and lead, by the words that ask for it: by demand, then fixed."""
    found = []
    for times, largest in VOLUMES:
        for lead in LEADS:
            for name, feed in feeds.items():
                sessions, total = hours_of(feed), times * PAPER_VOLUME
                words = [] if name == "paper" else [f"--feed {name}"]
                words += [f"--updates-per-day {total} --lead {lead} --max-size {largest}"]
                words += [f"--session {session} --grace {GRACE}" for session in sessions]
                common: dict[str, Any] = {
                    "feed": feed.scaled(total),
                    "feed_name": name,
                    "lead": lead,
                    "max_size": largest,
                    "sessions": sessions,
                    "grace": GRACE if sessions else 0,
                    "end_of_day": sessions[-1].end + 60 * GRACE if sessions else DAY_SECONDS,
                }
                found.append((" ".join(words), Options(**common)))
                found.append((" ".join([*words, "--rule fixed"]), fixed(**common)))
    return found


def table(results: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the table of real days; the row of a day by demand is followed by that of the fixed rule."""
    lines = ["## Real days", "", f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    rows = list(results)
    for (words, found), (_, by_fixed) in zip(rows[::2], rows[1::2], strict=True):
        cells = [f"`{words}`"]
        cells += [
            str(found[name])
            for name in ("hosts", "instance_hours", "minutes_without_live", "minutes_in_overdraft")
        ]
        cells += [str(by_fixed[name]) for name in ("instance_hours", "minutes_without_live")]
        lines.append(f"| {' | '.join([*cells, str(found['foresight_hours'])])} |")
    return "\n".join([*lines, ""])
