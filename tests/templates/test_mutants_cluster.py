"""Each check of the cluster's template fails on a template that breaks its promise, and says where."""

import pytest

from tests.templates import alarms, dead_letters, files, hosts, keys, triggers, walls
from tests.templates.conftest import Templates
from tests.templates.mutants import GONE, Mutant, P, named_anew

REPORT = "ReportsToControlPlane"
GROUP = ("RdbGroup", P)
HOOK = (*GROUP, "LifecycleHookSpecificationList", 0)
LAUNCHED = ("RdbTemplate", P, "LaunchTemplateData")
DISK = (*LAUNCHED, "BlockDeviceMappings", 0, "Ebs")
POLICY = ("Logs", P, "FileSystemPolicy", "Statement")
RDB_IN = ("RdbSecurityGroup", P, "SecurityGroupIngress", 0)
NFS_IN = ("LogsSecurityGroup", P, "SecurityGroupIngress", 0)
ROLE = ("RdbRole", P, "Policies", 0, "PolicyDocument", "Statement")
ANYONE = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 5000, "ToPort": 5099}
SSH_IN = {
    "Type": "AWS::EC2::SecurityGroupIngress",
    P: {
        "GroupId": {"Fn::GetAtt": ["RdbSecurityGroup", "GroupId"]},
        "SourceSecurityGroupId": {"Ref": "QuerierSecurityGroup"},
        "IpProtocol": "tcp",
        "FromPort": 0,
        "ToPort": 1024,
    },
}
MUTANTS = [
    # Walls.
    Mutant(walls.walls, (*GROUP, "NewInstancesProtectedFromScaleIn"), GONE, "RdbGroup"),
    Mutant(walls.walls, (*GROUP, "DeletionProtection"), GONE, "RdbGroup"),
    Mutant(walls.walls, (*GROUP, "InstanceLifecyclePolicy"), GONE, "RdbGroup"),
    Mutant(walls.walls, (*GROUP, "LifecycleHookSpecificationList"), GONE, "RdbGroup"),
    Mutant(walls.walls, (*HOOK, "DefaultResult"), "CONTINUE", "RdbGroup"),
    Mutant(walls.walls, (*HOOK, "HeartbeatTimeout"), 3600, "RdbGroup"),
    Mutant(walls.walls, (*HOOK, "LifecycleHookName"), "terminating", "RdbGroup"),
    Mutant(walls.walls, (*HOOK, "LifecycleTransition"), "autoscaling:EC2_INSTANCE_LAUNCHING", "RdbGroup"),
    Mutant(walls.walls, (*GROUP, "Tags", "highwater:role"), GONE, "cluster"),
    Mutant(walls.left_alone, (*GROUP, "DesiredCapacity"), "1", "RdbGroup"),
    Mutant(walls.left_alone, ("RdbGroup", "UpdatePolicy"), {"AutoScalingRollingUpdate": {}}, "RdbGroup"),
    Mutant(walls.left_alone, ("RdbGroup", "DeletionPolicy"), GONE, "RdbGroup"),
    Mutant(walls.left_alone, ("RdbGroup", "UpdateReplacePolicy"), "Delete", "RdbGroup"),
    Mutant(
        walls.imports,
        (*ROLE, "Report", "Resource"),
        {"Fn::ImportValue": "highwater-nothing"},
        "highwater-nothing",
    ),
    # Hosts.
    Mutant(hosts.hardened, (*LAUNCHED, "MetadataOptions", "HttpTokens"), "optional", "RdbTemplate"),
    Mutant(hosts.hardened, (*LAUNCHED, "MetadataOptions", "InstanceMetadataTags"), GONE, "RdbTemplate"),
    Mutant(hosts.hardened, (*LAUNCHED, "BlockDeviceMappings"), GONE, "RdbTemplate"),
    Mutant(hosts.hardened, (*DISK, "Encrypted"), False, "RdbTemplate"),
    Mutant(hosts.hardened, (*DISK, "VolumeType"), "gp2", "RdbTemplate"),
    Mutant(hosts.console_proof, (*LAUNCHED, "DisableApiTermination"), False, "RdbTemplate"),
    Mutant(hosts.console_proof, (*LAUNCHED, "DisableApiStop"), GONE, "RdbTemplate"),
    Mutant(hosts.closed, ("RdbSecurityGroup", P, "SecurityGroupIngress"), [ANYONE], "RdbSecurityGroup"),
    Mutant(hosts.closed, (*RDB_IN, "SourceSecurityGroupId"), GONE, "RdbSecurityGroup"),
    Mutant(hosts.closed, ("SshIn",), SSH_IN, "SshIn"),
    Mutant(hosts.closed, (*NFS_IN, "IpProtocol"), "-1", "LogsSecurityGroup"),
    Mutant(hosts.closed, (*NFS_IN, "ToPort"), 2050, "LogsSecurityGroup"),
    # The logs' file system.
    Mutant(files.stored, ("Logs", P, "Encrypted"), False, "Logs"),
    Mutant(files.stored, ("Logs", P, "ThroughputMode"), GONE, "Logs"),
    Mutant(files.stored, ("Logs", P, "BackupPolicy", "Status"), "DISABLED", "Logs"),
    Mutant(files.stored, ("Logs", "DeletionPolicy"), GONE, "Logs"),
    Mutant(files.waited_for, ("RdbGroup", "Metadata"), GONE, "RdbGroup"),
    Mutant(files.waited_for, ("TickerplantGroup", "Metadata"), GONE, "TickerplantGroup"),
    Mutant(
        files.waited_for,
        ("TickerplantGroup", "DependsOn"),
        ["LogsInSubnetA", "TickerplantMounts"],
        "TickerplantGroup",
    ),
    Mutant(
        files.mounted,
        ("LogsInSubnetB", P, "SubnetId"),
        {"Ref": "SubnetA"},
        "RdbGroup TickerplantGroup WriterGroup",
    ),
    Mutant(files.mounted, ("LogsAccess", P, "PosixUser"), {"Uid": "0", "Gid": "0"}, "Logs"),
    Mutant(files.guarded, ("Logs", P, "FileSystemPolicy"), GONE, "Logs"),
    Mutant(files.guarded, (*POLICY, "EncryptedInTransit"), GONE, "Logs"),
    Mutant(
        files.guarded,
        (*POLICY, "ThroughAnAccessPoint"),
        GONE,
        "Logs",
    ),
    Mutant(files.guarded, (*POLICY, "ThroughMountTargets"), GONE, "Logs"),
    Mutant(files.guarded, (*POLICY, "EncryptedInTransit", "Effect"), "Allow", "Logs"),
    Mutant(
        files.guarded,
        ("CodeMounts", P, "PolicyDocument", "Statement", "WriteCode", "Action"),
        "elasticfilesystem:Client*",
        "CodeRole",
    ),
    Mutant(files.kept_from_writing, (*POLICY, "RdbsWriteNothing"), GONE, "Logs"),
    Mutant(
        files.kept_from_writing,
        (*POLICY, "RdbsWriteNothing", "Condition", "ArnEquals", "aws:PrincipalArn"),
        {"Fn::GetAtt": ["CodeRole", "Arn"]},
        "Logs",
    ),
    # Beside the control plane.
    Mutant(triggers.reached, (REPORT, P, "Protocol"), "email", "OnReport"),
    Mutant(triggers.reached, (REPORT, P, "Endpoint"), {"Ref": "Reports"}, f"OnReport {REPORT}"),
    Mutant(triggers.permitted, ("Reports", P, "TopicName"), "reports", f"ReportsCallOnReport {REPORT}"),
    Mutant(dead_letters.undelivered, (REPORT, P, "RedrivePolicy"), GONE, REPORT),
    Mutant(dead_letters.undelivered, ("Reports", P, "TopicName"), "reports", REPORT),
    Mutant(keys.encrypted, ("Reports", P, "KmsMasterKeyId"), GONE, "Reports"),
    Mutant(keys.roles_may_encrypt, (*ROLE, "EncryptReports"), GONE, "RdbRole"),
    Mutant(alarms.heard, ("MemoryAlarm", P, "AlarmName"), "memory-trades", "MemoryAlarm"),
    Mutant(
        alarms.heard,
        ("MemoryAlarm", P, "AlarmActions"),
        [{"Ref": "Reports"}],
        "MemoryAlarm",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_check_names_what_is_broken(templates: Templates, mutant: Mutant) -> None:
    broken = templates._replace(cluster=mutant.breaks(templates.cluster))
    found = named_anew(mutant.check(templates.world()), mutant.check(broken.world()))
    assert found == set(mutant.named.split())
