"""`highwater size`: how long it takes, and how far it is from the whole control plane on the same days."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.report import Row
from highwater.market.feed import Feed, paper
from highwater.whatif.estimate import estimate
from highwater.whatif.feed_file import read_feed
from twin.day.figures import Kept, groups_of
from twin.day.figures import measure as whole_day
from twin.day.options import Options
from twin.day.real_days import real_days

DAYS, WORKERS = 20, 2
# Nine types, which are tried without --type, at five roll thresholds.
CHOICES = ("--roll", "75,80,85,88,90")
KEPT = Path("out/sizing.part")


def measure(progress: Callable[[str], None], curves: Path | None = None) -> list[Row]:
    """Measure one day, then 45 choices on twenty days; then compare with whole days, also those of curves."""
    progress("sizing: one day")
    rows = [_day("the paper's day, six hosts", Options()), _day("ten hosts", _of_ten())]
    progress(f"sizing: 45 choices on {DAYS} days")
    rows.append(
        Row(f"45 choices on {DAYS} days, {WORKERS} processes", _many(), "s", 600, "reference: promised")
    )
    asked = {name: options for name, _, options in groups_of(0)["The paper's table"]}
    asked["by demand"] = Options()
    if curves:
        feeds = {path.name: read_feed(path).feed for path in sorted(curves.glob("*.csv"))}
        asked |= dict(real_days({"paper": paper(), **feeds}))
    return rows + _compared(asked, progress)


def _day(what: str, options: Options) -> Row:
    began = time.perf_counter()
    found = estimate(options)
    return Row(what, time.perf_counter() - began, "s", 1, f"{found['hosts']} hosts; reference: promised")


def _of_ten() -> Options:
    feed = paper()
    return Options(feed=feed.scaled(round(1.65 * feed.total)))


def _many() -> float:
    """Return the seconds of the command itself, on days of other volumes."""
    with tempfile.TemporaryDirectory() as folder:
        words = []
        for day in range(DAYS):
            file = Path(folder) / f"{day}.csv"
            _write(file, paper().scaled(250_000 + 10_000 * day))
            words += ["--feed", str(file)]
        command = [sys.executable, "-m", "highwater", "size", "--json", "--workers", str(WORKERS)]
        began = time.perf_counter()
        subprocess.run([*command, *CHOICES, *words], check=True, capture_output=True)  # noqa: S603 - our own command line
        return time.perf_counter() - began


def _write(file: Path, feed: Feed) -> None:
    lines = (f"{at // 60:02}:{at % 60:02},{round(count)}" for at, count in enumerate(feed.minutes))
    file.write_text("\n".join(["minute,updates", *lines]) + "\n")


def _compared(asked: Mapping[str, Options], progress: Callable[[str], None]) -> list[Row]:
    """Return the cost and the minutes without a live RDB of each day, by the model and by the whole of it.

    What was measured is kept until all is, so that a run that was cut off can be gone on with.
    """
    KEPT.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(WORKERS) as pool:
        days = {name: (name, "", options) for name, options in asked.items()}
        whole = Kept(KEPT).of(
            pool, whole_day, days, lambda share: progress(f"sizing: {share:.0%} of {len(days)} whole days")
        )
    rows = []
    for name, options in asked.items():
        guessed, day = estimate(options), whole[name]
        minutes = (f"{found['minutes_without_live']:g}" for found in (guessed, day))
        note = f"minutes without a live RDB: {' and '.join(minutes)}"
        rows.append(Row(name, guessed["cost_usd"], "USD", day["cost_usd"], note))
    KEPT.unlink(missing_ok=True)
    return rows
