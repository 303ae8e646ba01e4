"""A group in memory: launches that take their time, and places that are given up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.release.walls import RETAIN, SUSPENDED, UNDELETABLE

# As in twin/autoscaling/timings.py: from a raise to the launch, to in service, and to the end of a host.
REACTION = timedelta(seconds=10)
PENDING = timedelta(seconds=30)
TERMINATING = timedelta(seconds=20)


class GroupInMemory:
    """An RDB group that does what the control plane asks of it, in the time that AWS takes.

    `sizes` are MinSize and MaxSize. `started` and `ended` are called with the id of each instance that
    comes and goes.
    """

    def __init__(
        self,
        cluster: str,
        tags: dict[str, str],
        sizes: tuple[int, int],
        started: Callable[[str, datetime], None],
        ended: Callable[[str, datetime], None],
    ) -> None:
        self.desired = 1
        self._group = Group(
            name=f"highwater-{cluster}-rdb",
            cluster=cluster,
            tags={CLUSTER_TAG: cluster, ROLE_TAG: "rdb", **tags},
            min_size=sizes[0],
            max_size=sizes[1],
            desired=1,
            members={},
            suspended=SUSPENDED,
            protects_new=True,
            on_abandon=RETAIN,
            deletion_protection=UNDELETABLE,
        )
        self._started, self._ended = started, ended
        self._launched: dict[str, datetime] = {}
        self._leaving: dict[str, datetime] = {}
        self._due: list[datetime] = []
        self._count = 0

    def raise_to(self, desired: int, now: datetime) -> None:
        """Write DesiredCapacity: AWS launches what is missing."""
        self._due += [now + REACTION] * (desired - self.desired)
        self.desired = desired

    def release(self, instance_id: str, now: datetime) -> None:
        """Terminate an instance with its place."""
        self.desired -= 1
        self._leaving[instance_id] = now + TERMINATING

    def advance(self, now: datetime) -> bool:
        """Let launches and ends come that are due; return whether any did."""
        due = [at for at in self._due if at <= now]
        self._due = [at for at in self._due if at > now]
        for _ in due:
            self._count += 1
            instance_id = f"i-{self._count:017x}"
            self._launched[instance_id] = now
            self._started(instance_id, now)
        over = [instance_id for instance_id, at in self._leaving.items() if at <= now]
        for instance_id in over:
            del self._leaving[instance_id], self._launched[instance_id]
            self._ended(instance_id, now)
        return bool(due or over)

    def described(self, now: datetime) -> Group:
        """Return the group as AWS describes it."""
        members = {i: Member(self._lifecycle(i, now), True, True) for i in self._launched}
        fields = {name: getattr(self._group, name) for name in self._group.__struct_fields__}
        return Group(**{**fields, "desired": self.desired, "members": members})

    def _lifecycle(self, instance_id: str, now: datetime) -> str:
        if instance_id in self._leaving:
            return "Terminating"
        return "Pending" if now - self._launched[instance_id] < PENDING else "InService"
