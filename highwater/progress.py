"""The progress of what takes long: a bar on a terminal, a line now and then in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

LINE_EVERY = 10.0  # seconds


@contextmanager
def progress(words: Callable[[float], str]) -> Iterator[Callable[[float], None]]:
    """Show on stderr how far it is, with the words for a share from 0 to 1; yield what takes that share."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console, words)
        return
    columns = (TextColumn("[bold]{task.description}"), BarColumn(None), TimeElapsedColumn())
    # perf_counter is the one clock that virtual time leaves alone.
    with Progress(*columns, console=console, get_time=time.perf_counter) as bar:
        task = bar.add_task(words(0.0), total=1.0)
        yield lambda share: bar.update(task, completed=share, description=words(share))


def _lines(console: Console, words: Callable[[float], str]) -> Callable[[float], None]:
    began = last = time.perf_counter()

    def told(share: float) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last >= LINE_EVERY:
            last = now
            console.print(f"{words(share)}, {now - began:.0f} s", highlight=False, markup=False)

    return told
