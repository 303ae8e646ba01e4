"""The proof of a drained report: each part of it forged, each answer of STS, and what a flood may cost."""

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import identity
from chalicelib.contracts import PROOF_HEADER, Report, State, digest
from chalicelib.identity import KNOWN_KEY_A_MINUTE, UNKNOWN_KEYS_A_MINUTE, Answer, Memory, Verifier, caller
from chalicelib.presigned import LONGEST, Realm, Unproven, presigned
from tests.unit.builders import NOW, A, B, ago, report

REALM = Realm("123456789012", "aws", "amazonaws.com", "us-east-1")
ARN = "arn:aws:sts::123456789012:assumed-role/highwater-trades-rdb-us-east-1"
KEY = "ASIAQ3EGRMXJVHCDT5ZY"
TOKEN = "IQoJb3JpZ2luX2VjE/+" + "x" * 900 + "=="
DRAINED = report(State.DRAINED)
GOOD = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": f"{KEY}/20261123/us-east-1/sts/aws4_request",
    "X-Amz-Date": "20261123T115900Z",
    "X-Amz-Expires": "900",
    "X-Amz-SignedHeaders": "host;x-highwater-report",
    "X-Amz-Security-Token": TOKEN,
    "X-Amz-Signature": "0123456789abcdef" * 4,
}


def proof(base: str = "https://sts.us-east-1.amazonaws.com/?", **changes: str | None) -> str:
    """A good proof with some parameters replaced (`X_Amz_Date` is X-Amz-Date); None leaves one out."""
    parts: dict[str, str | None] = {**GOOD, **{k.replace("_", "-"): v for k, v in changes.items()}}
    return base + "&".join(f"{k}={quote(v, safe='')}" for k, v in parts.items() if v is not None)


def scope(text: str) -> str:
    return f"{KEY}/{text}"


def test_a_good_proof_is_rebuilt_from_its_parts_whatever_their_order_and_escaping() -> None:
    assert presigned(proof(), REALM, NOW).url == proof()
    assert presigned(proof(), REALM, NOW).access_key == KEY
    base, _, query = proof().partition("?")
    shuffled = base + "?" + "&".join(reversed(query.replace("%2F", "/").split("&")))
    assert presigned(shuffled, REALM, NOW).url == proof()


