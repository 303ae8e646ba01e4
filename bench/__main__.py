"""`python -m bench`: see `--help`."""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench.report import Row, machine, table
from highwater.values import output

PARTS = ("cold", "calls", "core", "heartbeats", "sweep", "reporter", "sizing")

HELP = """Measures what Highwater costs, on this machine, without AWS.

  cold   from a fresh process to the first answer of each function, as at a cold start
  calls  AWS calls of each kind of decision, by service and operation, beside a script that describes
         and sets DesiredCapacity; and the time of both
  core   decisions a second without any call, at 1 to 400 RDBs, and by demand and without it; bytes of
         ledgers and decisions, and the largest cluster that DynamoDB's 400 KB an item allow
  heartbeats  a day in which nothing happens, at 6, 60 and 400 RDBs: metrics asked, bytes written, log
  sweep  one sweep over 1, 100 and 1,000 quiet clusters of 20 RDBs: calls, time, memory; and where each call
         takes half a second, over 1,000 and 2,000
  reporter  what runs beside an RDB: the time from a change in q to the publish, and memory and CPU over
         ten minutes

  sizing  `highwater size`: the time of a day, and of 45 choices on twenty days; its cost beside that of
         `python -m twin day`; with --curves DIR for the days of DIR's CSV files too, which takes hours

Each figure stands beside a reference that was measured in the same run, where there is one: only their ratio
can be compared with another machine's. Counts are exact and the same everywhere.

  python -m bench                              everything, twenty minutes
  python -m bench --only calls                 one part
  python -m bench --json out/bench.json        the same figures for a program to read
"""


def main(argv: list[str] | None = None) -> int:
    """Measure and print. Return 0; bad arguments exit with 2."""
    line = argparse.ArgumentParser(
        prog="python -m bench", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    line.add_argument("--only", choices=PARTS, help="measure this part alone")
    line.add_argument("--curves", type=Path, metavar="DIR", help="days for the part sizing, as CSV files")
    line.add_argument("--json", type=output, metavar="FILE", help="write every figure here")
    args = line.parse_args(argv)
    measured: dict[str, list[Row]] = {}
    with Console(stderr=True).status("") as status:
        for part in [args.only] if args.only else PARTS:
            # Imported only now: the other parts would take memory and time.
            more = {"curves": args.curves} if part == "sizing" else {}
            measured[part] = import_module(f"bench.{part}").measure(status.update, **more)
    here, console = machine(), Console()
    if args.json:
        rows = [
            {"part": part, **row._asdict(), "ratio": row.ratio}
            for part, found in measured.items()
            for row in found
        ]
        args.json.write_text(json.dumps({**here, "rows": rows}, indent=2) + "\n")
    for part, found in measured.items():
        console.print(table(part, found))
    console.print("\n".join(f"{name}: {value}" for name, value in here.items()), highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
