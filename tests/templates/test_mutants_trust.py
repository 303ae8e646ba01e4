"""Each check of the cluster's graph names what would let a host get at another."""

from typing import Any

import pytest

from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, IMAGE_TEMPLATE, read_template
from tests.templates import trust
from tests.templates.conftest import Templates
from tests.templates.mutants import GONE, Mutant, P, named_anew, ref


def group(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "GroupId"]}


def lets_in(target: str, caller: str, port: int) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        P: {
            "GroupId": group(target),
            "SourceSecurityGroupId": group(caller),
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
        },
    }


def told(old: str, new: str, template: str = "RdbTemplate") -> str:
    """The user data of hosts with another text in one place."""
    script: Any = read_template(CLUSTER_TEMPLATE)["Resources"]
    for step in script_of(template):
        script = script[step]
    return _with(str(script), old, new)


def script_of(template: str) -> tuple[str | int, ...]:
    """The path to the user data of a launch template."""
    path: tuple[str | int, ...] = (template, P, "LaunchTemplateData", "UserData", "Fn::Base64", "Fn::Sub")
    # With names of its own, the text is the first of two.
    return (*path, 0) if template == "RdbTemplate" else path


def baked(old: str, new: str) -> str:
    """What bakes the image with another text in one place."""
    return _with(str(read_template(IMAGE_TEMPLATE)["Resources"]["Host"][P]["Data"]["Fn::Sub"][0]), old, new)


