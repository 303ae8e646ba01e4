"""Proofs on both emulators: a signature made with the role's credentials, verified by STS itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import msgspec
import pytest
from botocore import auth
from botocore.credentials import ReadOnlyCredentials

from chalicelib.contract.presigned import Realm
from chalicelib.contract.report import Report as Received
from chalicelib.core.facts.wake_ups import Verdict
from chalicelib.proof.verifier import Fetch, KnownKeys, Verifier, fetch
from rdb.contract.report import Report
from rdb.reporter.proof import signed
from tests.ministack.roles import assumed
from tests.system.proof_reports import drained_at
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.sts import Sts

ROLE = f"highwater-trades-rdb-{REGION}"
OTHER_ROLE = f"highwater-quotes-rdb-{REGION}"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role"
REALM = Realm(ACCOUNT, "aws", "amazonaws.com", REGION)
A, B = "i-0123456789abcdef0", "i-0123456789abcdef1"
Credentials = Callable[..., ReadOnlyCredentials]


class Peer:
    """STS: `credentials` of a role's session as an instance has them, and the way to ask."""

    def __init__(self, credentials: Credentials, fetch: Fetch) -> None:
        self.credentials = credentials
        self._verifier = Verifier(REALM, KnownKeys(), fetch)

    def verdict(self, report: Report, received_at: datetime | None = None) -> Verdict:
        """The verifier's verdict on a report that comes in, now if nothing else is said."""
        text = msgspec.json.encode(report)
        received = msgspec.json.decode(text, type=Received)
        return self._verifier.verdict(received, text, received_at or datetime.now(UTC))


@pytest.fixture
def peer(emulator: str, request: pytest.FixtureRequest) -> Iterator[Peer]:
    if emulator == "twin":
        sts = Sts(ACCOUNT, REGION, lambda: datetime.now(UTC))
        yield Peer(sts.credentials, sts.answer)
    else:
        with request.getfixturevalue("server").everywhere():
            yield Peer(_assumed, fetch)


def _assumed(name: str, session: str) -> ReadOnlyCredentials:
    found = assumed(boto3.client, name, session=session)
    return ReadOnlyCredentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def drained(**changes: Any) -> Report:
    return drained_at(datetime.now(UTC), A, **changes)


def test_the_instances_own_proof_holds(peer: Peer) -> None:
    said = signed(drained(), peer.credentials(ROLE, A), REGION)
    assert peer.verdict(said) == Verdict(True, f"STS vouches for {ARN}/{ROLE}/{A}")


@pytest.mark.parametrize(("name", "session"), [(OTHER_ROLE, A), (ROLE, B)], ids=["role", "instance"])
def test_a_proof_of_another_role_or_instance_does_not_hold(peer: Peer, name: str, session: str) -> None:
    said = signed(drained(), peer.credentials(name, session), REGION)
    made_by = f"the proof is made by {ARN}/{name}/{session}, not by {ARN}/{ROLE}/{A}"
    assert peer.verdict(said) == Verdict(False, made_by)


def test_a_proof_of_another_report_does_not_hold(peer: Peer) -> None:
    said = signed(drained(), peer.credentials(ROLE, A), REGION)
    taken = msgspec.structs.replace(said, sequence=said.sequence + 1)
    assert peer.verdict(taken) == Verdict(False, "STS answered 403 SignatureDoesNotMatch")


@pytest.mark.parametrize(("part", "place"), [("X-Amz-Signature=", 2), ("X-Amz-Date=", 14)])
def test_a_proof_with_one_digit_changed_does_not_hold(peer: Peer, part: str, place: int) -> None:
    said = signed(drained(), peer.credentials(ROLE, A), REGION)
    assert said.proof is not None
    head, found, tail = said.proof.partition(part)
    digit = "0" if tail[place] != "0" else "1"
    forged = msgspec.structs.replace(said, proof=head + found + tail[:place] + digit + tail[place + 1 :])
    assert peer.verdict(forged) == Verdict(False, "STS answered 403 SignatureDoesNotMatch")


def test_a_token_that_is_not_the_keys_does_not_hold(peer: Peer) -> None:
    keys = peer.credentials(ROLE, A)
    said = signed(drained(), ReadOnlyCredentials(keys.access_key, keys.secret_key, "x" * 100), REGION)
    verdict = peer.verdict(said)
    assert (verdict.holds, verdict.why[:17]) == (False, "STS answered 403 ")


def test_a_key_that_nobody_has_proves_nothing(peer: Peer) -> None:
    said = signed(drained(), ReadOnlyCredentials(f"ASIA{'Q' * 16}", "secret", "x" * 100), REGION)
    assert peer.verdict(said) == Verdict(False, "STS answered 403 InvalidClientTokenId")


def test_a_proof_that_has_expired_does_not_hold_for_us_and_not_for_sts(peer: Peer) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=16)
    keys = peer.credentials(ROLE, A)
    with patch.object(auth, "get_current_datetime", lambda: then):
        said = signed(drained(), keys, REGION)
    now = peer.verdict(said, then + timedelta(minutes=16))
    assert now == Verdict(False, "X-Amz-Date: signed 960 s ago, good for 900 s")
    by_a_clock_that_is_slow = peer.verdict(said, then)
    assert by_a_clock_that_is_slow == Verdict(False, "STS answered 403 SignatureDoesNotMatch")
