"""The rows of a sizing: each choice with what its days cost, and what they risk."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from highwater.size.choice import Choice
from highwater.whatif.simulation import Answer


class Found(NamedTuple):
    """What one day came to. The least cushion is none where no RDB rolled."""

    day: str
    hours: float
    minutes_without_live: float
    minutes_in_overdraft: float
    least_cushion: float | None
    hosts: int
    full: bool
    unheld: int


def found_of(day: str, answer: Answer, max_size: int) -> Found:
    """Return the figures of a day by the name of its feed."""
    return Found(
        day,
        answer.hours,
        answer.minutes_without_live,
        answer.minutes_in_overdraft,
        answer.least_cushion,
        answer.most_hosts,
        answer.most_desired >= max_size,
        answer.unheld,
    )


@dataclass(frozen=True)
class Row:
    """A choice and its days. Costs are those of RDB hosts, in USD a day, times `price_factor`."""

    choice: Choice
    days: tuple[Found, ...]
    price_factor: float = 1.0

    @property
    def usd(self) -> float:
        """The cost of an average day."""
        return sum(map(self.usd_of, self.days)) / len(self.days)

    @property
    def dearest(self) -> Found:
        """The day that costs most."""
        return max(self.days, key=lambda day: day.hours)

    @property
    def minutes_without_live(self) -> float:
        """The minutes of all days together."""
        return round(sum(day.minutes_without_live for day in self.days), 2)

    @property
    def worst(self) -> Found:
        """The day with most minutes without a live RDB, or else with the least cushion."""
        return max(self.days, key=lambda day: (day.minutes_without_live, -_cushion(day)))

    @property
    def minutes_in_overdraft(self) -> float:
        """The minutes of all days together."""
        return round(sum(day.minutes_in_overdraft for day in self.days), 2)

    @property
    def least_cushion(self) -> float | None:
        """In minutes; none if no RDB rolled on any day."""
        return min((day.least_cushion for day in self.days if day.least_cushion is not None), default=None)

    @property
    def hosts(self) -> int:
        """The most hosts at once on any day."""
        return max(day.hosts for day in self.days)

    @property
    def full(self) -> tuple[str, ...]:
        """The days on which DesiredCapacity reached MaxSize."""
        return tuple(day.day for day in self.days if day.full)

    @property
    def unheld(self) -> int:
        """Updates that no RDB held when the day ended."""
        return sum(day.unheld for day in self.days)

    @property
    def gib_hours(self) -> float:
        """The memory that is provisioned on an average day, as AWS lists it."""
        return sum(day.hours for day in self.days) / len(self.days) * self.choice.host.gib

    @property
    def most_gib_hours(self) -> float:
        """The memory that is provisioned on the day that costs most."""
        return self.dearest.hours * self.choice.host.gib

    def usd_of(self, day: Found) -> float:
        """Return the cost of one day."""
        return day.hours * self.choice.host.size.usd_per_hour * self.price_factor

    def as_json(self, name: str) -> dict[str, Any]:
        """Return the row as plain data by a short name, each day included."""
        choice, cushion = self.choice, self.least_cushion
        return {
            "choice": str(choice),
            "name": name,
            "type": choice.host.name,
            "gib": choice.host.gib,
            "usd_per_hour": choice.host.size.usd_per_hour,
            "rule": choice.rule,
            "scale": choice.scale,
            "roll": choice.roll,
            "hard": choice.hard,
            "lead_seconds": choice.lead,
            "calendar": choice.calendar,
            "usd_average": round(self.usd, 4),
            "usd_worst": round(self.usd_of(self.dearest), 4),
            "minutes_without_live": self.minutes_without_live,
            "minutes_in_overdraft": self.minutes_in_overdraft,
            "least_cushion": None if cushion is None else round(cushion, 1),
            "hosts": self.hosts,
            "gib_hours_average": round(self.gib_hours, 1),
            "gib_hours_worst": round(self.most_gib_hours, 1),
            "max_size_reached": list(self.full),
            "updates_unheld": self.unheld,
            "days": [
                {
                    "day": day.day,
                    "usd": round(self.usd_of(day), 4),
                    "instance_hours": round(day.hours, 3),
                    "minutes_without_live": day.minutes_without_live,
                    "minutes_in_overdraft": day.minutes_in_overdraft,
                    "least_cushion": None if day.least_cushion is None else round(day.least_cushion, 1),
                    "hosts": day.hosts,
                }
                for day in self.days
            ],
        }


def _cushion(day: Found) -> float:
    return float("inf") if day.least_cushion is None else day.least_cushion
