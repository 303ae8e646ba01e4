"""The worlds of a seed, run by one process or by several. They come in their order: the run is the same."""

import gc
import logging
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import count, islice
from typing import NamedTuple

from twin.fuzz.plan import Fault
from twin.fuzz.tally import Tally
from twin.fuzz.world import World


class Ran(NamedTuple):
    """A world that was run: its seed, its faults, its counts."""

    seed: str
    plan: Sequence[Fault]
    tally: Tally


def worlds(seed: int, rule: str, processes: int) -> Generator[Ran]:
    """Run world after world, without end; those that run ahead are dropped when nobody asks any more."""
    seeds = (f"{seed}/{number}" for number in count())
    if processes == 1:
        for each in seeds:
            yield _run(each, rule)
    pool = ProcessPoolExecutor(processes, initializer=_hush)
    try:
        ahead = deque(pool.submit(_run, each, rule) for each in islice(seeds, 2 * processes))
        for each in seeds:
            yield ahead.popleft().result()
            ahead.append(pool.submit(_run, each, rule))
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the functions' logs out of the terminal: of one day they are thousands of lines."""
    known = gc.get_threshold()
    _hush()
    try:
        yield
    finally:
        gc.set_threshold(*known)
        logging.disable(logging.NOTSET)


def _hush() -> None:
    """Log nothing. Rubbish is collected seldom: a world makes little that is circular."""
    logging.disable()
    gc.set_threshold(100_000, 50, 100)


def _run(seed: str, rule: str) -> Ran:
    world = World(seed, rule)
    try:
        plan = world.run()
    except Exception as error:
        error.add_note(f"in world {seed} under rule {rule}")
        raise
    return Ran(seed, plan, world.account.tally)
