"""The gateway's q of a firm, which counts the rows of all RDBs by the rule of rdb/q/gateway.q.

`python -m twin.processes.gateway`: each line of its standard input is a question, with what the tickerplant
tells: a JSON list of the windows, each as id, port, first and last, of the number of updates, and of how many
are persisted. It asks each RDB over kdb+ IPC and answers on standard output with a line: the count, or in
words what is missing. It ends with its input.
"""

import json
import sys
from collections.abc import Iterable, Iterator

from chalicelib.contract.report import State
from highwater.market.gateway import Gap, Held, Told, Window, count
from rdb.kdb.connection import Connection
from rdb.kdb.status import look

# As gateway.q's deadline; who is gone refuses at once.
TIMEOUT = 10.0


class Gateway:
    """Keeps its connections from one question to the next."""

    def __init__(self) -> None:
        self._rdbs: dict[str, Connection] = {}

    def answer(
        self, windows: list[tuple[str, int, int, int | None]], updates: int, persisted: int
    ) -> int | str:
        """Return the count, or what is missing."""
        told = Told([Window(name, first, last) for name, _, first, last in windows], updates, persisted)
        ports = {name: port for name, port, _, _ in windows if port}
        for gone in self._rdbs.keys() - ports.keys():
            self._rdbs.pop(gone).close()
        try:
            return count(told, dict(self._answers(ports.items())))
        except Gap as gap:
            return str(gap)

    def _answers(self, ports: Iterable[tuple[str, int]]) -> Iterator[tuple[str, Held]]:
        for name, port in ports:
            connection = self._rdbs.setdefault(name, Connection("127.0.0.1", port))
            seen = look(connection, TIMEOUT)
            if seen.rows is None:
                # The connection was to a q that has ended: gateway.q hears that, and has a new one by now.
                seen = look(connection, TIMEOUT)
            if seen.rows is not None:
                last = seen.last_index or 0
                yield name, Held(State(seen.state), last - seen.rows, last, seen.rows)


def main() -> None:
    """Answer until the input ends."""
    gateway = Gateway()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(gateway.answer(*json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
