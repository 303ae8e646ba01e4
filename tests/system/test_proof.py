"""Proofs through the real handler: real signatures, and STS that verifies them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.contract.errors import BadInput
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from rdb.contract.report import Report, State
from rdb.reporter.proof import signed
from tests.system.proof_reports import ROLE, A, B, C, by, drained, on_report, queued, sts_calls
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.sts import Sts
from twin.day.day import Day

ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}"
REFUSED = "STS answered 403 SignatureDoesNotMatch"


@pytest.fixture
def take(day: Day) -> Callable[[Report], WakeUp]:
    """Hands a report to the real handler, and takes what it queued off the queue again."""

    def take(said: Report) -> WakeUp:
        on_report(day, said)
        return queued()[-1]

    return take


Take = Callable[[Report], WakeUp]


def test_an_instances_own_proof_holds_and_only_the_verdict_isqueued(day: Day, take: Take) -> None:
    said = by(day, drained(day))
    queued = take(said)
    assert queued.verdict == Verdict(True, f"STS vouches for {ARN}/{A}")
    assert msgspec.json.encode(queued.report) == msgspec.json.encode(
        msgspec.structs.replace(said, proof=None)
    )


def test_the_simulated_rdbs_sign_with_the_role_that_the_template_gives_them(day: Day) -> None:
    assert day.tickerplant.live is not None
    instance_id = day.tickerplant.live.instance_id
    assert day.aws.hosts.role(instance_id) == ROLE
    assert day.aws.instance_credentials(instance_id) == day.aws.sts.credentials(ROLE, instance_id)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DRAINED])
def test_no_other_report_is_verified_and_its_proof_goes_no_further(
    day: Day, take: Take, state: State
) -> None:
    rows = None if state is State.UNKNOWN else 5
    before = sts_calls(day)
    queued = take(by(day, drained(day, state=state, rows=rows)))
    assert queued.verdict is None
    assert queued.report is not None
    assert queued.report.proof is None
    assert sts_calls(day) == before


def test_an_expired_proof_does_not_hold(day: Day, take: Take) -> None:
    said = by(day, drained(day))
    day.clock.run_until(day.clock.now() + timedelta(minutes=15, seconds=1))
    verdict = take(said).verdict
    assert verdict is not None
    assert not verdict.holds
    assert verdict.why.startswith("X-Amz-Date: signed 90")


def test_a_proof_made_with_another_instances_credentials_does_not_hold(day: Day, take: Take) -> None:
    said = by(day, drained(day), session=B)
    assert take(said).verdict == Verdict(False, f"the proof is made by {ARN}/{B}, not by {ARN}/{A}")


@pytest.mark.parametrize("role", ["admin", f"highwater-bonds-rdb-{REGION}", "highwater-trades-rdb-eu-west-1"])
def test_a_proof_of_another_role_does_not_hold_whatever_its_session_is_called(
    day: Day, take: Take, role: str
) -> None:
    other = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{A}"
    said = by(day, drained(day), role=role)
    assert take(said).verdict == Verdict(False, f"the proof is made by {other}, not by {ARN}/{A}")


def test_a_proof_of_another_account_does_not_hold(
    day: Day, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = Sts("210987654321", REGION, day.clock.now)
    said, again = (signed(drained(day), foreign.credentials(ROLE, A), REGION) for _ in range(2))
    assert take(said).verdict == Verdict(False, "STS answered 403 InvalidClientTokenId")
    monkeypatch.setattr(day.aws, "sts", foreign)  # the real STS knows the keys of all accounts
    other = ARN.replace(ACCOUNT, "210987654321")
    assert take(again).verdict == Verdict(False, f"the proof is made by {other}/{A}, not by {ARN}/{A}")


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 1},
        {"memory_used": 5},
        {"memory_total": 200},
        {"first_index": 1, "last_index": 2},
        {"cluster": "bonds"},
        {"instance_id": B},
        {"sent_at": None},
    ],
    ids=str,
)
def test_a_proof_taken_from_another_report_does_not_hold(
    day: Day, take: Take, changes: dict[str, Any]
) -> None:
    said = by(day, drained(day))
    if "sent_at" in changes:
        changes = {"sent_at": said.sent_at + timedelta(milliseconds=1)}
    day.aws.functions.calls.clear()
    verdict = take(msgspec.structs.replace(said, **changes)).verdict
    assert verdict is not None
    assert not verdict.holds
    assert verdict.why == REFUSED or verdict.why.startswith("the proof is made with the credentials of ")


def test_rows_changed_to_none_held_do_not_hold(day: Day, take: Take) -> None:
    said = by(day, drained(day, rows=7))
    assert take(msgspec.structs.replace(said, rows=0)).verdict == Verdict(False, REFUSED)


def test_drained_with_rows_is_refused_whatever_its_proof(day: Day) -> None:
    said = by(day, drained(day, rows=7))
    with pytest.raises(BadInput, match=r"^rows: must be 0 when the state is drained, and is 7$"):
        on_report(day, said)


def test_a_state_changed_to_drained_does_not_hold(day: Day, take: Take) -> None:
    said = by(day, drained(day, state=State.ROLLED))
    assert take(msgspec.structs.replace(said, state=State.DRAINED)).verdict == Verdict(False, REFUSED)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("X-Amz-Signature=", "X-Amz-Signature=0", "X-Amz-Signature: must be 64 hexadecimal digits"),
        ("sts.us-east-1", "sts.eu-west-1", "the proof's host is "),
        ("X-Amz-Expires=900", "X-Amz-Expires=899", REFUSED),
        ("x-highwater-report", "x-highwater-reports", "X-Amz-SignedHeaders: must be "),
    ],
)
def test_a_proof_changed_after_it_was_signed_does_not_hold(
    day: Day, take: Take, old: str, new: str, why: str
) -> None:
    said = by(day, drained(day))
    assert said.proof is not None
    assert old in said.proof
    changed = said.proof.replace(old, new, 1)
    verdict = take(msgspec.structs.replace(said, proof=changed)).verdict
    assert verdict is not None
    assert not verdict.holds
    assert verdict.why.startswith(why)


def test_a_token_that_is_not_the_keys_does_not_hold(day: Day, take: Take) -> None:
    said = by(day, drained(day))
    assert said.proof is not None
    changed = said.proof.replace("X-Amz-Security-Token=IQ", "X-Amz-Security-Token=QI")
    verdict = take(msgspec.structs.replace(said, proof=changed)).verdict
    assert verdict == Verdict(False, "STS answered 403 InvalidClientTokenId")


def test_credentials_that_have_expired_prove_nothing_and_instances_get_new_ones_before(
    day: Day, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = timedelta(hours=6)
    sts = Sts(ACCOUNT, REGION, lambda: day.clock.now() - earlier)
    monkeypatch.setattr(day.aws, "sts", sts)
    old = sts.credentials(ROLE, C)
    earlier = timedelta(0)
    verdict = take(signed(drained(day, C), old, REGION)).verdict
    assert verdict == Verdict(False, "STS answered 403 ExpiredToken")
    assert take(by(day, drained(day, C), session=C)).verdict == Verdict(True, f"STS vouches for {ARN}/{C}")


def test_an_unproven_report_is_in_the_log_and_in_a_metric(day: Day, take: Take) -> None:
    start = len(day.log.getvalue())  # type: ignore[attr-defined]
    take(drained(day))
    lines = [json.loads(line) for line in day.log.getvalue()[start:].splitlines()]  # type: ignore[attr-defined]
    (told,) = [line for line in lines if line.get("message") == "unproven"]
    assert (told["instance_id"], told["reason"]) == (A, "the report has no proof")
    assert [line["UnprovenReports"] for line in lines if "UnprovenReports" in line] == [[1.0]]


def test_the_role_of_an_rdb_trusts_ec2_alone_and_fits_into_a_roles_name() -> None:
    template = read_template(CLUSTER_TEMPLATE)
    role = template["Resources"]["RdbRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
    longest = template["Parameters"]["Cluster"]["MaxLength"]
    assert len(f"highwater-{'x' * longest}-rdb-us-isof-south-1") == 64
