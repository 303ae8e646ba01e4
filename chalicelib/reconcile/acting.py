"""Carrying a committed decision out, in the order that keeps data and capacity safe."""

import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Outcome
from chalicelib.adapters.ec2 import Hosts
from chalicelib.adapters.sns import Operators
from chalicelib.core.decide import Decision, Release
from chalicelib.core.ledger import Asked, Group, Ledger
from chalicelib.core.walls import unprotected


class Acting:
    """The raise first, then the walls, then the releases, then who must be told (rules 4 and 7)."""

    def __init__(self, groups: Groups, hosts: Hosts, operators: Operators) -> None:
        self._groups = groups
        self._hosts = hosts
        self._operators = operators

    def carry_out(
        self, decision: Decision, group: Group, ledger: Ledger, asked_before: Asked | None
    ) -> tuple[Ledger, list[Outcome]]:
        """Acts; the ledger with what is certain of the outcomes: an intent that AWS refused is taken back."""
        outcomes: list[Outcome] = []
        if decision.raise_to is not None:
            outcomes.append(self._groups.raise_to(group, decision.raise_to))
            if outcomes[-1].refused:
                ledger = msgspec.structs.replace(ledger, asked=asked_before)
        for wall in decision.repair:
            bare = unprotected(ledger, group, decision.at)
            # A dead one that this decision releases was bare, and needs no protection any more.
            if bare or wall != "protected":
                outcomes.append(self._groups.repair(group, wall, bare))
        for release in decision.release:
            outcomes.append(self._released(group, release))
            if outcomes[-1].refused and release.how == "terminate":
                ledger = _changed(ledger, release.instance_id, released_at=None)
        ledger = self._shown(decision, ledger, outcomes)
        if decision.tell:
            outcomes.append(self._operators.tell(decision))
            if outcomes[-1].done:
                # Only now: told twice is better than not at all.
                told = {alert.key: decision.at for alert in decision.tell}
                ledger = msgspec.structs.replace(ledger, told={**ledger.told, **told})
        return ledger, outcomes

    def _shown(self, decision: Decision, ledger: Ledger, outcomes: list[Outcome]) -> Ledger:
        """Shows RDBs the wish that they should drain, or takes it back; what fails is tried again."""
        for instance_id in decision.tag:
            outcomes.append(self._hosts.ask_to_drain(instance_id))
            ledger = _changed(ledger, instance_id, tagged=outcomes[-1].done)
        for instance_id in decision.untag:
            outcomes.append(self._hosts.withdraw_drain(instance_id))
            ledger = _changed(ledger, instance_id, tagged=not outcomes[-1].done)
        return ledger

    def _released(self, group: Group, release: Release) -> Outcome:
        """A retained instance gets a new hook with its second termination: that one is completed when
        Describe shows it waiting again."""
        if release.how == "terminate":
            return self._groups.terminate(release.instance_id, decrement=True)
        if release.how in ("end-retained", "replace"):
            return self._groups.terminate(release.instance_id, decrement=False)
        return self._groups.let_go(group, release.instance_id)


def _changed(ledger: Ledger, instance_id: str, **changes: object) -> Ledger:
    rdb = msgspec.structs.replace(ledger.rdbs[instance_id], **changes)
    return msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, instance_id: rdb})
