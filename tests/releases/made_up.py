"""Made-up releases: this checkout with some lines changed.

`ACCEPTING` understands a new state, command and trigger, and says none of them. `SENDING`, the one after it,
says them, and adds a wall, a metric, and fields of the report and the ledger. `BREAKING` and `FORGETTING`
break one rule of docs/upgrading.md each.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from highwater.checkout import ROOT


class Edit(NamedTuple):
    """What is replaced in the files of a pattern, wherever it is found: at least once in all of them."""

    files: str
    old: str
    new: str


REPORT, CORE = "chalicelib/contract/report.py", "chalicelib/**/*.py"
WAKE_UPS, EVENTS = "chalicelib/core/facts/wake_ups.py", "chalicelib/triggers/events.py"

NEW_STATE = Edit(REPORT, '    BOOTING = "booting"\n', '    BOOTING = "booting"\n    WARMING = "warming"\n')
ACCEPTING = (
    NEW_STATE,
    Edit(CORE, r"case State\.BOOTING\b", "case State.BOOTING | State.WARMING"),
    Edit(WAKE_UPS, r"\| LiftHold \|", "| LiftHold | LiftAgain |"),
    Edit(
        WAKE_UPS,
        r"class SetCalendar\(",
        'class LiftAgain(LiftHold, frozen=True, tag="lift_again"):\n    """Made up."""\n\n\n'
        "class SetCalendar(",
    ),
    Edit(WAKE_UPS, r'"sweep", "operator"\]', '"sweep", "operator", "painter"]'),
    Edit("chalicelib/adapters/sqs.py", r'case "operator":', 'case "operator" | "painter":'),
)
SAYS_STATE = Edit(
    "rdb/reporter/sender.py",
    r"sent = self\._topic\.sign\(report\)",
    "report = _warm(report)\n        sent = self._topic.sign(report)",
)
WARM = Edit(
    "rdb/reporter/sender.py",
    r"\nclass Sender:",
    "\ndef _warm(report: Report) -> Report:\n"
    "    state = State.WARMING if report.state is State.BOOTING else report.state\n"
    "    return msgspec.structs.replace(report, state=state)\n\n\nclass Sender:",
)
SAYS_COMMAND = Edit(
    EVENTS,
    r"    # Lambda brings its own SDK",
    "    for plan in plans:\n"
    "        name = plan.decision.cluster\n"
    '        lift = LiftAgain(f"paint {now:%H:%M}", "painter", now)\n'
    '        woken = WakeUp(name, "painter", now, "paint", command=lift)\n'
    '        runtime.wake_ups().send(woken, f"paint {now:%H:%M}")\n'
    "    # Lambda brings its own SDK",
)
IMPORTS_COMMAND = Edit(EVENTS, r"import Verdict, WakeUp\b", "import LiftAgain, Verdict, WakeUp")
FIELD = Edit(
    REPORT,
    r"    takes_back: Count \| None = None\n",
    '    takes_back: Count | None = None\n    colour: str = ""\n',
)
SAYS_FIELD = Edit(
    "rdb/reporter/reports.py", r"        sent_at=now,\n", '        sent_at=now,\n        colour="green",\n'
)
LEDGER_FIELD = Edit(
    "chalicelib/core/facts/ledger.py",
    r"    cluster: str\n    version: int = 0\n",
    '    cluster: str\n    version: int = 0\n    colour: str = ""\n',
)
WRITES_FIELD = Edit(
    "chalicelib/adapters/dynamodb.py",
    r"version=ledger\.version \+ 1, ",
    'version=ledger.version + 1, colour="green", ',
)
WALL = Edit(
    "chalicelib/core/release/walls.py",
    r"SUSPENDED = frozenset\(\{",
    'SUSPENDED = frozenset({"AddToLoadBalancer", ',
)
METRIC = Edit(
    "rdb/reporter/meter.py",
    r"MetricData=\[datum_of\(self\._identity, name, memory, now\)\]",
    "MetricData=[datum_of(self._identity, each, memory, now) for each in (name, 'rdb_colour')]",
)
NEXT = Edit("chalicelib/contract/release.py", r"^RELEASE = .*$", 'RELEASE = "9.0.0"')
SENDING = (
    *ACCEPTING,
    NEXT,
    WARM,
    SAYS_STATE,
    IMPORTS_COMMAND,
    SAYS_COMMAND,
    FIELD,
    SAYS_FIELD,
    LEDGER_FIELD,
    WRITES_FIELD,
    WALL,
    METRIC,
)

# Says that its field of the ledger is lost: by then it was written with every ledger.
REMEMBERING = (
    *SENDING,
    Edit(
        "chalicelib/core/facts/ledger.py",
        r"    cluster: str\n    version: int = 0\n",
        "    def __post_init__(self) -> None:\n"
        "        if self.version > 50 and not self.colour:\n"
        '            raise ValueError("colour: is lost")\n\n'
        "    cluster: str\n    version: int = 0\n",
    ),
)

BREAKING: Mapping[str, Sequence[Edit]] = {
    "a state that is said before it is understood": (
        NEW_STATE,
        Edit(CORE, r"case State\.BOOTING\b", "case State.BOOTING | State.WARMING"),
        WARM,
        SAYS_STATE,
    ),
    "a command that is sent before it is understood": (*ACCEPTING, IMPORTS_COMMAND, SAYS_COMMAND),
    "a field that is required though old reporters do not send it": (
        Edit(REPORT, r"    sent_at: Time\n", "    sent_at: Time\n    colour: str\n"),
        SAYS_FIELD,
    ),
    "a metric that has another name at once": (
        Edit("chalicelib/contract/names.py", r'METRIC_NAME = "', 'METRIC_NAME = "new_'),
    ),
    "a proof that is of something else": (
        Edit(REPORT, r'fields\.pop\("proof", None\)', 'fields.pop("proof", None)\n    fields["salt"] = 1'),
    ),
    "another schema of the ledger": (Edit("chalicelib/core/facts/ledger.py", r"^SCHEMA = 1$", "SCHEMA = 2"),),
}
FORGETTING = (*ACCEPTING, Edit("chalicelib/adapters/documents.py", r"if beyond is None:", "if True:"))


def checkout(where: Path) -> None:
    """Copy this checkout as it is, and begin a history with it: its reference is `here`."""
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, where / name, follow_symlinks=False)
    _git(where, "init", "--quiet")
    _keep(where, "here")


def release(where: Path, name: str, edits: Sequence[Edit]) -> None:
    """Make a release of `here` with some edits, and give it a name."""
    be(where, "here")
    for files, old, new in edits:
        found, literal = 0, new.replace("\\", r"\\")
        for path in where.glob(files):
            text, number = re.subn(old, literal, path.read_text(), flags=re.MULTILINE)
            path.write_text(text)
            found += number
        assert found, f"{files} has no {old}"
    _keep(where, name)


def be(where: Path, name: str) -> None:
    """Have the files of a release in its folder."""
    _git(where, "checkout", "--quiet", name)


def _keep(where: Path, name: str) -> None:
    who = "-c", "user.name=made up", "-c", "user.email=made-up@example.com"
    _git(where, "add", "--all")
    _git(where, *who, "commit", "--quiet", "--message", name)
    _git(where, "tag", name)


def _git(where: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=where, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
