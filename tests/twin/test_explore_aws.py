"""The explorer's small AWS is no kinder than the strict model: random walks on both come to the same."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.twin.autoscaling_bench import Bench
from twin.autoscaling import AwsError
from twin.explore import aws
from twin.explore.aws import HOOK, SHOWN
from twin.explore.world import ALL_WALLS, IDS, MAX_SIZE, MIN_SIZE, Group, Life, Member, Walls

TWO_HOURS = "two hours"
PROCESSES = ["AZRebalance", "ReplaceUnhealthy", "Terminate"]
NAME = {"LifecycleHookName": HOOK["LifecycleHookName"]}
RETAIN, END = ({"RetentionTriggers": {"TerminateHookAbandon": what}} for what in ("retain", "terminate"))
Request = tuple[str, Mapping[str, Any]]
# How a wall is taken down and put up.
TOGGLES: Mapping[Walls, tuple[Request, Request]] = {
    Walls.SUSPENDED: (
        ("ResumeProcesses", {"ScalingProcesses": PROCESSES}),
        ("SuspendProcesses", {"ScalingProcesses": PROCESSES}),
    ),
    Walls.PROTECTS_NEW: (
        ("UpdateAutoScalingGroup", {"NewInstancesProtectedFromScaleIn": False}),
        ("UpdateAutoScalingGroup", {"NewInstancesProtectedFromScaleIn": True}),
    ),
    Walls.RETAINS: (
        ("UpdateAutoScalingGroup", {"InstanceLifecyclePolicy": END}),
        ("UpdateAutoScalingGroup", {"InstanceLifecyclePolicy": RETAIN}),
    ),
    Walls.HOOK: (("DeleteLifecycleHook", NAME), ("PutLifecycleHook", HOOK)),
}


class Pair:
    """The same group on both."""

    def __init__(self) -> None:
        self.strict = Bench()
        self.strict.create(
            MinSize=MIN_SIZE,
            MaxSize=MAX_SIZE,
            DesiredCapacity=2,
            NewInstancesProtectedFromScaleIn=True,
            InstanceLifecyclePolicy=RETAIN,
            LifecycleHookSpecificationList=[HOOK],
        )
        self.strict.on_group("SuspendProcesses", ScalingProcesses=PROCESSES)
        self.strict.wait(120)
        serving = Member(Life.SERVING, protected=True)
        self.small = Group(2, (serving, serving, Member()))

    @property
    def launched(self) -> int:
        return len(self.strict.ec2.states)

    def shown(self, group: Mapping[str, Any], ids: tuple[str, ...]) -> object:
        members = {m["InstanceId"]: m for m in group["Instances"]}
        found = [members.get(i) for i in ids]
        return group["DesiredCapacity"], [
            m and (m["LifecycleState"].removesuffix(":Proceed"), m["ProtectedFromScaleIn"]) for m in found
        ]

    def agree(self) -> None:
        """Let both come to rest: the small one may come to where the strict one is."""
        self.strict.wait(120)
        (group,) = self.strict.call("DescribeAutoScalingGroups")["AutoScalingGroups"]
        strict = self.shown(group, tuple(f"i-{n}" for n in (1, 2, 3)))
        resting = [g for g in at_rest(self.small) if self.shown(aws.described(g), IDS) == strict]
        assert resting, (strict, self.small)
        self.small = resting[0]

    def call(self, operation: str, params: Mapping[str, Any], small: Mapping[str, Any]) -> None:
        """Make a call of both: both refuse, or none."""
        refused, small_refused = [], []
        try:
            target = {} if "Decrement" in str(params) else {"AutoScalingGroupName": "asg-1"}
            self.strict.call(operation, **target, **params)
        except AwsError as error:
            refused.append(error.code)
        try:
            self.small = aws.call(self.small, operation, small)
        except AwsError as error:
            small_refused.append(error.code)
        assert small_refused == refused

    def strict_wants_more(self) -> bool:
        """Three places are all that the small one has."""
        free = sum(member.life is Life.NONE for member in self.small.members)
        return self.small.desired - self.small.counted > free

    def toggle(self, wall: Walls) -> None:
        """Take a wall down, or put it up."""
        down, up = TOGGLES[wall]
        stands = bool(self.small.walls & wall)
        operation, params = down if stands else up
        self.strict.on_group(operation, **params)
        self.small = aws.with_walls(self.small, self.small.walls ^ wall)

    def pass_two_hours(self) -> None:
        self.strict.time += timedelta(seconds=1)
        self.strict.wait(7300)
        self.small = aws.timed_out(self.small)


def at_rest(group: Group) -> list[Group]:
    """Return every state in which AWS has nothing left to do."""
    left, seen, found = [group], {group}, []
    while left:
        at = left.pop()
        after = [moved for _, moved in aws.moves(at)]
        if not after:
            found.append(at)
        left += [moved for moved in after if moved not in seen]
        seen.update(after)
    return found


def step(pair: Pair, random: Random) -> None:
    n = random.randrange(min(3, pair.launched))
    strict, small = f"i-{n + 1}", IDS[n]
    match random.choice(("desired", "terminate", "complete", "protect", "wall", TWO_HOURS)):
        case "desired":
            params = {"DesiredCapacity": random.randint(0, MAX_SIZE + 1)}
            pair.call("SetDesiredCapacity", params, params)
        case "terminate":
            shrink = {"ShouldDecrementDesiredCapacity": random.random() < 0.5}
            what = "TerminateInstanceInAutoScalingGroup"
            pair.call(what, {"InstanceId": strict, **shrink}, {"InstanceId": small, **shrink})
        case "complete":
            if pair.small.walls & Walls.HOOK:
                result = {**NAME, "LifecycleActionResult": random.choice(("CONTINUE", "ABANDON"))}
                what = "CompleteLifecycleAction"
                pair.call(what, {"InstanceId": strict, **result}, {"InstanceId": small, **result})
        case "protect":
            if pair.small.members[n].life is Life.SERVING:
                on = {"ProtectedFromScaleIn": random.random() < 0.5}
                what = "SetInstanceProtection"
                pair.call(what, {"InstanceIds": [strict], **on}, {"InstanceIds": [small], **on})
        case "wall":
            pair.toggle(random.choice(list(Walls)))
        case _:
            pair.pass_two_hours()


@pytest.mark.parametrize("seed", range(60))
def test_on_random_walks_both_refuse_the_same_and_come_to_the_same(seed: int) -> None:
    random, pair = Random(seed), Pair()
    pair.agree()
    for _ in range(40):
        step(pair, random)
        if pair.launched > 3 or pair.strict_wants_more():
            return
        pair.agree()


def test_every_lifecycle_and_wall_is_met_on_these_walks() -> None:
    lives, walls = set[Life](), set[int]()
    for seed in range(60):
        random, pair = Random(seed), Pair()
        for _ in range(40):
            step(pair, random)
            lives |= {member.life for member in pair.small.members}
            walls.add(pair.small.walls)
            if pair.launched > 3 or pair.strict_wants_more():
                break
            pair.agree()
            lives |= {member.life for member in pair.small.members}
    assert lives >= {Life.SERVING, *SHOWN, Life.GONE} - {Life.PENDING}
    assert {wall for wall in Walls if any(not stood & wall for stood in walls)} == set(Walls)
    assert int(ALL_WALLS) in walls
