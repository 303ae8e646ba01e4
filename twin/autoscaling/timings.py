"""The times that Auto Scaling takes for what it does by itself."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Timings:
    """Seconds, each above zero.

    "Captured" values were read off captures of real AWS by radkawar/stackd, commit 9dc356f: observations,
    not guarantees. The others are our choice, within what the User Guide says.

    Attributes:
        reaction: From a changed desired capacity or a missing member to the group acting on it (captured:
            10 to 11).
        pending: From launch to InService (our choice; captured: 5 to 12 for a t3.nano).
        terminating: From the call that terminates an instance to its leaving the group (our choice;
            captured: 26 to 41).
        selected: From selection for termination to the hooks, or to the call that terminates (captured:
            under 1).
        health_check: Between two looks at EC2's instance states (our choice: EC2's own status checks run
            every minute).
        unhealthy: From a member marked unhealthy to its termination (captured: 10 to 12, also after
            ReplaceUnhealthy resumed).
        replacement: From the termination of an unhealthy member to the launch that replaces it (captured:
            1.9).
        launch_retry: First wait after a failed launch; doubled with each further failure (our choice).
        launch_retry_limit: Longest wait after a failed launch (our choice).
        rebalance: From an uneven spread over the zones to the launch that evens it out (our choice:
            "gradually" in the guide).
        deletion: From a forced deletion to its first terminations, and from the last member's end to the
            group's (captured).
        deletion_rest: From a forced deletion to the terminations of retained members (captured).
    """

    reaction: float = 10
    pending: float = 30
    terminating: float = 15
    selected: float = 1
    health_check: float = 60
    unhealthy: float = 10
    replacement: float = 2
    launch_retry: float = 30
    launch_retry_limit: float = 900
    rebalance: float = 60
    deletion: float = 3
    deletion_rest: float = 13

    def __post_init__(self) -> None:
        for field in fields(self):
            # A wait of zero would let the group act on the same moment for ever.
            if getattr(self, field.name) <= 0:
                raise ValueError(f"{field.name} must be above zero")
