"""What real AWS was seen to do, the strict groups do too, or leave out for a reason."""

from importlib import import_module
from pathlib import Path

from tests.twin.autoscaling_cases import FACTS, FACTS_LEFT_OUT, REPRODUCED
from tests.twin.autoscaling_refusals import REFUSALS


def test_every_captured_fact_is_reproduced_or_left_out_for_a_reason() -> None:
    for file in Path(__file__).parent.glob("test_autoscaling*.py"):
        import_module(f"{__package__}.{file.stem}")
    refused = {refusal.fact for refusal in REFUSALS if refusal.fact is not None}
    assert refused <= REPRODUCED
    assert set(FACTS) == REPRODUCED | FACTS_LEFT_OUT.keys()
    assert not REPRODUCED & FACTS_LEFT_OUT.keys()
    assert all(FACTS_LEFT_OUT.values())
