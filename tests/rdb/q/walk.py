"""A random walk through the life of a cluster of q processes, judged after each step and at its end."""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from .cluster import EXAMPLE, SHARED, Cluster, Rdb, folder_of
from .gate import Gateway
from .rules import Broken, check
from .values import Atom
from .writedown import WriteDown

MOST_RDBS = 5
# Milliseconds; without one the files set 200.
TIMERS = (200, 500, 1000)
# How many of the walks read the log by logstream.q.
STREAMED = 0.3
ROOMY, FULL = (64 * 2**20, 60 * 2**20), (64 * 2**20, 2**20)


class Walk:
    """`trace` is what was done, for whoever reads a failure; `edits` are of the q files."""

    def __init__(self, seed: int, edits: Mapping[str, str] = MappingProxyType({})) -> None:
        self.random = Random(seed)
        period = self.random.choice(TIMERS)
        streams = self.random.random() < STREAMED
        example = f'{self.example()}system "t {period}";\n'
        self.cluster = Cluster(Random(seed), example, edits, streams)
        self.write_down = self.write_down_of(self.cluster)
        self.gateway = Gateway(self.cluster)
        self.trace: list[str] = []
        self._steps: dict[Callable[[], None], int] = {
            self.publish: 40, self.pass_time: 40, self.write: 12, self.launch: 5, self.release: 8,
            self.kill_q: 5, self.kill_tickerplant: 3, self.host_dies: 2, self.tickerplant_host_dies: 1,
            self.ask_to_drain: 6, self.fill_memory: 6, self.end_day: 3, self.drop: 5, self.stall: 3,
            self.freeze: 3, self.disk_fills: 3, self.forget_persisted: 1,
        }  # fmt: skip
        self.launch()
        self.launch()

    def example(self) -> str:
        """Return the script of the RDBs."""
        return EXAMPLE

    def write_down_of(self, cluster: Cluster) -> WriteDown:
        """Return what writes the database."""
        return WriteDown(cluster)

    def go(self, steps: int) -> None:
        """Take steps, then let all that was broken be mended, and judge the end. Raises Broken."""
        try:
            for _ in range(steps):
                (step,) = self.random.choices(list(self._steps), list(self._steps.values()))
                self.trace.append(step.__name__)
                step()
                self._check()
                self.gateway.ask_for_all()
                self.gateway.judge(self.write_down.safe)
            self.settle()
        except Broken as broken:
            raise Broken(f"{broken}\nafter {len(self.trace)} steps: {' '.join(self.trace)}") from None

    def _check(self) -> None:
        self.write_down.look()
        check(self.cluster, self.write_down.safe)

    # ---- steps ----

    def publish(self) -> None:
        """Publish some updates."""
        for _ in range(self.random.randint(1, 5)):
            if self.cluster.tickerplant.alive and not self.cluster.tickerplant.stopped:
                self.cluster.feed(self.random.randint(1, 3), self.random.choice(["trade", "quote"]))

    def pass_time(self) -> None:
        """Let some time pass."""
        self.cluster.run(self.random.choice([0.2, 0.2, 0.6, 1, 1, 3, 3, 8, 25]))

    def launch(self) -> None:
        """Launch another RDB."""
        if (
            sum(rdb.host_lives and rdb.read("state") != "drained" for rdb in self.cluster.rdbs.values())
            < MOST_RDBS
        ):
            self.cluster.launch()

    def write(self) -> None:
        """Let the write-down work."""
        self.write_down.step()

    def kill_q(self) -> None:
        """Kill the q of an RDB; systemd starts it again."""
        if rdb := self._any_rdb():
            self.cluster.network.end(rdb.process, -9)
            self.cluster.after(self.random.randint(1, 8), lambda: self.cluster.restart(rdb))

    def host_dies(self) -> None:
        """Let an RDB's host die; the others learn of it later."""
        if rdb := self._any_rdb():
            self.cluster.network.vanish(rdb.process)
            rdb.host_lives = False
            self.cluster.after(self.random.randint(5, 60), lambda: self.cluster.network.given_up(rdb.process))

    def ask_to_drain(self) -> None:
        """Let the control plane want an RDB drained: a rolled one, or a standby that is not needed."""
        standing = [rdb for rdb in self._rdbs() if rdb.read("state") in ("rolled", "standby")]
        if standing:
            self.random.choice(standing).wanted = True

    def fill_memory(self) -> None:
        """Fill the memory of the RDB that is live, above both thresholds."""
        for rdb in self._rdbs():
            if rdb.read("state") == "live":
                rdb.process.memory = FULL

    def release(self) -> None:
        """Terminate the hosts that are drained."""
        for rdb in self._rdbs():
            if rdb.read("state") == "drained":
                rdb.host_lives = False
                self.cluster.network.end(rdb.process, -15)

    def drop(self) -> None:
        """Break a connection; both sides hear of it."""
        if (rdb := self._any_rdb()) and (link := self.cluster.link(rdb)):
            self.cluster.network.drop(link)

    def stall(self) -> None:
        """Let a connection fall silent; the tickerplant hears of it later."""
        if (rdb := self._any_rdb()) and (link := self.cluster.link(rdb)):
            self.cluster.network.cut(link)
            network = self.cluster.network
            self.cluster.after(self.random.randint(15, 90), lambda: network.give_up(link.peer))

    def freeze(self) -> None:
        """Stop a process; it goes on later."""
        processes = [rdb.process for rdb in self._rdbs()] + [self.cluster.tickerplant]
        chosen = self.random.choice(processes)
        if chosen.alive and not chosen.stopped:
            chosen.stopped = True
            self.cluster.after(self.random.choice([1, 4, 30]), lambda: self.cluster.network.resume(chosen))

    def end_day(self) -> None:
        """End the day."""
        if self.cluster.tickerplant.alive and not self.cluster.tickerplant.stopped:
            self.cluster.network.tell_text(self.cluster.tickerplant, ".tp.endOfDay[]")

    def kill_tickerplant(self) -> None:
        """Kill the tickerplant; systemd starts it again."""
        if self.cluster.tickerplant.alive:
            self.cluster.network.end(self.cluster.tickerplant, -9)
            self.cluster.after(self.random.choice([1, 5, 25]), self.cluster.restart_tickerplant)

    def tickerplant_host_dies(self) -> None:
        """Let the tickerplant's host die, with what it had not closed; another one takes over."""
        if self.cluster.tickerplant.alive:
            dead = self.cluster.tickerplant
            self.cluster.network.vanish(dead)
            self.cluster.disk.lose(SHARED)
            self.cluster.after(self.random.choice([10, 40]), self.cluster.replace_tickerplant)
            self.cluster.after(100, lambda: self.cluster.network.given_up(dead))

    def disk_fills(self) -> None:
        """Fill the disk of an RDB or of the log, or let the windows not be renamed, for some time."""
        disk = self.cluster.disk
        where, kind = self.random.choice(
            [(f"{SHARED}/updates", disk.full), (f"{SHARED}/windows", disk.broken), (SHARED, disk.full)]
            + [(folder_of(rdb.id), disk.full) for rdb in self._rdbs()]
        )
        kind.add(where)
        self.cluster.after(self.random.choice([2, 10, 40]), lambda: kind.discard(where))

    def forget_persisted(self) -> None:
        """Let an RDB's file of what is persisted be gone, until the write-down comes again."""
        if rdb := self._any_rdb():
            self.cluster.disk.files.pop(f"{folder_of(rdb.id)}/persisted", None)

    def _rdbs(self) -> list[Rdb]:
        return [
            rdb for rdb in self.cluster.rdbs.values() if rdb.answers and rdb.host_lives and rdb.process.port
        ]

    def _any_rdb(self) -> Rdb | None:
        found = self._rdbs()
        return self.random.choice(found) if found else None

    # ---- the end ----

    def settle(self) -> None:
        """Mend all, end the day, write all down, drain all but the live one, and judge. Raises Broken."""
        cluster = self.cluster
        cluster.disk.full.clear()
        cluster.disk.broken.clear()
        cluster.run(60)
        for rdb in self._rdbs():
            rdb.process.memory = ROOMY
        if not any(
            rdb.read("state") in ("standby", "live") for rdb in self._rdbs() if not rdb.read("leaving")
        ):
            cluster.launch()
        # A tickerplant that has started waits for the RDB that was live, and Linux for a host that is silent.
        for _ in range(20):
            cluster.run(10)
            if [rdb.read("state") for rdb in self._rdbs()].count("live") == 1 and cluster.is_whole:
                break
        self.publish()
        cluster.run(5)
        self._save_orphans()
        live = [rdb for rdb in self._rdbs() if rdb.read("state") == "live"]
        if len(live) != 1:
            raise Broken(f"{len(live)} RDBs are live in the end: {self._states()}")
        self.last_day()
        cluster.run(5)
        for rdb in cluster.rdbs.values():
            rdb.wanted = rdb is not live[0]
        # Asked before anything of it is safe: nobody may leave yet.
        cluster.run(12)
        self._check()
        for _ in range(40):
            self.write_down.step()
        cluster.run(15)
        self.write_down.tell()
        cluster.run(15)
        self._check()
        left = [rdb for rdb in self._rdbs() if rdb is not live[0] and rdb.read("state") != "drained"]
        if left:
            raise Broken(
                f"{[rdb.id for rdb in left]} do not drain: {self._states()}, safe {self.write_down.safe}"
            )
        self._database_is_the_log()
        self.gateway.answers_in_the_end(self.write_down.safe)

    def last_day(self) -> None:
        """End the day, when all is mended."""
        self.cluster.network.tell_text(self.cluster.tickerplant, ".tp.endOfDay[]")

    def _save_orphans(self) -> None:
        """Do what docs/q.md asks of a person: count beyond them, then let them go."""
        orphans = [rdb for rdb in self._rdbs() if rdb.read("orphaned")]
        while orphans and len(self.cluster.logged()) <= max(rdb.read("lastIndex") for rdb in orphans):
            self.publish()
        self.cluster.run(3)
        for rdb in orphans:
            rdb.process.write(".highwater.orphaned", Atom("b", False))
            rdb.saved = True

    def _database_is_the_log(self) -> None:
        safe = self.write_down.safe
        logged = self.cluster.logged()
        if safe != len(logged):
            raise Broken(
                f"only {safe} of {len(logged)} updates are safe in the end: {self.cluster.windows()}"
            )
        wanted = sorted(row for _, rows in logged for row in rows)
        if sorted(self.write_down.written) != wanted:
            raise Broken(f"the database has {len(self.write_down.written)} rows, the log {len(wanted)}")

    def _states(self) -> str:
        return ", ".join(f"{rdb.id} {rdb.read('state')}" for rdb in self._rdbs())
