"""What AWS refuses of any request: names, tokens and sizes that it does not know, and what is missing."""

from tests.twin.autoscaling_states import API, INVALID, NAMED, Refusal, one

# fmt: off
REQUESTS = [
    Refusal("a filter of no known name", API, one,
            "DescribeAutoScalingGroups", {"Filters": [{"Name": "name", "Values": ["x"]}]}, INVALID,
            "Filter type name is not correct. Allowed Filter types are: tag-key tag-value tag:<key>"),
    Refusal("a tag filter of no known name", API, one,
            "DescribeTags", {"Filters": [{"Name": "name", "Values": ["x"]}]}, INVALID,
            "Filter type name is not correct. Allowed Filter types are: auto-scaling-group key value "
            "propagate-at-launch"),
    Refusal("a page of more than a hundred groups", API, one,
            "DescribeAutoScalingGroups", {"MaxRecords": 101}, INVALID,
            "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member "
            "must have value less than or equal to 100"),
    Refusal("a token that was never given out", API, one,
            "DescribeAutoScalingGroups", {"NextToken": "gibberish"}, "InvalidNextToken",
            "The token 'gibberish' is invalid."),
    Refusal("a request without what it needs", API, one,
            "SetDesiredCapacity", NAMED, INVALID,
            "1 validation error detected: Value null at 'desiredCapacity' failed to satisfy constraint: "
            "Member must not be null"),
    Refusal("a process of no known name", API, one,
            "SuspendProcesses", {**NAMED, "ScalingProcesses": ["Sleep"]}, INVALID,
            "1 validation error detected: Value 'Sleep' at 'scalingProcesses' failed to satisfy constraint: "
            "Member must satisfy enum value set: [AZRebalance, AddToLoadBalancer, AlarmNotification, "
            "HealthCheck, InstanceRefresh, Launch, ReplaceUnhealthy, ScheduledActions, Terminate]"),
]
# fmt: on
