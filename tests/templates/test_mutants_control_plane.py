"""Each check of alarms, functions, the API and the table fails on a control plane that breaks its promise."""

import pytest

from tests.templates import alarms, api, functions, table
from tests.templates.conftest import Templates
from tests.templates.mutants import (
    ALARM_RULE,
    ANYWHERE,
    GONE,
    Mutant,
    P,
    arn,
    named_anew,
    of_policy,
    of_role,
    ref,
)

METHOD = ("RestAPI", P, "Body", "paths", "/clusters", "get")
ERRORS = ("ErrorsAlarm", P, "Metrics")
TABLE, STAGE = "LedgerTable", "RestAPIv1Stage"
MUTANTS = [
    # Alarms.
    Mutant(alarms.heard, ("NoSweepAlarm", P, "AlarmActions"), GONE, "NoSweepAlarm"),
    Mutant(alarms.heard, ("NoSweepAlarm", P, "AlarmActions", 0), arn("Sweep"), "NoSweepAlarm"),
    Mutant(alarms.heard, ("NoSweepAlarm", P, "AlarmActions", 0), ref("DeadLetters"), "NoSweepAlarm"),
    Mutant(alarms.heard, ("NoSweepAlarm", P, "ActionsEnabled"), False, "NoSweepAlarm"),
    Mutant(alarms.heard, ("NoSweepAlarm", P, "AlarmName"), "no-sweep", "NoSweepAlarm"),
    Mutant(
        alarms.heard,
        of_policy("OperatorsPolicy", "AlarmsOfTheControlPlane", "Condition"),
        ANYWHERE,
        "Operators",
    ),
    Mutant(
        alarms.heard, (ALARM_RULE, P, "EventPattern", "detail-type"), [alarms.STATE_CHANGES[0]], "MemoryAlarm"
    ),
    Mutant(
        alarms.heard,
        (ALARM_RULE, P, "EventPattern", "detail", "alarmName"),
        [{"prefix": "memory-"}],
        "MemoryAlarm",
    ),
    Mutant(alarms.heard, (ALARM_RULE, P, "State"), "DISABLED", "MemoryAlarm"),
    Mutant(alarms.watched_exists, ("NoSweepAlarm", P, "MetricName"), "Sweep", "NoSweepAlarm"),
    Mutant(alarms.watched_exists, ("NoSweepAlarm", P, "Dimensions"), GONE, "NoSweepAlarm"),
    Mutant(alarms.watched_exists, ("NoSweepAlarm", P, "Dimensions", 0, "Value"), "other", "NoSweepAlarm"),
    Mutant(alarms.watched_exists, ("NoSweepAlarm", P, "Namespace"), "Highwater", "NoSweepAlarm"),
    Mutant(alarms.watched_exists, ("OldestWakeUpAlarm", P, "MetricName"), "Age", "OldestWakeUpAlarm"),
    Mutant(
        alarms.watched_exists,
        ("OldestWakeUpAlarm", P, "Dimensions", 0, "Value"),
        "highwater-wake-ups",
        "OldestWakeUpAlarm",
    ),
    Mutant(alarms.all_watched, (*ERRORS, "sweep"), GONE, "Sweep"),
    Mutant(
        alarms.all_watched,
        ("ThrottlesAlarm",),
        GONE,
        "APIHandler OnReport OnAlarm OnFleetEvent Sweep Reconcile",
    ),
    Mutant(alarms.all_watched, ("DeadLettersAlarm",), GONE, "DeadLetters"),
    Mutant(alarms.all_watched, ("WakeUpsDeadLettersAlarm",), GONE, "WakeUpsDeadLetters"),
    # Functions.
    Mutant(functions.environment, ("Sweep", P, "Environment", "Variables", "LEDGER_TABLE"), GONE, "Sweep"),
    Mutant(functions.environment, ("Sweep", P, "Environment", "Variables", "STAGE"), "prod", "Sweep"),
    Mutant(functions.logs, ("Sweep", P, "LoggingConfig"), GONE, "Sweep"),
    Mutant(functions.logs, of_role("SweepRole", "WriteLogs"), GONE, "Sweep"),
    Mutant(functions.logs, of_role("SweepRole", "WriteLogs", "Resource"), arn("ApiLogs"), "Sweep"),
    Mutant(functions.retention, ("Logs", P, "RetentionInDays"), GONE, "Logs"),
    # The API.
    Mutant(api.signed, (*METHOD, "security"), GONE, "RestAPI"),
    Mutant(api.signed, (*METHOD, "security"), [{"sigv4": []}, {}], "RestAPI"),
    Mutant(api.signed, ("RestAPI", P, "Body", "securityDefinitions", "sigv4"), {"type": "apiKey"}, "RestAPI"),
    Mutant(api.regional, ("RestAPI", P, "EndpointConfiguration", "Types"), ["EDGE"], "RestAPI"),
    Mutant(api.staged, (STAGE,), GONE, "RestAPI"),
    Mutant(api.staged, (STAGE, P, "AccessLogSetting"), GONE, STAGE),
    Mutant(api.staged, (STAGE, P, "AccessLogSetting", "DestinationArn"), arn("DeadLetters"), STAGE),
    Mutant(api.staged, (STAGE, P, "MethodSettings", 0, "ThrottlingRateLimit"), GONE, STAGE),
    Mutant(api.staged, (STAGE, P, "MethodSettings", 0, "ResourcePath"), "/clusters", STAGE),
    # The table.
    Mutant(table.keyed, (TABLE, P, "KeySchema", 1, "AttributeName"), "version", TABLE),
    Mutant(table.keyed, (TABLE, P, "AttributeDefinitions", 1, "AttributeType"), "N", TABLE),
    Mutant(table.keyed, (TABLE, P, "TimeToLiveSpecification", "AttributeName"), "expires", TABLE),
    Mutant(table.keyed, (TABLE, P, "TimeToLiveSpecification"), GONE, TABLE),
    Mutant(table.kept, (TABLE, P, "PointInTimeRecoverySpecification"), GONE, TABLE),
    Mutant(table.kept, (TABLE, P, "SSESpecification"), GONE, TABLE),
    Mutant(table.kept, (TABLE, P, "DeletionProtectionEnabled"), False, TABLE),
    Mutant(table.kept, (TABLE, "DeletionPolicy"), "Delete", TABLE),
    Mutant(table.kept, (TABLE, "UpdateReplacePolicy"), GONE, TABLE),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_check_names_what_is_broken(templates: Templates, mutant: Mutant) -> None:
    broken = templates._replace(control=mutant.breaks(templates.control))
    found = named_anew(mutant.check(templates.world()), mutant.check(broken.world()))
    assert found == set(mutant.named.split())


def test_a_deployment_that_makes_a_stage_of_its_own_is_found(templates: Templates) -> None:
    (deployment,) = (i for i in templates.control["Resources"] if i.startswith("RestAPIDeployment"))
    break_ = Mutant(api.staged, (deployment, P, "StageName"), "test", deployment)
    broken = templates._replace(control=break_.breaks(templates.control)).world()
    assert named_anew((), api.staged(broken)) == {deployment}
