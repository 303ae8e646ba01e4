"""The days of a sizing, in processes side by side."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from highwater.size.choice import Choice, Market, day_of
from highwater.size.rows import Found, Row, found_of
from highwater.terminal import Failed
from highwater.whatif.estimate import question_of
from highwater.whatif.simulation import Simulation

LOST = "A process ended before its days were done, as where memory runs out: give fewer --workers."
Task = tuple[int, int]


def run_days(
    choices: Sequence[Choice],
    market: Market,
    workers: int,
    price_factor: float,
    done: Callable[[float], object],
) -> list[Row]:
    """Run every day of each choice; return the rows in the order of the choices.

    `done` is called with the share that is done. With one worker all runs in this process. Raises Failed if
    one of several ends before its time.
    """
    tasks = [(choice, day) for choice in range(len(choices)) for day in range(len(market.days))]
    found: dict[int, dict[int, Found]] = defaultdict(dict)
    if workers == 1 or len(tasks) == 1:
        for number, (choice, day) in enumerate(tasks, 1):
            found[choice][day] = _simulated(choices[choice], market, day)
            done(number / len(tasks))
    else:
        # New processes, no copies of this one: it may have the thread that draws the progress.
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _know, (choices, market))
        try:
            with pool:
                due = {pool.submit(_known, task): task for task in tasks}
                for number, each in enumerate(as_completed(due), 1):
                    choice, day = due[each]
                    found[choice][day] = each.result()
                    done(number / len(tasks))
        except BrokenProcessPool as error:
            raise Failed(LOST) from error
    return [
        Row(choice, tuple(found[at][day] for day in range(len(market.days))), price_factor)
        for at, choice in enumerate(choices)
    ]


def _simulated(choice: Choice, market: Market, day: int) -> Found:
    feed = market.days[day]
    return found_of(feed.name, Simulation(question_of(day_of(choice, market, feed))).run(), market.max_size)


# What a worker process was started with: it is sent once, and not with each task.
_given: tuple[Sequence[Choice], Market]


def _know(choices: Sequence[Choice], market: Market) -> None:
    global _given
    _given = choices, market


def _known(task: Task) -> Found:
    choices, market = _given
    return _simulated(choices[task[0]], market, task[1])
