"""The proof of a drained report: each part of it forged, each answer of STS, and what a flood may cost."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode

from chalicelib.contract.presigned import Unproven
from chalicelib.contract.report import PROOF_HEADER, Report, State, digest, parse_report
from chalicelib.core.facts.wake_ups import Verdict
from chalicelib.proof.verifier import (
    KNOWN_KEY_A_MINUTE,
    KNOWN_KEYS,
    UNKNOWN_KEYS_A_MINUTE,
    Answer,
    Fetch,
    KnownKeys,
    Verifier,
    caller,
)
from tests.unit.builders import NOW, A, B, ago, report
from tests.unit.forgeries import ARN, FORGED, KEY, REALM, proof

DRAINED = report(State.DRAINED)


@pytest.mark.parametrize(("given_proof", "why"), FORGED.values(), ids=FORGED)
def test_a_proof_with_one_forged_part_does_not_hold_and_costs_no_call(given_proof: str, why: str) -> None:
    sts = FakeSts()
    verdict = verifier(sts).of(with_proof(DRAINED, given_proof), NOW)
    assert (verdict.holds, verdict.why) == (False, why)
    assert sts.asked == []


XML = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{arn}</Arn>
    <UserId>AROA123EXAMPLE123:{session}</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""


def identity_of(arn: str) -> Answer:
    return Answer(200, XML.format(arn=arn, session=arn.rpartition("/")[2]).encode())


class FakeSts:
    """Answers every call alike, and keeps what it was asked."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or identity_of(f"{ARN}/{A}")
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append((url, headers))
        return self.answer


