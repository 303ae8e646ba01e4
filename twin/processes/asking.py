"""A client that asks the gateway for the count of all rows again and again, and judges each answer."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from time import monotonic

from highwater.checkout import ROOT
from highwater.market.tickerplant import Tickerplant
from twin.processes.group import ProcessGroup
from twin.processes.host import Host

ASKED_EVERY = 1.0


@dataclass
class Answers:
    """How often the gateway was asked, and what it answered. `wrong` has a sentence for each wrong answer."""

    asked: int = 0
    right: int = 0
    gaps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def judge(self, answer: int | str, expected: int, held: int) -> None:
        """Take an answer: a count must be the expected one, and a gap be one, by what RDBs hold."""
        self.asked += 1
        if isinstance(answer, str):
            self.gaps.append(answer)
            if not answer.startswith("gap: updates ") or held == expected:
                self.wrong.append(f"the gateway answered, while RDBs held {held:,} of {expected:,}: {answer}")
        elif answer == expected:
            self.right += 1
        else:
            self.wrong.append(f"the gateway counted {answer:,} rows of {expected:,}")

    def __str__(self) -> str:
        named = len(self.gaps)
        return f"asked {self.asked} times: {self.right} answers were right, {named} named a gap"


class Client:
    """Asks once a second: call `look` often. A context manager; the gateway is a process of its own."""

    def __init__(self, processes: ProcessGroup, tickerplant: Tickerplant[Host]) -> None:
        self.answers = Answers()
        self._tickerplant = tickerplant
        self._next = monotonic()
        self._gateway = processes.start(
            [sys.executable, "-m", "twin.processes.gateway"],
            cwd=ROOT,
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def look(self) -> None:
        """Ask if a second has passed."""
        if monotonic() >= self._next and self._tickerplant.published:
            self._next = monotonic() + ASKED_EVERY
            self.ask()

    def ask(self) -> int | str:
        """Ask, and judge the answer: nothing is published meanwhile."""
        tickerplant = self._tickerplant
        rdbs = tickerplant.rdbs
        windows = [
            (name, rdbs[name].port if name in rdbs else 0, first, last)
            for name, first, last in tickerplant.windows
        ]
        assert self._gateway.stdin is not None
        assert self._gateway.stdout is not None
        question = json.dumps((windows, tickerplant.published, tickerplant.day_end))
        self._gateway.stdin.write(question + "\n")
        self._gateway.stdin.flush()
        answer: int | str = json.loads(self._gateway.stdout.readline())
        self.answers.judge(answer, tickerplant.published - tickerplant.dropped, tickerplant.held)
        return answer