TOO_LONG = proof() + "x" * LONGEST
FORGED = {
    "too long": (TOO_LONG, f"the proof has {len(TOO_LONG)} characters, at most 4096 are allowed"),
    "as long as a message may be": (
        "x" * 262_144,
        "the proof has 262144 characters, at most 4096 are allowed",
    ),
    "empty": ("", "the proof is not a URL"),
    "no URL": ("nonsense", "the proof is not a URL"),
    "a space": (proof().replace("?", "? "), "the proof has characters that no URL has"),
    "a line end": (proof() + "\n", "the proof has characters that no URL has"),
    "a header smuggled in": (proof() + "\r\nHost:x", "the proof has characters that no URL has"),
    "a letter like another": (proof().replace("sts", "ѕts", 1), "the proof has characters that no URL has"),
    "http": (proof("http://sts.us-east-1.amazonaws.com/?"), "the proof's scheme is not https"),
    "another scheme": (proof("file://sts.us-east-1.amazonaws.com/?"), "the proof's scheme is not https"),
    "credentials": (proof("https://a:b@sts.us-east-1.amazonaws.com/?"), "the proof's host has credentials"),
    "another host behind credentials": (
        proof("https://sts.us-east-1.amazonaws.com@evil.example/?"),
        "the proof's host has credentials",
    ),
    "a port": (proof("https://sts.us-east-1.amazonaws.com:443/?"), "the proof's host has a port"),
    "another host": (
        proof("https://evil.example/?"),
        "the proof's host is 'evil.example', not sts.us-east-1.amazonaws.com",
    ),
    "our host as a part of another": (
        proof("https://sts.us-east-1.amazonaws.com.evil.example/?"),
        "the proof's host is 'sts.us-east-1.amazonaws.com.evil.example', not sts.us-east-1.amazonaws.com",
    ),
    "the host of another region": (
        proof("https://sts.eu-west-1.amazonaws.com/?"),
        "the proof's host is 'sts.eu-west-1.amazonaws.com', not sts.us-east-1.amazonaws.com",
    ),
    "the global host": (
        proof("https://sts.amazonaws.com/?"),
        "the proof's host is 'sts.amazonaws.com', not sts.us-east-1.amazonaws.com",
    ),
    "the metadata service": (
        proof("https://169.254.169.254/?"),
        "the proof's host is '169.254.169.254', not sts.us-east-1.amazonaws.com",
    ),
    "a backslash": (
        proof("https://evil.example\\sts.us-east-1.amazonaws.com/?"),
        r"the proof's host is 'evil.example\\sts.us-east-1.amazonaws.com', "
        "not sts.us-east-1.amazonaws.com",
    ),
    "no path": (proof("https://sts.us-east-1.amazonaws.com?"), "the proof's path is not /"),
    "a path": (proof("https://sts.us-east-1.amazonaws.com/x?"), "the proof's path is not /"),
    "a fragment": (proof() + "#x", "the proof has a fragment"),
    "no query": ("https://sts.us-east-1.amazonaws.com/", "the proof has an unknown parameter ''"),
    "an unknown parameter": (proof() + "&RoleArn=x", "the proof has an unknown parameter 'RoleArn'"),
    "an unknown form of a known one": (proof() + "&action=x", "the proof has an unknown parameter 'action'"),
    "an escaped name": (
        proof().replace("Action", "%41ction", 1),
        "the proof has an unknown parameter '%41ction'",
    ),
    "a doubled parameter": (proof() + "&Action=GetCallerIdentity", "Action: is there twice"),
    "a doubled signature": (proof() + "&X-Amz-Signature=" + "0" * 64, "X-Amz-Signature: is there twice"),
    **{f"no {name}": (proof(**{name: None}), f"{name}: is missing") for name in GOOD},
    **{
        f"an empty {name}": (proof(**{name: ""}), f"{name}: {rule}")
        for name, rule in {
            "Action": "must be GetCallerIdentity",
            "X-Amz-Signature": "must be 64 hexadecimal digits",
            "X-Amz-Security-Token": "must be a session token",
        }.items()
    },
    "another action": (proof(Action="AssumeRole"), "Action: must be GetCallerIdentity"),
    "an action with more behind": (
        proof(Action="GetCallerIdentity&Action=AssumeRole"),
        "Action: must be GetCallerIdentity",
    ),
    "an action with a line end": (proof(Action="GetCallerIdentity\n"), "Action: must be GetCallerIdentity"),
    "another version": (proof(Version="2010-05-08"), "Version: must be 2011-06-15"),
    "another algorithm": (
        proof(X_Amz_Algorithm="AWS4-ECDSA-P256-SHA256"),
        "X-Amz-Algorithm: must be AWS4-HMAC-SHA256",
    ),
    "no scope": (
        proof(X_Amz_Credential=KEY),
        "X-Amz-Credential: must be a temporary access key (ASIA...) and its scope",
    ),
    "a user's key": (
        proof(X_Amz_Credential="AKIAQ3EGRMXJVHCDT5ZY/20261123/us-east-1/sts/aws4_request"),
        "X-Amz-Credential: must be a temporary access key (ASIA...) and its scope",
    ),
    "the scope of another day": (
        proof(X_Amz_Credential=scope("20261122/us-east-1/sts/aws4_request")),
        "X-Amz-Credential: the scope is 20261122/us-east-1/sts/aws4_request, "
        "not 20261123/us-east-1/sts/aws4_request",
    ),
    "the scope of another region": (
        proof(X_Amz_Credential=scope("20261123/eu-west-1/sts/aws4_request")),
        "X-Amz-Credential: the scope is 20261123/eu-west-1/sts/aws4_request, "
        "not 20261123/us-east-1/sts/aws4_request",
    ),
    "the scope of another service": (
        proof(X_Amz_Credential=scope("20261123/us-east-1/s3/aws4_request")),
        "X-Amz-Credential: the scope is 20261123/us-east-1/s3/aws4_request, "
        "not 20261123/us-east-1/sts/aws4_request",
    ),
    "another end of the scope": (
        proof(X_Amz_Credential=scope("20261123/us-east-1/sts/aws5_request")),
        "X-Amz-Credential: the scope is 20261123/us-east-1/sts/aws5_request, "
        "not 20261123/us-east-1/sts/aws4_request",
    ),
    "a date of another form": (
        proof(X_Amz_Date="2026-11-23T11:59:00Z"),
        "X-Amz-Date: must be a time like 20261123T235900Z",
    ),
    "a date that is none": (
        proof(X_Amz_Date="20261123T256100Z"),
        "X-Amz-Date: 20261123T256100Z is no time",
    ),
    "expired": (proof(X_Amz_Date="20261123T114459Z"), "X-Amz-Date: signed 901 s ago, good for 900 s"),
    "expired by its own word": (
        proof(X_Amz_Expires="59"),
        "X-Amz-Date: signed 60 s ago, good for 59 s",
    ),
    "signed in the future": (
        proof(X_Amz_Date="20261123T120501Z"),
        "X-Amz-Date: signed 301 s in the future",
    ),
    "valid for longer": (proof(X_Amz_Expires="901"), "X-Amz-Expires: must be 1 to 900 seconds"),
    "valid for ever": (proof(X_Amz_Expires="604800"), "X-Amz-Expires: must be 1 to 900 seconds"),
    "valid for no time": (proof(X_Amz_Expires="0"), "X-Amz-Expires: must be 1 to 900 seconds"),
    "a signature that binds no report": (
        proof(X_Amz_SignedHeaders="host"),
        "X-Amz-SignedHeaders: must be host;x-highwater-report",
    ),
    "a signature for another verifier": (
        proof(X_Amz_SignedHeaders="host;x-k8s-aws-id"),
        "X-Amz-SignedHeaders: must be host;x-highwater-report",
    ),
    "a signature of one header more": (
        proof(X_Amz_SignedHeaders="host;x-highwater-report;x-more"),
        "X-Amz-SignedHeaders: must be host;x-highwater-report",
    ),
    "a token of strange characters": (
        proof(X_Amz_Security_Token=TOKEN + "&x"),
        "X-Amz-Security-Token: must be a session token",
    ),
    "a token escaped twice": (
        proof(X_Amz_Security_Token=quote(TOKEN, safe="")),
        "X-Amz-Security-Token: must be a session token",
    ),
    "a short signature": (
        proof(X_Amz_Signature="0" * 63),
        "X-Amz-Signature: must be 64 hexadecimal digits",
    ),
    "a signature in capitals": (
        proof(X_Amz_Signature="A" * 64),
        "X-Amz-Signature: must be 64 hexadecimal digits",
    ),
}