class Checked:
    """The verifier, of reports that come as they are encoded."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier = verifier

    def of(self, said: Report, received_at: datetime) -> Verdict:
        return self.verifier.verdict(said, encode(said), received_at)


def verifier(sts: Fetch, known: KnownKeys | None = None) -> Checked:
    return Checked(Verifier(REALM, known or KnownKeys(), sts))


def with_proof(said: Report, text: str | None) -> Report:
    return msgspec.structs.replace(said, proof=text)


def test_a_proof_holds_when_sts_names_the_instance_of_the_report() -> None:
    sts = FakeSts()
    verdict = verifier(sts).of(with_proof(DRAINED, proof()), NOW)
    assert (verdict.holds, verdict.why) == (True, f"STS vouches for {ARN}/{A}")
    assert sts.asked == [(proof(), {PROOF_HEADER: digest(encode(DRAINED))})]


def test_a_report_without_a_proof_does_not_hold_and_costs_no_call() -> None:
    sts = FakeSts()
    verdict = verifier(sts).of(DRAINED, NOW)
    assert (verdict.holds, verdict.why) == (False, "the report has no proof")
    assert sts.asked == []


def test_sts_is_asked_with_the_digest_of_the_report_that_came_not_of_the_one_that_was_signed() -> None:
    sts = FakeSts()
    other = msgspec.structs.replace(DRAINED, sequence=DRAINED.sequence + 1)
    verifier(sts).of(with_proof(other, proof()), NOW)
    assert sts.asked[0][1] == {PROOF_HEADER: digest(encode(other))} != {PROOF_HEADER: digest(encode(DRAINED))}


def test_a_report_of_a_newer_reporter_is_proven_with_its_fields_that_are_unknown_here() -> None:
    newer = msgspec.json.decode(encode(DRAINED)) | {"colour": "green", "depth": {"a": [1, 2.5, None]}}
    signed, sts = digest(encode(newer)), FakeSts()
    text = encode(newer | {"proof": proof()})
    said = parse_report(text.decode(), NOW)
    assert verifier(sts).verifier.verdict(said, text, NOW).holds
    assert sts.asked == [(proof(), {PROOF_HEADER: signed})]
    assert signed != digest(encode(DRAINED))


def test_of_a_field_that_comes_twice_the_digest_covers_the_one_that_is_read() -> None:
    text = encode(DRAINED).decode()
    twice = text.replace('"rows":0', '"rows":7,"rows":0')
    assert parse_report(twice, NOW) == DRAINED
    assert digest(twice) == digest(text)


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}/{B}",
        f"{ARN}/{A}0",
        f"{ARN.replace('123456789012', '210987654321')}/{A}",
        f"{ARN.replace('trades', 'bonds')}/{A}",
        f"{ARN.replace('us-east-1', 'eu-west-1')}/{A}",
        f"{ARN.replace('-rdb-', '-tickerplant-')}/{A}",
        f"{ARN.replace('arn:aws:', 'arn:aws-cn:')}/{A}",
        f"arn:aws:sts::123456789012:assumed-role/admin/{A}",
        f"arn:aws:iam::123456789012:user/{A}",
    ],
)
def test_a_proof_of_anybody_else_does_not_hold_and_the_verdict_names_both(arn: str) -> None:
    verdict = verifier(FakeSts(identity_of(arn))).of(with_proof(DRAINED, proof()), NOW)
    assert (verdict.holds, verdict.why) == (False, f"the proof is made by {arn}, not by {ARN}/{A}")


DOUBLED = XML.format(arn=f"{ARN}/{A}", session=A).replace("<UserId>", f"<Arn>{ARN}/{B}</Arn><UserId>")
ERROR = b"<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code></Error></ErrorResponse>"
BAD_ANSWERS = {
    "refused": (Answer(403, ERROR % b"SignatureDoesNotMatch"), "STS answered 403 SignatureDoesNotMatch"),
    "throttled": (Answer(400, ERROR % b"Throttling"), "STS answered 400 Throttling"),
    "broken": (Answer(503, b"<html>Service Unavailable</html>"), "STS answered 503"),
    "redirected": (Answer(302, b""), "STS answered 302"),
    "a good body with another status": (
        msgspec.structs.replace(identity_of(f"{ARN}/{A}"), status=201),
        "STS answered 201",
    ),
    "empty": (Answer(200, b""), "STS's answer is not XML"),
    "JSON": (Answer(200, b'{"Arn": "x"}'), "STS's answer is not XML"),
    "cut": (Answer(200, identity_of(f"{ARN}/{A}").body[:200]), "STS's answer is not XML"),
    "another encoding": (Answer(200, "<ä/>".encode()), "STS's answer is not plain XML"),
    "a document type in wide characters": (
        Answer(200, "<!DOCTYPE x><x/>".encode("utf-16-le")),
        "STS's answer is not plain XML",
    ),
    "too long": (
        Answer(200, identity_of(f"{ARN}/{A}").body + b" " * 16_384),
        "STS answered with more than 16384 bytes",
    ),
    "entities": (
        Answer(200, b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + identity_of("&a;").body),
        "STS's answer is not plain XML",
    ),
    "no ARN": (Answer(200, identity_of("").body), "STS's answer does not name one caller"),
    "two ARNs": (Answer(200, DOUBLED.encode()), "STS's answer does not name one caller"),
    "an ARN elsewhere": (
        Answer(200, identity_of(f"{ARN}/{A}").body.replace(b"CallerIdentityResult", b"CallerIdentityNote")),
        "STS's answer does not name one caller",
    ),
    "the answer to another action": (
        Answer(200, identity_of(f"{ARN}/{A}").body.replace(b"IdentityResponse", b"Response")),
        "STS's answer does not name one caller",
    ),
    "another namespace": (
        Answer(200, identity_of(f"{ARN}/{A}").body.replace(b"2011-06-15", b"2012-06-15")),
        "STS's answer does not name one caller",
    ),
}


@pytest.mark.parametrize(("answer", "why"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_does_not_name_the_caller_is_a_verdict_that_does_not_hold(
    answer: Answer, why: str
) -> None:
    sts = FakeSts(answer)
    verdict = verifier(sts).of(with_proof(DRAINED, proof()), NOW)
    assert (verdict.holds, verdict.why) == (False, why)
    assert len(sts.asked) == 1


@given(
    st.integers(100, 599), st.binary() | st.text().map(lambda text: XML.format(arn=text, session="").encode())
)
def test_no_answer_of_sts_raises_anything_but_unproven(status: int, body: bytes) -> None:
    try:
        caller(Answer(status, body))
    except Unproven:
        return
    assert status == 200


def forged(number: int, at: datetime = NOW) -> Report:
    """A report with a key that nobody has, of an instance that nobody knows."""
    text = proof(
        X_Amz_Credential=f"ASIA{number:016d}/20261123/us-east-1/sts/aws4_request",
        X_Amz_Date=f"{at:%Y%m%dT%H%M%SZ}",
    )
    return with_proof(msgspec.structs.replace(DRAINED, instance_id=f"i-{number:017x}"), text)


class StrictSts(FakeSts):
    """Knows one key; every other one is refused."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = super().__call__(url, headers)
        return answer if KEY in url else Answer(403, ERROR % b"InvalidClientTokenId")


