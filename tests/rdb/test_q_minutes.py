"""The script of docs/q.md that counts a day, in the evaluator: it writes what `highwater size` reads."""

import re
from pathlib import Path

from highwater.whatif.feed_file import read_feed
from tests.rdb.q.files import Disk, Log
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q.values import Mixed, symbol
from tests.rdb.q_source import Q

PAGE = (Q.parents[1] / "docs" / "q.md").read_text()
LOG = "/logs/sym2026.11.23"
# A table, the columns of one row, and columns of two rows with timestamps.
UPDATES = (
    "([] time: 0D09:30:00.5 0D09:30:01; sym: `A`BC; price: 1.5 2.5)",
    "(0D09:30:59.9;`A;1.5)",
    "(2026.11.23D16:05:00 2026.11.23D16:06:00;`A`B;1 2)",
)


def counted(*updates: str) -> Process:
    """Let the page's script read a log with these updates."""
    (script,) = re.findall(r"```q\n(/ minutes\.q: .*?)```", PAGE, re.S)
    network, disk = Network(Q), Disk()
    network.scripts["minutes.q"] = script
    writer = network.process(Disk(), {}, ("localhost", 1))
    disk.make_folder("/logs")
    records = [Mixed((symbol("upd"), symbol("trade"), writer.evaluate(text))) for text in updates]
    disk.write(LOG, Log([*records]))
    return network.process(disk, {}, ("localhost", 2), script="minutes.q", arguments=[LOG])


def test_each_minute_with_updates_is_a_line_that_the_sizing_reads(tmp_path: Path) -> None:
    done = counted(*UPDATES)
    assert (done.said, done.errors, done.status) == ([], [], 0)
    assert done.shown == ["minute,updates,bytes", "09:30,2,128", "16:05,1,68"]
    file = tmp_path / "day.csv"
    file.write_text("\n".join(done.shown) + "\n")
    found = read_feed(file)
    assert (found.feed.total, found.kib_per_update) == (3, 196 / 3 / 1024)


def test_a_message_has_the_bytes_that_the_format_gives_it() -> None:
    """By KX's description of the format; `-22!` counts the header of eight bytes too."""
    q = counted()
    seen = [q.evaluate(f"-22!{text}") for text in ("1", '"abc"', "`a`b", "([] a: 1 2)", "`a`b!(1;`c)")]
    assert [getattr(one, "value", None) for one in seen] == [17, 17, 18, 47, 37]
