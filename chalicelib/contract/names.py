"""Names that hosts, templates and the control plane share: clusters, groups, tags, metrics, alarms."""

import re
from enum import StrEnum

CLUSTER_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
INSTANCE_ID = r"i-[0-9a-f]{8,17}"
# Short, since the ledger keeps it.
HOST_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
# What q says to people, who read it in a terminal.
MOST_WORDS = 160
WORDS = rf"[ -~]{{1,{MOST_WORDS}}}"

GROUP_PREFIX = "highwater-"
REPORTS_PREFIX = "highwater-reports-"
ALARM_PREFIX = "highwater-memory-"

CLUSTER_TAG = "highwater:cluster"
ROLE_TAG = "highwater:role"


class Role(StrEnum):
    """The role of a cluster's host, as in its group's tag, in HIGHWATER_ROLE and in its reports."""

    RDB = "rdb"
    TICKERPLANT = "tickerplant"


ROLES = tuple(Role)
DRAIN_TAG = "highwater:drain"
IMAGE_TAG = "highwater:image"
IMAGE_RELEASE_TAG = "highwater:release"

# Settings of a cluster, on its RDB group.
SCALE_TAG = "highwater:scale-threshold"
ROLL_TAG = "highwater:roll-threshold"
LEAD_TAG = "highwater:lead-seconds"
MEMORY_FRESH_TAG = "highwater:memory-fresh-seconds"
DRAINED_GOOD_TAG = "highwater:drained-good-seconds"
RETIRING_TAG = "highwater:retiring"
RULE_TAG = "highwater:rule"
HARD_TAG = "highwater:hard-threshold"
HAND_BACK_TAG = "highwater:hand-back-seconds"

TAG_PREFIX = "highwater:"
TAGS = frozenset(
    {
        CLUSTER_TAG,
        ROLE_TAG,
        DRAIN_TAG,
        IMAGE_TAG,
        IMAGE_RELEASE_TAG,
        SCALE_TAG,
        ROLL_TAG,
        LEAD_TAG,
        MEMORY_FRESH_TAG,
        DRAINED_GOOD_TAG,
        RETIRING_TAG,
        RULE_TAG,
        HARD_TAG,
        HAND_BACK_TAG,
    }
)

METRIC_NAMESPACE = "Highwater"
METRIC_NAME = "MemoryUtilization"
# Of an RDB that has rolled: neither the memory alarm nor a decision needs it each minute.
ROLLED_METRIC_NAME = "RolledMemoryUtilization"
CLUSTER_DIMENSION = "Cluster"
INSTANCE_DIMENSION = "InstanceId"
OWN_NAMESPACE = "Highwater/ControlPlane"


def rdb_group(cluster: str) -> str:
    """Return the name of a cluster's RDB group; its hosts' role has it too, with the region behind it."""
    return f"{GROUP_PREFIX}{cluster}-rdb"


def cluster_named(group: str) -> str | None:
    """Return the cluster whose RDB group has this name; None where none may have it."""
    cluster = group.removeprefix(GROUP_PREFIX).removesuffix("-rdb")
    return cluster if rdb_group(cluster) == group and re.fullmatch(CLUSTER_NAME, cluster) else None


def dimensions_of(cluster: str, instance_id: str) -> list[dict[str, str]]:
    """Return the dimensions of an RDB's metrics, as CloudWatch takes them."""
    return [
        {"Name": CLUSTER_DIMENSION, "Value": cluster},
        {"Name": INSTANCE_DIMENSION, "Value": instance_id},
    ]
