"""Names of RDBs in events: an id, a state, an age, or a number by order of launch."""

from collections.abc import Callable

from chalicelib.contract.report import State
from twin.drill.day import DrillDay
from twin.drill.host import DrillHost

STATES = {"live": State.LIVE, "standby": State.STANDBY, "rolled": State.ROLLED}


class NobodySelected(ValueError):
    """No RDB is what an event names."""


class Idle(ValueError):
    """An event befalls an RDB to which it does nothing."""


def selected(
    day: DrillDay, selector: str, preferred: Callable[[DrillHost], bool] = lambda rdb: rdb.serves
) -> DrillHost:
    """Return the RDB that a selector names at this moment. Raises NobodySelected.

    An RDB counts as what its q was last. Of several the first one launched is meant; of those in one state,
    one that is `preferred` comes before any other.
    """
    if selector.startswith("i-"):
        found = [rdb] if (rdb := day.host(selector)) else []
    elif selector.startswith("#"):
        found = day.hosts()[int(selector[1:]) - 1 :][:1]
    else:
        alive = [rdb for rdb in day.hosts() if rdb.terminated_at is None]
        match selector:
            case "newest":
                found = alive[-1:]
            case "oldest":
                found = alive[:1]
            case _:
                in_state = [rdb for rdb in alive if rdb.state is STATES[selector]]
                found = sorted(in_state, key=lambda rdb: not preferred(rdb))
    if not found:
        there = ", ".join(
            f"#{n} {rdb.instance_id} {rdb.state if rdb.terminated_at is None else 'terminated'}"
            for n, rdb in enumerate(day.hosts(), 1)
        )
        raise NobodySelected(f"{selector} is nobody here: there are {there}")
    return found[0]
