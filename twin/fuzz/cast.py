"""The cast of a world: everything that a fault can reach, and the repairs that faults bring with them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from twin.agenda import Agenda
from twin.fuzz.crowd import Crowd
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.functions import Functions
from twin.fuzz.operators import Operators
from twin.fuzz.site import Site


class Repairs:
    """The repairs to come, each made once: at its time, or when the faults stop."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._open: list[Callable[[], object]] = []

    def after(self, seconds: float, repair: Callable[[], object]) -> None:
        """Plan a repair."""
        self._open.append(repair)
        self._agenda.after(seconds, lambda: self._make(repair))

    def make_all(self) -> None:
        """Make all repairs now."""
        while self._open:
            self._open.pop(0)()

    def _make(self, repair: Callable[[], object]) -> None:
        if repair in self._open:
            self._open.remove(repair)
            repair()


@dataclass(frozen=True)
class Cast:
    """Everything that a fault can reach. `other` is the second cluster, which its faults must not reach."""

    site: Site
    other: Site
    functions: Functions
    crowd: Crowd
    operators: Operators
    repairs: Repairs


Inject = Callable[[Cast, Random], bool]
"""Does it; True if the fault has happened, False if nothing came of it or it waits for its moment."""


def to_one(
    befalls: Callable[[Cast, Random, FaultyRdb], object],
    among: Callable[[FaultyRdb], object] = lambda _rdb: True,
) -> Inject:
    """Return the fault that befalls one RDB among those that run."""

    def inject(cast: Cast, random: Random) -> bool:
        if not (rdbs := [rdb for rdb in cast.site.running() if among(rdb)]):
            return False
        rdb = random.choice(rdbs)
        cast.site.note(f"  to {rdb.instance_id} ({rdb.state}, {rdb.rows} rows)")
        befalls(cast, random, rdb)
        return True

    return inject