@pytest.mark.parametrize(("given_proof", "why"), FORGED.values(), ids=FORGED)
def test_a_proof_with_one_forged_part_does_not_hold_and_costs_no_call(given_proof: str, why: str) -> None:
    sts = FakeSts()
    verdict = verifier(sts).verdict(with_proof(DRAINED, given_proof), NOW)
    assert (verdict.holds, verdict.why) == (False, why)
    assert sts.asked == []


@pytest.mark.parametrize("date", ["20261123T114500Z", "20261123T120500Z"])
def test_a_proof_holds_from_five_minutes_before_its_time_to_fifteen_after(date: str) -> None:
    assert presigned(proof(X_Amz_Date=date), REALM, NOW).access_key == KEY


WHITELISTED = re.compile(
    r"https://sts\.us-east-1\.amazonaws\.com/\?Action=GetCallerIdentity&Version=2011-06-15"
    r"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA[A-Z0-9]+%2F20261123%2Fus-east-1%2Fsts%2Faws4_request"
    r"&X-Amz-Date=20261123T1[12]\d{4}Z&X-Amz-Expires=\d{1,3}&X-Amz-SignedHeaders=host%3Bx-highwater-report"
    r"&X-Amz-Security-Token=(?:[A-Za-z0-9_-]|%2B|%2F|%3D)+&X-Amz-Signature=[0-9a-f]{64}"
)
INSERTED = st.sampled_from(
    ["", "&", "=", "%", "/", "?", "#", "@", ":", "\\", "%00", "%0d%0a", "%2e", "+", "0", "Action=GetCallerIdentity"]
) | st.text(max_size=5)  # fmt: skip


@given(st.integers(0, len(proof())), st.integers(0, 40), INSERTED)
def test_whatever_is_changed_in_a_proof_only_whitelisted_parts_are_ever_sent(
    at: int, cut: int, inserted: str
) -> None:
    try:
        request = presigned(proof()[:at] + inserted + proof()[at + cut :], REALM, NOW)
    except Unproven:
        return
    assert WHITELISTED.fullmatch(request.url)


@given(st.text())
def test_any_text_at_all_is_refused(text: str) -> None:
    with pytest.raises(Unproven):
        presigned(text, REALM, NOW)


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


def verifier(sts: identity.Fetch, memory: Memory | None = None) -> Verifier:
    return Verifier(REALM, memory or Memory(), sts)


def with_proof(said: Report, text: str | None) -> Report:
    return msgspec.structs.replace(said, proof=text)


