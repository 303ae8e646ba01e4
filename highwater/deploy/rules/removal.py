"""Rules for taking a cluster or the control plane away. Pure, as `preflight`."""

from collections.abc import Iterable

from chalicelib.contract.names import CLUSTER_TAG, RETIRING_TAG, ROLE_TAG, Role
from highwater.deploy.rules.facts import Group, Stack

LIVE_ONE = (
    "The live one does not drain by itself: stop its feeds, let it write the day down, then call "
    ".highwater.drain[] in its q, which rolls it first."
)


def group_refusal(cluster: str, region: str, group: Group | None) -> str | None:
    """Refuse a group that does not exist, or is not the cluster's RDB group."""
    if group is None:
        return (
            f"There is no cluster {cluster} in {region}: give the name and --region that it was created with."
        )
    if (group.tags.get(ROLE_TAG), group.tags.get(CLUSTER_TAG)) != (Role.RDB, cluster):
        return f"Group {group.name} is not tagged as the RDBs of {cluster}: fix its tags, or leave it alone."
    return None


def instances_refusal(cluster: str, group: Group | None) -> str | None:
    """Refuse a group that has an instance or may get one: each leaves only when it has proved to be empty."""
    if group is None:
        return None
    if group.min_size or group.tags.get(RETIRING_TAG) != "yes":
        return f"Cluster {cluster} is not retired: run `make retire CLUSTER={cluster}` first."
    if group.instances:
        left = ", ".join(f"{instance} ({state})" for instance, state in group.instances)
        return (
            f"Cluster {cluster} still has {left}: the control plane releases each one that is drained. "
            f"{LIVE_ONE} Then run this again."
        )
    if group.desired:
        return f"Cluster {cluster} still wants {group.desired} instances: wait until they have come and gone."
    return None


def service_refusal(region: str, stack: Stack | None, groups: Iterable[Group]) -> str | None:
    """Refuse to remove a control plane that serves clusters: nobody else launches the next RDB."""
    if stack is None:
        return f"There is no control plane in {region}: give the --region that it was created in."
    if names := sorted(group.name for group in groups):
        return f"The control plane still serves {', '.join(names)}: remove those clusters first."
    return None
