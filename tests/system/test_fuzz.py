"""The promises of the controller, through random days with faults."""

import pytest

from twin.fuzz.campaign import Options, fuzz
from twin.fuzz.world import World


@pytest.mark.parametrize("seed", [0, 1])
def test_every_invariant_holds_through_random_days_with_faults(seed: int) -> None:
    outcome = fuzz(Options(steps=12_000, seed=seed))
    assert outcome.held, "\n\n".join(failure.text for failure in outcome.failures)
    assert outcome.figures["releases"] > 0
    assert outcome.figures["launches"] > 0


def test_a_world_without_faults_converges_each_day_and_breaks_nothing() -> None:
    for number in range(3):
        world = World(f"calm/{number}", "highwater")
        world.run([])
        assert world.account.tally.broken == []
