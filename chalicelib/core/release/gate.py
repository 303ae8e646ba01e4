"""The gate: the one way out of a group, and every reason against it (rules 3 and 6)."""

from collections.abc import Iterable

import msgspec

from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import takes_data
from chalicelib.core.release.steps import gives_up_place, next_step
from chalicelib.core.release.walls import Missing, against_release, hook_unseen

# Percentage points: q and the host's own services move memory by less without any data coming in.
RISE = 1.0


class Gate(msgspec.Struct, frozen=True):
    """Judges releases in one situation.

    `shut` are the reasons that stand against every release, `spare` is how far DesiredCapacity, with what is
    raised now, is above MinSize.
    """

    situation: Situation
    shut: tuple[str, ...]
    spare: int

    @classmethod
    def of(cls, situation: Situation, gaps: tuple[Missing, ...], spare: int) -> "Gate":
        """Return the gate of a situation whose missing walls are known."""
        doubts = tuple(doubt.text for doubt in situation.doubts)
        return cls(situation, (*against_release(gaps), *doubts), spare)

    def refusals(self, instance_id: str) -> tuple[str, ...]:
        """Return every reason against releasing an RDB; none means that it may be released.

        Lack of room is no reason: at MaxSize a drained RDB that may not leave would block the one that should
        come. An operator's request passes here too; there is no force.
        """
        rdb = self.situation.ledger.rdbs.get(instance_id)
        if rdb is None or rdb.member is None:
            return ("not in this group",)
        reasons = [*self._of_member(rdb), *self._of_holds(rdb)]
        if rdb.dead_at is None:
            reasons += [*self._of_report(rdb), *_of_proof(rdb), *_of_memory(rdb), *self.shut]
            # The hook is looked at before a release: not before, so that alone it is a reason.
            if not reasons and (unseen := hook_unseen(self.situation)):
                reasons.append(unseen)
        return tuple(reasons)

    def _of_member(self, rdb: Rdb) -> Iterable[str]:
        """A member in service leaves with its place; one that is already terminating gave it up."""
        assert rdb.member is not None
        step = next_step(rdb)
        if step is None:
            yield f"not in service but {rdb.member.lifecycle}"
        elif gives_up_place(step):
            if rdb.leaving(self.situation.now):
                yield "already released"
            if self.spare < 1 and rdb.dead_at is None:
                yield "the group is at MinSize"

    def _of_holds(self, rdb: Rdb) -> Iterable[str]:
        if self.situation.ledger.hold:
            yield f"the cluster is {self.situation.ledger.hold}"
        if rdb.hold:
            yield f"the RDB is {rdb.hold}"

    def _of_report(self, rdb: Rdb) -> Iterable[str]:
        report, said_at = rdb.report, rdb.said_at
        if report is None or said_at is None:
            yield "never reported"
            return
        if takes_data(report.state):
            yield "it is the live one"
        if not rdb.drained:
            yield f"not drained but {report.state}"
        if report.rows != 0:
            yield "rows unknown" if report.rows is None else f"holds {report.rows} rows"
        age = self.situation.now - said_at
        # Of any other no repetition is kept (news.py), and that it is not drained stands against it.
        if rdb.drained and age >= self.situation.settings.drained_good:
            yield f"newest report is {age.total_seconds():.0f} s old"
        if rdb.drained and rdb.received_at and rdb.unheeded_at and rdb.unheeded_at > rdb.received_at:
            when = f"{rdb.unheeded_at:%FT%TZ}"
            yield f"a report that came at {when} did not count by its clock: it may hold rows again"


def _of_proof(rdb: Rdb) -> Iterable[str]:
    if rdb.proven_sequence is None:
        yield f"no proof: {rdb.unproven or 'none came with a report'}"
    elif not rdb.proven:
        yield f"the proof is of report {rdb.proven_sequence}, not of the newest"


def _of_memory(rdb: Rdb) -> Iterable[str]:
    """High but flat memory is no reason: q keeps its heap."""
    reported, metric = rdb.reported, rdb.metric
    if reported and metric and metric.at > reported.at and metric.percent > reported.percent + RISE:
        yield f"memory rose from {reported.percent:.1f} % to {metric.percent:.1f} % since its report"