def _with(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


RDB = ("RdbTemplate", P, "LaunchTemplateData")
RDB_SCRIPT = script_of("RdbTemplate")
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": ref("QPassword")}
TICKERPLANT = ("TickerplantTemplate", P, "LaunchTemplateData")
RDB_POLICY = ("RdbRole", P, "Policies", 0, "PolicyDocument", "Statement")
REPORTS_POLICY = ("ReportsPolicy", P, "PolicyDocument", "Statement")
ANY_TOPIC = {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:highwater-reports-*"}
TICKERPLANT_MOUNTS = ("TickerplantMounts", P, "PolicyDocument", "Statement")
WRITER_POLICY = ("WriterPolicy", P, "PolicyDocument", "Statement")
CODE_MOUNTS = ("CodeMounts", P, "PolicyDocument", "Statement", "WriteCode")
START = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
IN = "SecurityGroupIngress"
MUTANTS = [
    # Who reports where.
    Mutant(trust.reported, (*RDB_POLICY, "Report"), GONE, "RdbRole"),
    Mutant(trust.reported, (*RDB_POLICY, "Report", "Resource"), ANY_TOPIC, "RdbRole"),
    Mutant(trust.reported, (*REPORTS_POLICY, "FromTheHostsOfThisClusterOnly"), GONE, "Reports"),
    Mutant(
        trust.reported,
        (*REPORTS_POLICY, "FromTheHostsOfThisClusterOnly", "Condition", "ArnNotEquals", "aws:PrincipalArn"),
        {"Fn::GetAtt": ["CodeRole", "Arn"]},
        "Reports RdbRole TickerplantRole",
    ),
    Mutant(trust.reported, ("ReportsPolicy", P, "Topics"), [{"Fn::ImportValue": "highwater-key"}], "Reports"),
    Mutant(
        trust.reported,
        RDB_SCRIPT,
        told("HIGHWATER_REPORTS_TOPIC=${Reports}", "HIGHWATER_REPORTS_TOPIC=${QPassword}"),
        "RdbTemplate",
    ),
    *(
        Mutant(
            trust.reported,
            script_of("TickerplantTemplate"),
            told(line, "", "TickerplantTemplate"),
            "TickerplantTemplate",
        )
        for line in ("HIGHWATER_REPORTS_TOPIC=${Reports}", "HIGHWATER_ROLE=tickerplant")
    ),
    Mutant(
        trust.reported,
        RDB_SCRIPT,
        told("HIGHWATER_SCALE", "HIGHWATER_ROLE=tickerplant\nHIGHWATER_SCALE"),
        "RdbTemplate",
    ),
    # Who reaches whom.
    Mutant(trust.reached, ("RdbIn",), lets_in("RdbSecurityGroup", "RdbSecurityGroup", 5001), "RdbIn"),
    Mutant(trust.reached, ("RdbIn",), lets_in("RdbSecurityGroup", "TickerplantSecurityGroup", 5001), "RdbIn"),
    Mutant(trust.reached, ("RdbIn",), lets_in("RdbSecurityGroup", "QuerierSecurityGroup", 5002), "RdbIn"),
    Mutant(trust.reached, ("FeedIn",), lets_in("RdbSecurityGroup", "FeedSecurityGroup", 5001), "FeedIn"),
    Mutant(trust.reached, ("Files",), lets_in("LogsSecurityGroup", "FeedSecurityGroup", 2049), "Files"),
    Mutant(
        trust.reached,
        ("RdbSecurityGroup", P, IN, 0, "SourceSecurityGroupId"),
        group("RdbSecurityGroup"),
        "RdbSecurityGroup",
    ),
    Mutant(trust.reached, ("RdbSecurityGroup", P, IN, 0, "FromPort"), 5000, "RdbSecurityGroup"),
    Mutant(trust.reached, ("TickerplantSecurityGroup", P, IN, 0), GONE, "TickerplantSecurityGroup"),
    Mutant(trust.reached, ("QueriersToRdbs",), GONE, "RdbSecurityGroup"),
    Mutant(
        trust.reached, ("WriterIn",), lets_in("RdbSecurityGroup", "WriterSecurityGroup", 5001), "WriterIn"
    ),
    Mutant(trust.reached, ("WriterToHdbs",), GONE, "HdbSecurityGroup"),
    Mutant(trust.reached, ("HdbSecurityGroup", P, IN, 0, "ToPort"), 5004, "HdbSecurityGroup"),
    Mutant(trust.reached, ("HdbsToFiles",), GONE, "LogsSecurityGroup"),
    Mutant(trust.reached, ("RdbsToLogs",), GONE, "LogsSecurityGroup"),
    Mutant(
        trust.reached,
        ("RdbsToTickerplant", P, "DestinationSecurityGroupId"),
        group("RdbSecurityGroup"),
        "RdbsToTickerplant TickerplantSecurityGroup",
    ),
    Mutant(
        trust.reached,
        ("RdbSecurityGroup", P, "SecurityGroupEgress", 0, "IpProtocol"),
        "-1",
        "RdbSecurityGroup",
    ),
    Mutant(trust.separated, (*RDB, "SecurityGroupIds", 0), group("TickerplantSecurityGroup"), "RdbTemplate"),
    Mutant(
        trust.separated,
        (*RDB, "SecurityGroupIds"),
        [group("RdbSecurityGroup"), group("QuerierSecurityGroup")],
        "RdbTemplate",
    ),
    Mutant(
        trust.separated,
        (*TICKERPLANT, "IamInstanceProfile", "Arn"),
        {"Fn::GetAtt": ["RdbProfile", "Arn"]},
        "RdbTemplate",
    ),
    # Who writes what.
    Mutant(
        trust.written,
        (*TICKERPLANT_MOUNTS, "ReadCode", "Action"),
        ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "TickerplantRole",
    ),
    Mutant(trust.written, (*TICKERPLANT_MOUNTS, "ReadCode"), GONE, "TickerplantRole"),
    Mutant(trust.written, (*TICKERPLANT_MOUNTS, "WriteLogs", "Condition"), GONE, "TickerplantRole"),
    Mutant(trust.written, (*TICKERPLANT_MOUNTS, "WriteLogs"), GONE, "TickerplantRole"),
    Mutant(trust.written, (*WRITER_POLICY, "WriteHdb", "Condition"), GONE, "WriterRole"),
    Mutant(
        trust.written, (*WRITER_POLICY, "WriteHdb", "Action"), "elasticfilesystem:ClientMount", "WriterRole"
    ),
    Mutant(trust.written, (*WRITER_POLICY, "ReadLogsAndCode"), GONE, "WriterRole"),
    Mutant(
        trust.written,
        (*TICKERPLANT_MOUNTS, "WriteLogs", "Condition", "StringEquals", "elasticfilesystem:AccessPointArn"),
        "*",
        "TickerplantRole",
    ),
    Mutant(trust.written, (*CODE_MOUNTS, "Condition"), GONE, "CodeRole"),
    Mutant(trust.written, (*CODE_MOUNTS, "Action"), "elasticfilesystem:ClientMount", "CodeRole"),
    Mutant(
        trust.written,
        ("RdbMounts", P, "Roles"),
        [ref("TickerplantRole")],
        "RdbRole",
    ),
    # Who starts what.
    Mutant(trust.started, (*RDB_POLICY, "PublishMemory", "Action"), "cloudwatch:*", "RdbRole"),
    Mutant(trust.started, (*RDB_POLICY, "PublishMemory", "Action"), "ssm:SendCommand", "RdbRole"),
    Mutant(trust.started, (*RDB_POLICY, "Report"), START, "RdbRole"),
    Mutant(
        trust.started,
        ("RdbRole", P, "AssumeRolePolicyDocument", "Statement", 0, "Principal"),
        {"Service": "ec2.amazonaws.com", "AWS": {"Fn::GetAtt": ["TickerplantRole", "Arn"]}},
        "RdbRole",
    ),
    # Who enters q.
    Mutant(trust.locked, (*RDB_POLICY, "ReadQPassword", "Resource"), "*", "RdbRole"),
    Mutant(trust.locked, ("TickerplantRole", P, "Policies"), GONE, "TickerplantRole"),
    Mutant(trust.locked, CODE_MOUNTS, READ, "CodeRole"),
    Mutant(trust.locked, (*WRITER_POLICY, "ReadQPassword"), GONE, "WriterRole"),
    Mutant(trust.locked, RDB_SCRIPT, told("HIGHWATER_Q_SECRET=${QPassword}", ""), "RdbTemplate"),
    Mutant(trust.locked, RDB_SCRIPT, told("=/run/highwater/", "=/mnt/highwater/"), "RdbTemplate"),
    Mutant(trust.locked, RDB_SCRIPT, told("start highwater-passwords", "start"), "RdbTemplate"),
    Mutant(trust.written, RDB_SCRIPT, told("/mnt/code efs ro,", "/mnt/code efs "), "RdbRole"),
]
BAKED = ("Host", P, "Data", "Fn::Sub", 0)
IMAGE_MUTANTS = [
    Mutant(
        trust.locked,
        BAKED,
        baked("q $door /mnt/code/kx/rdb.q 5001", "q /mnt/code/kx/rdb.q -p 5001"),
        "RdbTemplate",
    ),
    Mutant(
        trust.locked,
        BAKED,
        baked("door=/opt/highwater/", "door=/mnt/code/kx/"),
        "RdbTemplate TickerplantTemplate WriterTemplate",
    ),
    Mutant(
        trust.written,
        BAKED,
        baked("/mnt/code/kx/tickerplant.q", "/mnt/highwater/kx/tickerplant.q"),
        "TickerplantRole",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_check_names_what_is_broken(templates: Templates, mutant: Mutant) -> None:
    broken = templates._replace(cluster=mutant.breaks(templates.cluster))
    found = named_anew(mutant.check(templates.world()), mutant.check(broken.world()))
    assert found == set(mutant.named.split())


@pytest.mark.parametrize("mutant", IMAGE_MUTANTS, ids=str)
def test_a_check_names_what_is_broken_by_the_image(templates: Templates, mutant: Mutant) -> None:
    broken = templates._replace(image=mutant.breaks(templates.image))
    found = named_anew(mutant.check(templates.world()), mutant.check(broken.world()))
    assert found == set(mutant.named.split())
