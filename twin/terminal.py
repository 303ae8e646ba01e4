"""The progress of what takes long, for a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress(words: Callable[[float], str]) -> Iterator[Callable[[float], None]]:
    """Show a bar, with the words for a share from 0 to 1; yield what takes the share that is done."""
    columns = (TextColumn("[bold]{task.description}"), BarColumn(None), TimeElapsedColumn())
    # perf_counter is the one clock that virtual time leaves alone.
    with Progress(*columns, console=Console(stderr=True), get_time=time.perf_counter) as bar:
        task = bar.add_task(words(0.0), total=1.0)
        yield lambda share: bar.update(task, completed=share, description=words(share))