def minute_of_forgeries(checked: Checked, start: datetime, count: int = 1000) -> list[bool]:
    """So many forgeries, evenly spread; in the middle, as in each minute, one report of the real host."""
    real = []
    for number in range(count):
        at = start + timedelta(minutes=number / count)
        if number == count // 2:
            real.append(checked.of(with_proof(DRAINED, proof(X_Amz_Date=f"{at:%Y%m%dT%H%M%SZ}")), at).holds)
        checked.of(forged(number, at), at)
    return real


def test_a_thousand_forgeries_a_minute_cost_a_bounded_number_of_calls() -> None:
    random.seed(1)
    sts = StrictSts()
    checked = verifier(sts)
    for minute in range(5):
        before = len(sts.asked)
        minute_of_forgeries(checked, NOW + timedelta(minutes=minute))
        assert len(sts.asked) - before <= UNKNOWN_KEYS_A_MINUTE + KNOWN_KEY_A_MINUTE


def test_what_is_beyond_the_budget_is_not_verified_and_says_so() -> None:
    checked = verifier(StrictSts())
    for number in range(UNKNOWN_KEYS_A_MINUTE):
        assert checked.of(forged(number), NOW).why == "STS answered 403 InvalidClientTokenId"
    late = checked.of(with_proof(DRAINED, proof()), NOW)
    assert (late.holds, late.why) == (False, "not verified: too many proofs to verify in this minute")
    assert checked.of(with_proof(DRAINED, proof()), NOW + timedelta(minutes=2)).holds


@pytest.mark.parametrize("seed", range(5))
def test_a_host_that_reports_at_the_same_second_of_each_minute_gets_through_a_flood(seed: int) -> None:
    random.seed(seed)
    checked = verifier(StrictSts())
    minutes = (NOW + timedelta(minutes=minute) for minute in range(17))
    assert any(any(minute_of_forgeries(checked, start)) for start in islice(minutes, 15))
    assert all(all(minute_of_forgeries(checked, start)) for start in islice(minutes, 2))


def test_a_key_that_was_verified_is_another_instances_no_more_without_a_call() -> None:
    sts = FakeSts()
    checked = verifier(sts)
    assert checked.of(with_proof(DRAINED, proof()), NOW).holds
    borrowed = with_proof(msgspec.structs.replace(DRAINED, instance_id=B), proof())
    verdict = checked.of(borrowed, NOW)
    assert (verdict.holds, verdict.why) == (
        False,
        f"the proof is made with the credentials of {ARN}/{A}, not of {ARN}/{B}",
    )
    assert len(sts.asked) == 1


def test_a_known_key_has_a_budget_of_its_own_that_nobody_else_pays_for() -> None:
    sts = FakeSts()
    checked = verifier(sts)
    said = with_proof(DRAINED, proof())
    held = [checked.of(said, NOW).holds for _ in range(1000)]
    assert sum(held) == len(sts.asked) == 1 + KNOWN_KEY_A_MINUTE
    sts.answer = identity_of(f"{ARN}/{B}")
    other = with_proof(
        msgspec.structs.replace(DRAINED, instance_id=B), proof().replace(KEY, "ASIA" + "B" * 16)
    )
    assert checked.of(other, NOW).holds


def test_only_so_many_keys_are_remembered_and_the_oldest_is_forgotten_first() -> None:
    known = KnownKeys()
    for number in range(KNOWN_KEYS + 1):
        known.learn(f"key {number}", "somebody")
    known.check("key 0", "me", ago())
    for number in (1, KNOWN_KEYS):
        with pytest.raises(Unproven):
            known.check(f"key {number}", "me", ago())
