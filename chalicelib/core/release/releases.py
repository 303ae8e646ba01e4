"""Releases: who takes which step out of a group now (rule 3)."""

from collections.abc import Mapping

import msgspec

from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.gate import Gate
from chalicelib.core.release.steps import Step, gives_up_place, next_step


class Release(msgspec.Struct, frozen=True):
    """One instance on its way out.

    While in service it is terminated with decrement, while it waits its hook is completed, once it is
    retained it is ended without decrement. A dead one at MinSize is replaced: its place cannot go with it.
    """

    instance_id: str
    step: Step


class Releases(msgspec.Struct, frozen=True):
    """The instances to release, those that are refused, and the gate with the places that are left."""

    release: tuple[Release, ...]
    refused: tuple[Refusal, ...]
    gate: Gate


def releases_of(gate: Gate, asked_for: Mapping[str, tuple[str, ...]]) -> Releases:
    """Return what leaves now, in the order of the instance ids.

    `asked_for` has the operators' requests: command ids by instance id. Each release with decrement takes one
    of the gate's spare places.
    """
    situation = gate.situation
    release: list[Release] = []
    refused: list[Refusal] = []
    for instance_id in sorted(asked_for.keys() | _due(situation)):
        if reasons := gate.refusals(instance_id):
            for command_id in asked_for.get(instance_id, ("",)):
                refused.append(Refusal("release", reasons, command_id, instance_id))
            continue
        step = next_step(situation.ledger.rdbs[instance_id])
        assert step is not None, "the gate lets nobody pass who has no step to take"
        if gives_up_place(step) and gate.spare < 1:
            step = "replace"
        release.append(Release(instance_id, step))
        gate = msgspec.structs.replace(gate, spare=gate.spare - gives_up_place(step))
    return Releases(tuple(release), tuple(refused), gate)


def _due(situation: Situation) -> set[str]:
    return {
        instance_id
        for instance_id, rdb in situation.ledger.rdbs.items()
        if (rdb.drained or rdb.dead_at)
        and (step := next_step(rdb))
        and not (gives_up_place(step) and rdb.leaving(situation.now))
    }
