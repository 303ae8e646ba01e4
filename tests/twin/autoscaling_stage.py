"""A group on stage: what happens to it and what is seen then, one act after the other in few words."""

from contextlib import suppress
from typing import Any

import pytest

from tests.twin.autoscaling_bench import RETAIN, TERMINATE_HOOK, TWO_ZONES, Bench
from twin.autoscaling import AwsError

HOOKS = {
    "hooked": [TERMINATE_HOOK],
    "continuing": [{**TERMINATE_HOOK, "DefaultResult": "CONTINUE"}],
    "slow": [{**TERMINATE_HOOK, "HeartbeatTimeout": 7200}],
    "twice": [{**TERMINATE_HOOK, "LifecycleHookName": name} for name in ("first", "second")],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "protected": {"NewInstancesProtectedFromScaleIn": True},
    "retaining": {"InstanceLifecyclePolicy": RETAIN},
    "two-zones": TWO_ZONES,
    "unforced": {"DeletionProtection": "prevent-force-deletion"},
    "undeletable": {"DeletionProtection": "prevent-all-deletion"},
    "oldest": {"TerminationPolicies": ["OldestInstance"]},
    **{name: {"LifecycleHookSpecificationList": hooks} for name, hooks in HOOKS.items()},
}


class Stage(Bench):
    """A group on stage: each act is a method of the bench or one of these, with its words."""

    def play(self, scene: str) -> None:
        for act in scene.split(";"):
            self.act(*act.split())

    def act(self, verb: str, *words: str) -> None:
        getattr(self, verb)(*map(_value, words))

    def refused(self, *act: Any) -> None:
        with pytest.raises(AwsError):
            self.act(*act)

    def settings(self, *words: Any) -> dict[str, Any]:
        """Settings by their names here, or as AWS's name and a number."""
        found: dict[str, Any] = {}
        for word in words:
            name, _, value = word.partition("=")
            found |= SETTINGS.get(name) or {name: int(value)}
        return found

    def serves(self, number: int, *words: str) -> None:
        self.serving(number, **self.settings(*words))

    def begins_with(self, number: int, *words: str) -> None:
        self.create(DesiredCapacity=number, **self.settings(*words))

    def in_turn(self, *words: str) -> None:
        """Launch i-1, i-2 and i-3, each 20 minutes after the one before."""
        self.create(**self.settings(*words))
        for number in (1, 2, 3):
            self.desire(number)
            self.wait(1200)

    def newest_template(self, version: int, name: str = "lt-1") -> None:
        self.ec2.version = str(version)
        self.on_group("UpdateAutoScalingGroup", LaunchTemplate={"LaunchTemplateId": name})

    def uneven(self, *words: str) -> None:
        """Three members in one zone, none in the other, while rebalancing is suspended."""
        self.serves(3, *words)
        self.suspend("AZRebalance")
        self.use("subnet-a,subnet-b")
        self.wait(600)
        self.zones("aaa")

    def use(self, subnets: str) -> None:
        self.on_group("UpdateAutoScalingGroup", VPCZoneIdentifier=subnets)

    def limit(self, largest: int) -> None:
        self.on_group("UpdateAutoScalingGroup", MaxSize=largest)

    def least(self, smallest: int) -> None:
        self.on_group("UpdateAutoScalingGroup", MinSize=smallest)

    def unhook(self, name: str) -> None:
        self.on_group("DeleteLifecycleHook", LifecycleHookName=name)
        left = self.on_group("DescribeLifecycleHooks")["LifecycleHooks"]
        assert name not in [hook["LifecycleHookName"] for hook in left]

    def release(self, instance_id: str) -> None:
        self.terminate(instance_id, decrement=True)

    def is_full(self, subnet: str) -> None:
        self.ec2.refusals[subnet] = "No capacity."

    def is_free(self, subnet: str) -> None:
        self.ec2.refusals.pop(subnet, None)

    def dies(self, instance_id: str) -> None:
        self.ec2.states[instance_id] = "terminated"

    def stops(self, instance_id: str) -> None:
        self.ec2.states[instance_id] = "stopped"

    def healthy(self, instance_id: str) -> None:
        self.call("SetInstanceHealth", InstanceId=instance_id, HealthStatus="Healthy")

    def unprotect(self, *instance_ids: str) -> None:
        self.protect(*instance_ids, protected=False)

    def delete(self) -> None:
        self.on_group("DeleteAutoScalingGroup", ForceDelete=True)

    # What is seen then.

    def sees(self, *words: str) -> None:
        assert " ".join(f"{i} {state}" for i, state in self.states().items()) == " ".join(words)

    def judged(self, instance_id: str, health: str) -> None:
        found = {member["InstanceId"]: member["HealthStatus"] for member in self.group()["Instances"]}
        assert found[instance_id] == health

    def ended(self, *words: str) -> None:
        assert [word for end in self.ends() for word in end] == list(words)

    def gives_up(self, *instance_ids: str) -> None:
        """Scale in from three to two: one of these goes."""
        self.desire(2)
        self.wait(60)
        ((gone, cause),) = self.ends()
        assert gone in instance_ids
        assert cause == "scale-in"

    def causes(self, *causes: str) -> None:
        assert [cause for _, cause in self.ends()] == list(causes)

    def states_are(self, *states: str) -> None:
        assert sorted(self.states().values()) == list(states)

    def state_of(self, instance_id: str, state: str) -> None:
        assert self.states()[instance_id] == state

    def has_left(self, instance_id: str) -> None:
        assert instance_id not in self.states()
        self.succeeded(f"Terminating EC2 instance: {instance_id}")

    def zones(self, letters: str = "") -> None:
        members = [m for m in self.group()["Instances"] if m["LifecycleState"] == "InService"]
        assert "".join(sorted(member["AvailabilityZone"][-1] for member in members)) == letters

    def wants(self, desired: int) -> None:
        assert self.group()["DesiredCapacity"] == desired

    def launched(self, number: int) -> None:
        assert len(self.ec2.states) == number

    def told(self, number: int) -> None:
        assert len(self.activities()) == number

    def rests(self) -> None:
        assert self.aws.next_due() is None


def _value(word: str) -> Any:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(word)
    return word