def test_a_proof_holds_when_sts_names_the_instance_of_the_report() -> None:
    sts = FakeSts()
    verdict = verifier(sts).verdict(with_proof(DRAINED, proof()), NOW)
    assert (verdict.holds, verdict.why) == (True, f"STS vouches for {ARN}/{A}")
    assert sts.asked == [(proof(), {PROOF_HEADER: digest(DRAINED)})]


def test_a_report_without_a_proof_does_not_hold_and_costs_no_call() -> None:
    sts = FakeSts()
    verdict = verifier(sts).verdict(DRAINED, NOW)
    assert (verdict.holds, verdict.why) == (False, "the report has no proof")
    assert sts.asked == []


def test_sts_is_asked_with_the_digest_of_the_report_that_came_not_of_the_one_that_was_signed() -> None:
    sts = FakeSts()
    other = msgspec.structs.replace(DRAINED, sequence=DRAINED.sequence + 1)
    verifier(sts).verdict(with_proof(other, proof()), NOW)
    assert sts.asked[0][1] == {PROOF_HEADER: digest(other)} != {PROOF_HEADER: digest(DRAINED)}


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
    verdict = verifier(FakeSts(identity_of(arn))).verdict(with_proof(DRAINED, proof()), NOW)
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
    verdict = verifier(sts).verdict(with_proof(DRAINED, proof()), NOW)
    assert (verdict.holds, verdict.why) == (False, why)
    assert len(sts.asked) == 1


@given(
    st.integers(100, 599), st.binary() | st.text().map(lambda text: XML.format(arn=text, session="").encode())
)
def test_no_answer_of_sts_raises_anything_but_unproven(status: int, body: bytes) -> None:  # fmt: skip
    try:
        caller(Answer(status, body))
    except Unproven:
        return
    assert status == 200


def forged(number: int) -> Report:
    """A report with a key that nobody has, of an instance that nobody knows."""
    text = proof(X_Amz_Credential=f"ASIA{number:016d}/20261123/us-east-1/sts/aws4_request")
    return with_proof(msgspec.structs.replace(DRAINED, instance_id=f"i-{number:017x}"), text)


class StrictSts(FakeSts):
    """Knows one key; every other one is refused."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = super().__call__(url, headers)
        return answer if KEY in url else Answer(403, ERROR % b"InvalidClientTokenId")


def minute_of_forgeries(checked: Verifier, start: datetime, count: int = 1000) -> list[bool]:
    """So many forgeries, evenly spread; in the middle, as in each minute, one report of the real host."""
    real = []
    for number in range(count):
        at = start + timedelta(minutes=number / count)
        if number == count // 2:
            real.append(
                checked.verdict(with_proof(DRAINED, proof(X_Amz_Date=f"{at:%Y%m%dT%H%M%SZ}")), at).holds
            )
        checked.verdict(forged(number), at)
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
        assert checked.verdict(forged(number), NOW).why == "STS answered 403 InvalidClientTokenId"
    late = checked.verdict(with_proof(DRAINED, proof()), NOW)
    assert (late.holds, late.why) == (False, "not verified: too many proofs to verify in this minute")
    assert checked.verdict(with_proof(DRAINED, proof()), NOW + timedelta(minutes=2)).holds


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
    assert checked.verdict(with_proof(DRAINED, proof()), NOW).holds
    borrowed = with_proof(msgspec.structs.replace(DRAINED, instance_id=B), proof())
    verdict = checked.verdict(borrowed, NOW)
    assert (verdict.holds, verdict.why) == (
        False,
        f"the proof is made with the credentials of {ARN}/{A}, not of {ARN}/{B}",
    )
    assert len(sts.asked) == 1


def test_a_known_key_has_a_budget_of_its_own_that_nobody_else_pays_for() -> None:
    sts = FakeSts()
    checked = verifier(sts)
    said = with_proof(DRAINED, proof())
    held = [checked.verdict(said, NOW).holds for _ in range(1000)]
    assert sum(held) == len(sts.asked) == 1 + KNOWN_KEY_A_MINUTE
    sts.answer = identity_of(f"{ARN}/{B}")
    other = with_proof(
        msgspec.structs.replace(DRAINED, instance_id=B), proof().replace(KEY, "ASIA" + "B" * 16)
    )
    assert checked.verdict(other, NOW).holds


def test_only_so_many_keys_are_remembered_and_the_oldest_is_forgotten_first() -> None:
    memory = Memory()
    for number in range(identity.KNOWN_KEYS + 1):
        memory.learn(f"key {number}", "somebody")
    memory.check("key 0", "me", ago())
    for number in (1, identity.KNOWN_KEYS):
        with pytest.raises(Unproven):
            memory.check(f"key {number}", "me", ago())
