"""Each check of triggers, dead letters, queues and keys fails on a control plane that breaks its promise."""

import pytest

from tests.templates import alarms, dead_letters, keys, queues, triggers
from tests.templates.conftest import Templates
from tests.templates.mutants import (
    ALARM_RULE,
    ANYWHERE,
    GONE,
    Mutant,
    P,
    arn,
    named_anew,
    of_key,
    of_policy,
    of_role,
    ref,
)

REPORT, SWEEP = "ReportsToControlPlane", "SweepSweepEvent"
CALL = "ReportsCallOnReport"
READER = "ReconcileReconcileSqsEventSource"
NEW_FUNCTION = {"Type": "AWS::Lambda::Function", P: {"Timeout": 3, "Role": arn("SweepRole")}}
NEW_PERMISSION = {
    "Type": "AWS::Lambda::Permission",
    P: {
        "Action": "lambda:InvokeFunction",
        "FunctionName": ref("Sweep"),
        "Principal": "events.amazonaws.com",
        "SourceArn": arn(ALARM_RULE),
    },
}
MUTANTS = [
    # Triggers and permissions.
    Mutant(triggers.reached, (SWEEP, P, "State"), "DISABLED", "Sweep"),
    Mutant(triggers.reached, (READER, P, "Enabled"), False, "Reconcile"),
    Mutant(triggers.reached, (ALARM_RULE, P, "Targets", 0, "Arn"), arn("Operators"), f"OnAlarm {ALARM_RULE}"),
    Mutant(triggers.reached, ("Newcomer",), NEW_FUNCTION, "Newcomer"),
    Mutant(triggers.permitted, (CALL,), GONE, REPORT),
    Mutant(triggers.permitted, (f"{ALARM_RULE}Permission",), GONE, ALARM_RULE),
    Mutant(triggers.permitted, ("APIHandlerInvokePermission",), GONE, "RestAPI"),
    Mutant(
        triggers.permitted,
        (f"{ALARM_RULE}Permission", P, "Principal"),
        "lambda.alarms.cloudwatch.amazonaws.com",
        f"{ALARM_RULE} {ALARM_RULE}Permission",
    ),
    Mutant(
        triggers.permitted,
        (CALL, P, "SourceArn"),
        ref("Operators"),
        f"{REPORT} {CALL}",
    ),
    Mutant(
        triggers.permitted,
        (CALL, P, "SourceArn"),
        {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:*:highwater-reports-*"},
        f"{REPORT} {CALL}",
    ),
    Mutant(triggers.permitted, (f"{SWEEP}Permission", P, "SourceArn"), GONE, f"{SWEEP} {SWEEP}Permission"),
    Mutant(
        triggers.permitted,
        ("APIHandlerInvokePermission", P, "SourceArn"),
        {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/*"},
        "RestAPI APIHandlerInvokePermission",
    ),
    Mutant(
        triggers.permitted,
        ("APIHandlerInvokePermission", P, "SourceArn"),
        {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPI}/*/GET/*"},
        "RestAPI",
    ),
    Mutant(triggers.permitted, ("Newcomer",), NEW_PERMISSION, "Newcomer"),
    # Dead letters.
    Mutant(dead_letters.undelivered, (ALARM_RULE, P, "Targets", 0, "DeadLetterConfig"), GONE, ALARM_RULE),
    Mutant(
        dead_letters.undelivered,
        (ALARM_RULE, P, "Targets", 0, "DeadLetterConfig", "Arn"),
        arn("WakeUpsDeadLetters"),
        ALARM_RULE,
    ),
    Mutant(dead_letters.undelivered, (ALARM_RULE, P, "Name"), "on-alarm", ALARM_RULE),
    Mutant(
        dead_letters.undelivered,
        of_policy("DeadLettersPolicy", "ReportsThatReachedNoFunction", "Condition"),
        {"ArnEquals": {"aws:SourceArn": ref("Operators")}},
        REPORT,
    ),
    Mutant(
        dead_letters.undelivered,
        of_policy("DeadLettersPolicy", "ReportsThatReachedNoFunction", "Principal"),
        {"Service": "events.amazonaws.com"},
        REPORT,
    ),
    Mutant(
        dead_letters.undelivered,
        of_policy("DeadLettersPolicy", "ReportsThatReachedNoFunction", "Condition"),
        ANYWHERE,
        "DeadLetters",
    ),
    Mutant(
        dead_letters.undelivered,
        of_policy("DeadLettersPolicy", "EventsThatReachedNoFunction"),
        GONE,
        f"{ALARM_RULE} {SWEEP} OnFleetEventOnFleetEventEvent",
    ),
    Mutant(
        dead_letters.undelivered,
        ("DeadLettersPolicy", P, "Queues"),
        [ref("WakeUpsDeadLetters")],
        f"{REPORT} {ALARM_RULE} {SWEEP} OnFleetEventOnFleetEventEvent",
    ),
    Mutant(dead_letters.refused, ("Sweep", P, "DeadLetterConfig"), GONE, "Sweep"),
    Mutant(dead_letters.refused, of_role("OnAlarmRole", "KeepWhatFailed"), GONE, "OnAlarm"),
    Mutant(
        dead_letters.refused,
        of_role("OnAlarmRole", "KeepWhatFailed", "Resource"),
        arn("WakeUpsDeadLetters"),
        "OnAlarm",
    ),
    # The queue that is read.
    Mutant(queues.redriven, ("WakeUps", P, "RedrivePolicy"), GONE, "WakeUps"),
    Mutant(queues.redriven, ("WakeUps", P, "RedrivePolicy", "maxReceiveCount"), 1, "WakeUps"),
    Mutant(
        queues.redriven,
        ("WakeUps", P, "RedrivePolicy", "deadLetterTargetArn"),
        arn("DeadLetters"),
        "WakeUps",
    ),
    Mutant(queues.redriven, (READER, P, "EventSourceArn"), arn("Operators"), READER),
    Mutant(queues.read, ("WakeUps", P, "VisibilityTimeout"), 89, "WakeUps"),
    Mutant(queues.read, (READER, P, "MaximumBatchingWindowInSeconds"), 1, "WakeUps"),
    Mutant(queues.read, (READER, P, "FunctionResponseTypes"), GONE, READER),
    Mutant(queues.read, of_role("ReconcileRole", "TakeWakeUps"), GONE, READER),
    Mutant(queues.read, of_role("ReconcileRole", "TakeWakeUps", "Action", 1), "sqs:PurgeQueue", READER),
    Mutant(
        queues.queued,
        of_policy("WakeUpsPolicy", "FromTheEdgeFunctionsOnly", "Condition", "ArnNotEquals"),
        {"aws:PrincipalArn": [arn("SweepRole"), arn("OnReportRole"), arn("OnAlarmRole")]},
        "ApiHandlerRole OnFleetEventRole",
    ),
    # Encryption.
    Mutant(keys.encrypted, ("Operators", P, "KmsMasterKeyId"), "alias/aws/sns", "Operators"),
    Mutant(
        keys.services_may_encrypt,
        ("DeadLetters", P, "KmsMasterKeyId"),
        ref("Key"),
        f"{REPORT} {ALARM_RULE} {SWEEP} OnFleetEventOnFleetEventEvent",
    ),
    Mutant(keys.roles_may_encrypt, of_role("ReconcileRole", "EncryptForOperators"), GONE, "ReconcileRole"),
    Mutant(
        keys.roles_may_encrypt,
        of_role("ReconcileRole", "EncryptForOperators", "Condition", "StringEquals", "kms:ViaService"),
        "sqs.us-east-1.amazonaws.com",
        "ReconcileRole",
    ),
    Mutant(
        keys.roles_may_encrypt,
        of_key("GivenByThisAccountsPolicies"),
        GONE,
        "ReconcileRole RdbRole TickerplantRole",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_check_names_what_is_broken(templates: Templates, mutant: Mutant) -> None:
    broken = templates._replace(control=mutant.breaks(templates.control))
    found = named_anew(mutant.check(templates.world()), mutant.check(broken.world()))
    assert found == set(mutant.named.split())


def test_no_alarm_can_be_told_when_the_key_does_not_know_cloudwatch(templates: Templates) -> None:
    """Every alarm with an action, and no other."""
    break_ = Mutant(keys.services_may_encrypt, of_key("AlarmsTellOperators"), GONE, "")
    broken = templates._replace(control=break_.breaks(templates.control)).world()
    telling = {alarm for _, alarm, _ in alarms.publishing(broken)}
    assert telling
    assert named_anew((), keys.services_may_encrypt(broken)) == telling
