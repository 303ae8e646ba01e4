"""Each promise of the templates, on the stacks that they make."""

import pytest

from tests.templates import (
    alarms,
    api,
    dead_letters,
    files,
    functions,
    hosts,
    keys,
    queues,
    table,
    test_mutants_cluster,
    test_mutants_control_plane,
    test_mutants_triggers,
    test_mutants_trust,
    triggers,
    trust,
    walls,
)
from tests.templates.conftest import Templates
from tests.templates.world import Check

CONTROL_PLANE: tuple[Check, ...] = (
    triggers.reached,
    triggers.permitted,
    dead_letters.undelivered,
    dead_letters.refused,
    queues.redriven,
    queues.read,
    queues.queued,
    keys.encrypted,
    keys.services_may_encrypt,
    keys.roles_may_encrypt,
    alarms.heard,
    alarms.watched_exists,
    alarms.all_watched,
    functions.environment,
    functions.logs,
    functions.retention,
    api.signed,
    api.regional,
    api.staged,
    table.keyed,
    table.kept,
)
CLUSTER: tuple[Check, ...] = (
    walls.walls,
    walls.left_alone,
    walls.imports,
    hosts.hardened,
    hosts.console_proof,
    hosts.closed,
    files.stored,
    files.mounted,
    files.waited_for,
    files.guarded,
    files.kept_from_writing,
    trust.reached,
    trust.reported,
    trust.separated,
    trust.written,
    trust.started,
    trust.locked,
)


def name(check: Check) -> str:
    return f"{check.__module__.rpartition('.')[2]}.{check.__name__}"


@pytest.mark.parametrize("on", [True, False], ids=["conditions on", "conditions off"])
@pytest.mark.parametrize("check", CONTROL_PLANE + CLUSTER, ids=name)
def test_a_check_finds_nothing(templates: Templates, check: Check, on: bool) -> None:
    assert check(templates.world(on=on)) == ()


def test_every_check_is_seen_to_fail() -> None:
    files_of_mutants = (
        test_mutants_triggers,
        test_mutants_control_plane,
        test_mutants_cluster,
        test_mutants_trust,
    )
    assert {mutant.check for file in files_of_mutants for mutant in file.MUTANTS} == set(
        CONTROL_PLANE + CLUSTER
    )
