"""Names that hosts, templates and the control plane share: tags, metrics, alarms."""

CLUSTER_TAG = "highwater:cluster"
ROLE_TAG = "highwater:role"
RDB_ROLE = "rdb"
DRAIN_TAG = "highwater:drain"
ALARM_PREFIX = "highwater-memory-"
METRIC_NAMESPACE = "Highwater"
METRIC_NAME = "MemoryUtilization"
