"""The sketch for TorQ's RDB in docs/q.md, with stubs of ours for what TorQ documents of it."""

from tests.rdb.q.cluster import PAGE, SCHEMA
from tests.rdb.q.files import Disk, Text
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q.show import shown
from tests.rdb.q_source import Q

SKETCH = next(block for block in PAGE.split("```q\n") if ".rdb.eodtabcount" in block).partition("```")[0]
# At the end of a day it counts what it has; the WDB's reload drops that much of what is not ignored.
STUBS = """
heartbeat:([] time:`timespan$(); n:`long$());
.rdb.ignorelist: enlist `heartbeat;
.rdb.eodtabcount: ()!();
.u.end:{[date] .rdb.eodtabcount: tables[`.]!count each value each tables `.;};
.rdb.drop:{[name] name set .rdb.eodtabcount[name] _ value name; .rdb.eodtabcount[name]: 0;};
reload:{[date] .rdb.drop each (tables `.) except .rdb.ignorelist;};
"""
STATE = ".highwater.status[]`state`rows"


def torq(disk: Disk | None = None) -> Process:
    if disk is None:
        disk = Disk()
        disk.make_folder("/var/lib/highwater")
        disk.files["/sys/devices/virtual/dmi/id/board_asset_tag"] = Text(("i-0a",))
    return Network(Q).process(disk, {}, ("localhost", 5001), SCHEMA + STUBS + SKETCH)


def typed(process: Process, *lines: str) -> list[str]:
    for line in lines[:-1]:
        process.evaluate(line)
    return shown(process.evaluate(lines[-1]))


INSERT = "`trade insert (.z.n;`A;1)"


def test_an_rdb_of_torq_that_was_live_over_the_end_of_a_day_drains_once_its_window_is_written() -> None:
    process = torq()
    assert process.errors == []
    assert typed(process, STATE) == ["`booting", "0"]
    assert typed(process, ".highwater.drain[]") == ["0b"]
    assert typed(process, ".highwater.standby[]", STATE) == ["`standby", "0"]
    assert typed(process, ".highwater.taken[0;1]", INSERT, "`heartbeat insert (.z.n;1)", STATE) == [
        "`live",
        "1",
    ]
    typed(process, ".u.end 2026.11.23", INSERT, INSERT, ".highwater.handOver[0;3]")
    assert typed(process, STATE) == ["`rolled", "3"]
    assert typed(process, ".highwater.drain[]") == ["1b"]
    # The first reload is for the day that ended, the next for the rest.
    assert typed(process, "reload 2026.11.23", STATE) == ["`rolled", "2"]
    assert typed(process, ".highwater.countRows[]", "reload 2026.11.24", STATE) == ["`rolled", "0"]
    typed(process, ".highwater.persisted:{[] 3}")
    assert typed(process, STATE) == ["`rolled", "0"]
    assert typed(process, ".highwater.refused:{[] 1b}", STATE) == ["`drained", "0"]


def test_an_rdb_of_torq_whose_q_restarts_is_still_rolled_until_its_window_is_written() -> None:
    process = torq()
    typed(process, ".highwater.taken[0;1]", INSERT, ".highwater.handOver[0;1]", ".highwater.drain[]")
    again = torq(process.disk)
    assert typed(again, STATE) == ["`rolled", "0"]
    typed(again, ".highwater.refused:{[] 1b}")
    assert typed(again, STATE) == ["`rolled", "0"]
    assert typed(again, ".highwater.persisted:{[] 1}", STATE) == ["`drained", "0"]
