"""A cluster on the embedded AWS: its stack, its group, its ledger's table and its topic."""

from collections.abc import Mapping
from typing import Any

from highwater.market.rdb import Cluster
from twin.aws.embedded import EmbeddedAws


class DeployedCluster:
    """One cluster; `lead` in seconds, `sizes` are MinSize and MaxSize. To make it is to deploy its stack."""

    def __init__(self, aws: EmbeddedAws, cluster: Cluster, lead: int, sizes: tuple[int, int]) -> None:
        parameters = {
            "Rule": cluster.rule,
            "ScaleThreshold": f"{cluster.scale if cluster.scaled else 0:g}",
            "AlarmThreshold": f"{cluster.scale:g}",
            "RollThreshold": f"{cluster.roll:g}",
            "HardThreshold": f"{cluster.hard or 0:g}",
            "LeadSeconds": str(lead),
            "MinSize": str(sizes[0]),
            "MaxSize": str(sizes[1]),
        }
        resources = aws.deploy_cluster(cluster.name, parameters)
        self._groups = aws.groups
        self.group_name = str(resources["RdbGroup"][1]["Name"])
        self.table = aws.wiring.named("Reconcile").environment["LEDGER_TABLE"]
        self.reports_topic = str(resources["Reports"][1]["Name"])

    def group(self) -> Mapping[str, Any]:
        """Return the group as it truly is."""
        query = {"AutoScalingGroupNames": [self.group_name]}
        found: Mapping[str, Any]
        (found,) = self._groups.call("DescribeAutoScalingGroups", query)["AutoScalingGroups"]
        return found
