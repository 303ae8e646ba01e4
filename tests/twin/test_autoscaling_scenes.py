"""The behaviour of groups and their members as documented: a table of scenes."""

import pytest

from tests.twin.autoscaling_stage import Stage

# fmt: off
SCENES = {
    # User Guide, "Health checks for Auto Scaling instances", "How suspended processes affect other processes"
    "while ReplaceUnhealthy is suspended the dead stay members":
        "serves 1; suspend ReplaceUnhealthy; dies i-1; wait 600; sees i-1 InService; judged i-1 Unhealthy; "
        "resume ReplaceUnhealthy; wait 120; sees i-2 InService",
    "while Terminate is suspended the dead stay members":
        "serves 1; suspend Terminate; dies i-1; wait 600; sees i-1 InService; judged i-1 Unhealthy; "
        "resume Terminate; wait 120; sees i-2 InService",
    "while HealthCheck is suspended the dead stay members and look healthy":
        "serves 1; suspend HealthCheck; dies i-1; wait 600; sees i-1 InService; judged i-1 Healthy; "
        "resume HealthCheck; wait 120; sees i-2 InService",
    "suspended rebalancing does not keep the dead as members":
        "serves 1; suspend AZRebalance; dies i-1; wait 600; sees i-2 InService",
    "an instance judged healthy again in time stays":
        "serves 1; unhealthy i-1; wait 5; healthy i-1; wait 120; sees i-1 InService",
    "a stopped instance is replaced as a dead one is":
        "serves 1; stops i-1; wait 120; sees i-2 InService; ended i-1 health",
    "while Terminate is suspended neither health nor capacity ends anyone (captured)":
        "serves 1; suspend Terminate; unhealthy i-1; desire 0; wait 600; sees i-1 InService; "
        "judged i-1 Unhealthy; ended; resume Terminate; wait 30; sees; ended i-1 health",
    "an instance that dies in EC2 is noticed and replaced, grace period or not":
        "serves 2 HealthCheckGracePeriod=3600; dies i-1; wait 120; sees i-2 InService i-3 InService; "
        "ended i-1 health",
    "while Launch is suspended the unhealthy go and are replaced on its return":
        "serves 1; suspend Launch; unhealthy i-1; wait 600; sees; resume Launch; wait 60; sees i-2 InService",
    # API reference
    "a raised minimum takes the desired capacity along (captured)":
        "begins_with 0; least 1; wants 1; wait 60; sees i-1 InService",
    "while Launch is suspended nothing is launched and nothing is told (captured)":
        "begins_with 0; suspend Launch; desire 2; wait 600; wants 2; sees; told 0; resume Launch; wait 60; "
        "sees i-1 InService i-2 InService",
    "a wish that was taken back leaves nothing to do":
        "serves 1; desire 2; desire 1; wait 60; wants 1; sees i-1 InService; launched 1",
    "a second wish before the reaction is met with the first":
        "begins_with 0; desire 1; wait 4; desire 2; wait 5; sees; wait 2; sees i-1 Pending i-2 Pending",
    "a scale-in spares the protected (captured)":
        "serves 1 protected; desire 0; wait 600; wants 0; sees i-1 InService; "
        "unprotect i-1; wait 60; sees; ended i-1 scale-in",
    "a scale-in goes as far as the protected let it":
        "serves 3; protect i-1 i-2; desire 1; wait 60; sees i-1 InService i-2 InService",
    "a lowered maximum takes the desired capacity and members along":
        "serves 3; limit 1; wants 1; wait 60; causes scale-in scale-in; zones a",
    "a new desired capacity does not wait for the back-off":
        "is_full subnet-a; begins_with 1; wait 3600; is_free subnet-a; desire 2; wait 12; "
        "sees i-1 Pending i-2 Pending",
    # User Guide, "Configure termination policies"
    "the policy OldestInstance takes the oldest": "in_turn oldest; gives_up i-1",
    "the default policy takes the closest to the next billing hour, not the oldest": "in_turn; gives_up i-2",
    "the default policy takes the oldest version of the template":
        "begins_with 0; newest_template 2; desire 1; wait 60; newest_template 1; desire 3; wait 60; "
        "gives_up i-2 i-3",
    "the default policy takes another template than the group's":
        "begins_with 0; newest_template 2; desire 1; wait 60; newest_template 1 lt-2; desire 3; wait 60; "
        "gives_up i-1",
    "a scale-in passes over the protected": "in_turn; protect i-1; gives_up i-2",
    "a scale-in may take the pending: protection starts with InService":
        "begins_with 2 protected; wait 60; desire 3; wait 12; gives_up i-3",
    "a scale-in takes from the fuller zone first, then by the policy":
        "in_turn oldest two-zones; gives_up i-1",
    "a scale-in passes over a zone of protected members":
        "in_turn oldest two-zones; protect i-1 i-3; gives_up i-2",
    # User Guide, "How lifecycle hooks work"
    "a termination goes on when its hook times out and continues":
        "serves 1 continuing; release i-1; wait 60; sees i-1 Terminating:Wait; ended; "
        "wait 2; sees i-1 Terminating:Proceed; ended i-1 request; wait 20; has_left i-1",
    "a termination goes on when its hook times out and abandons without retention":
        "serves 1 hooked; release i-1; wait 60; sees i-1 Terminating:Wait; ended; "
        "wait 2; sees i-1 Terminating:Proceed; ended i-1 request; wait 20; has_left i-1",
    "of several hooks one alone does not let the instance go":
        "serves 1 twice; release i-1; wait 2; complete i-1 CONTINUE first; sees i-1 Terminating:Wait; "
        "refused complete i-1 CONTINUE first",
    "several hooks have to continue":
        "serves 1 twice; release i-1; wait 2; complete i-1 CONTINUE first; complete i-1 CONTINUE second; "
        "sees i-1 Terminating:Proceed; refused complete i-1 CONTINUE first",
    "one of several hooks can abandon":
        "serves 1 twice; release i-1; wait 2; complete i-1 ABANDON first; sees i-1 Terminating:Proceed; "
        "refused complete i-1 CONTINUE first",
    "deleting a hook continues terminations (API reference, DeleteLifecycleHook)":
        "serves 1 hooked; release i-1; wait 5; unhook terminate; state_of i-1 Terminating:Proceed",
    "a pending instance can be chosen for a scale-in":
        "begins_with 1 hooked; wait 15; desire 0; wait 12; state_of i-1 Terminating:Wait; "
        "complete i-1 CONTINUE; wait 60; sees; ended i-1 scale-in",
    "while Terminate is suspended a failed launch stays a member":
        "begins_with 1 hooked; wait 15; dies i-1; suspend Terminate; wait 600; sees i-1 Pending; ended; "
        "resume Terminate; wait 5; state_of i-1 Terminating:Wait",
    "while Terminate is suspended a retained member draws nobody with it":
        "serves 3 hooked retaining; suspend Terminate; desire 1; terminate i-1; wait 600; "
        "sees i-1 Terminating:Retained i-2 InService i-3 InService; ended",
    # User Guide, "Rebalancing activities"
    "rebalancing launches in the emptier zone before it terminates in the fuller":
        "uneven; resume AZRebalance; wait 95; zones aaab; wait 60; zones aab; causes az-rebalance; "
        "wait 600; zones aab",
    "rebalancing spares the protected":
        "uneven protected; resume AZRebalance; wait 3600; zones aaa; ended; "
        "unprotect i-2; wait 300; zones aab; ended i-2 az-rebalance",
    "rebalancing needs its own process": "uneven; wait 3600; zones aaa",
    "rebalancing needs Launch": "uneven; suspend Launch; resume AZRebalance; wait 3600; zones aaa",
    "while Terminate is suspended rebalancing grows the group past its maximum":
        "uneven; suspend Terminate; resume AZRebalance; wait 3600; zones aaab; ended; "
        "resume Terminate; wait 300; zones aab",
    "a raised capacity takes over what rebalancing launched":
        "uneven MaxSize=4; resume AZRebalance; wait 65; suspend AZRebalance; desire 4; wait 600; zones aaab; "
        "ended; desire 3; wait 60; causes scale-in; zones aab",
    "rebalancing begins anew when what it launched dies":
        "uneven slow; resume AZRebalance; wait 65; dies i-4; wait 300; zones aab; "
        "states_are InService InService InService Terminating:Wait Terminating:Wait",
    "a group that is being deleted launches nothing":
        "uneven hooked; resume AZRebalance; delete; wait 600; launched 3; "
        "causes group-deletion group-deletion group-deletion",
    "members of a zone that is no longer used move":
        "serves 2 two-zones; zones ab; use subnet-b; wait 600; zones bb; causes az-rebalance",
    "where one zone has no capacity members are launched elsewhere":
        "is_full subnet-a; begins_with 2 two-zones; wait 60; zones bb",
    # Of the model
    "a group that may not launch rests":
        "serves 2 protected; suspend HealthCheck Launch; desire 3; wait 60; rests",
    "a group that may not terminate rests":
        "serves 2 protected; suspend HealthCheck Terminate; desire 0; wait 60; rests",
    "a group that may not replace the unhealthy rests":
        "serves 2 protected; suspend HealthCheck ReplaceUnhealthy; unhealthy i-1; wait 60; rests",
    "a group whose members are all protected rests":
        "serves 2 protected; suspend HealthCheck AZRebalance; desire 0; wait 60; rests",
    "a group that has all it wants rests":
        "serves 2 protected; suspend HealthCheck AZRebalance; desire 2; wait 60; rests",
}
# fmt: on


@pytest.mark.parametrize("scene", SCENES)
def test_in_this_scene(scene: str) -> None:
    Stage().play(SCENES[scene])
