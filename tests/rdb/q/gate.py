"""A gateway of a firm's own before a cluster of q processes, and what is true of its answers."""

from .cluster import PASSWORDS, SHARED, Cluster
from .questions import Answer
from .rules import EXPECTED, Broken, lost_some
from .values import Mixed, elements, text_of

# What a tickerplant's host that is replaced leaves behind for RDBs; a firm's gateway may find it otherwise.
SCRIPT = f"""
\\l gateway.q
.gateway.address:{{[] (first read0 `:{SHARED}/tickerplant),":5000"}};
.app.parts:{{[results] results}};
"""
ALL = "0N 0W"
HELD = '"(.highwater.held[]; .highwater.heldRows[]; .highwater.epoch)"'


class Gateway:
    """Asked for all rows again and again; an answer may come later."""

    def __init__(self, cluster: Cluster, script: str = SCRIPT) -> None:
        self.cluster = cluster
        cluster.network.scripts["firm.q"] = script
        environment = {"HIGHWATER_Q_PASSWORDS": PASSWORDS}
        self.process = cluster.network.process(cluster.disk, environment, ("gateway", 5010), script="firm.q")
        self.answered, self.refused, self.last_refusal = 0, 0, ""
        # With how many updates it knew of when it was asked.
        self._waiting: list[tuple[Answer, int]] = []

    def ask(self, query: str = '"count trade"', combine: str = "sum", wanted: str = ALL) -> Answer:
        """Ask, and let what is sent be heard."""
        answer = self.cluster.network.question(self.process, f".gateway.query[{wanted};{query};{combine}]")
        self.cluster.network.run(0)
        return answer

    def ask_for_all(self) -> None:
        """Ask for the number of rows, with what each RDB says that it holds."""
        if self.process.alive and not self.process.stopped:
            known = getattr(self.process.read(".gateway.updates"), "value", 0)
            self._waiting.append((self.ask(HELD, ".app.parts"), known))

    def answers_in_the_end(self, safe: int) -> None:
        """Check that it can say how many rows there are, once nothing is missing. Raises Broken."""
        self.judge(safe)
        refused = self.refused
        self.ask_for_all()
        self.judge(safe)
        if self._waiting or self.refused > refused:
            raise Broken(f"the gateway has no answer in the end: {self.last_refusal}")

    def judge(self, safe: int) -> None:
        """Check the answers that have come. Raises Broken."""
        due = [one for one in self._waiting if one[0].done]
        self._waiting = [one for one in self._waiting if not one[0].done]
        for answer, known in due:
            if answer.failed:
                self._names_what_is_missing(text_of(answer.value))  # type: ignore[arg-type]
            else:
                self._is_whole(answer, known, safe)
        for text in [*self.process.said, *self.process.errors]:
            if not EXPECTED.search(text):
                raise Broken(f"the gateway said: {text}")

    def _names_what_is_missing(self, text: str) -> None:
        self.refused += 1
        self.last_refusal = text
        if not text.startswith(("gap: updates ", "nothing has been heard")):
            raise Broken(f"the gateway answers: {text}")

    def _is_whole(self, answer: Answer, known: int, safe: int) -> None:
        self.answered += 1
        logged = self.cluster.logged()
        reached = 0
        assert isinstance(answer.value, Mixed)
        for part in elements(answer.value):
            held, rows, epoch = elements(part)
            first, last = held.items  # type: ignore[attr-defined]
            if last > len(logged) or lost_some(self.cluster, epoch.value, last):  # type: ignore[attr-defined]
                # The log has lost what it took, and neither of the two has heard of it yet.
                return
            if first < reached or (first > reached and first > safe):
                raise Broken(
                    f"the gateway's answers do not tile: ({first}, {last}] after {reached}, safe {safe}"
                )
            wanted = sum(len(numbers) for _, numbers in logged[first:last])
            if rows.value != wanted:  # type: ignore[attr-defined]
                raise Broken(f"the gateway counts {rows} rows in ({first}, {last}], the log has {wanted}")
            reached = max(reached, last)
        if reached < known and known > safe:
            raise Broken(f"the gateway's answer ends at {reached}, and it knew of {known}")
