"""Whom a scale-in takes, and whom it spares."""

from tests.twin.autoscaling_bench import Bench, after, told
from tests.twin.autoscaling_cases import captured


@captured("scale-in-protected")
def test_a_scale_in_spares_the_protected_and_says_so_once(bench: Bench) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True)
    bench.desire(0)
    bench.wait(600)
    assert (bench.group()["DesiredCapacity"], bench.states()) == (0, {"i-1": "InService"})
    cancelled = bench.activity("Could not")
    assert told(cancelled) == (
        "Could not scale to desired capacity because all remaining instances are protected from scale-in.",
        "Cancelled",
        100,
        f"At {after(60)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 1 to 0.  At {after(70)} group reached equilibrium.",
    )
    assert cancelled["Details"] == "{}"
    assert "StatusMessage" not in cancelled
    bench.protect("i-1", protected=False)
    bench.wait(60)
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "scale-in")])
