"""A feed: how many updates the tickerplant has published by any time."""

from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise
from random import Random

from highwater.market.sessions import DAY_SECONDS, Session

# The paper's feed: seconds between batches of two updates, by hour from 07:00 to 16:00.
PAPER_INTERVALS = (1.05, 0.55, 0.20, 0.15, 0.15, 0.15, 0.15, 0.15, 0.30)
PAPER_FIRST_HOUR = 7
PAPER_BATCH = 2


class Feed:
    """Updates by minute, spread evenly within each; before and after them nothing comes."""

    def __init__(self, by_minute: Mapping[int, float]) -> None:
        minutes = (by_minute.get(minute, 0.0) for minute in range(max(by_minute, default=-1) + 1))
        self._until = list(accumulate(minutes, initial=0.0))

    @property
    def total(self) -> int:
        """The updates of all minutes."""
        return round(self._until[-1])

    @property
    def minutes(self) -> list[float]:
        """The updates of each minute."""
        return [after - before for before, after in pairwise(self._until)]

    @property
    def first_second(self) -> int:
        """The second in which the first minute with updates begins; 0 where nothing ever comes."""
        return 60 * next((minute for minute, updates in enumerate(self.minutes) if updates), 0)

    def published(self, seconds: float) -> int:
        """Return the updates from the start of the feed to so many seconds after it."""
        minute, rest = divmod(max(seconds, 0.0), 60)
        first = int(minute)
        if first + 1 >= len(self._until):
            return self.total
        within = (self._until[first + 1] - self._until[first]) * rest / 60
        return int(self._until[first] + within + 1e-6)

    def scaled(self, total: int) -> "Feed":
        """Return a feed of the same shape with another total."""
        factor = total / self._until[-1] if self._until[-1] else 0.0
        return Feed({minute: updates * factor for minute, updates in enumerate(self.minutes)})

    def during(self, sessions: Iterable[Session], begins: int) -> "Feed":
        """Return what comes within the sessions, from when the day begins: see `beginning_of`.

        The minutes of this feed are those of the clock, from midnight.
        """
        minutes, a_day = self.minutes, DAY_SECONDS // 60
        traded = (minute for begin, end in sessions for minute in range(begin // 60, end // 60))
        return Feed(
            {
                minute - begins // 60: minutes[minute % a_day]
                for minute in traded
                if minute % a_day < len(minutes)
            }
        )


def paper() -> Feed:
    """Return the paper's day, from midnight."""
    return Feed(
        {
            (PAPER_FIRST_HOUR + hour) * 60 + minute: PAPER_BATCH * 60 / interval
            for hour, interval in enumerate(PAPER_INTERVALS)
            for minute in range(60)
        }
    )


def random_session(random: Random, seconds: float, total: float) -> Feed:
    """Return a session of calm stretches and bursts with about `total` updates, from its start."""
    level, levels = 1.0, []
    for _ in range(max(1, int(seconds / 60))):
        level = min(4.0, max(0.1, level * random.uniform(0.8, 1.25)))
        levels.append(level * (6.0 if random.random() < 0.02 else 1.0))
    share = total / sum(levels)
    return Feed({minute: level * share for minute, level in enumerate(levels)})
