"""The verifier: the proof of a `drained` report is checked with STS when it is received.

Cheap checks come first (`presigned`), then the keys that were verified before, then one call to
STS.
"""

import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from xml.etree import ElementTree

import msgspec
import urllib3

from chalicelib.contract.errors import BadInput
from chalicelib.contract.presigned import Realm, Unproven, presigned
from chalicelib.contract.report import PROOF_HEADER, Report, digest
from chalicelib.core.facts.text import cut
from chalicelib.core.facts.wake_ups import Verdict

# Calls to STS a minute and container. A key that STS has vouched for has 30 of its own; all others share 300,
# as many hosts as may drain at one end of day. Against a thousand forgeries a minute each report of a host
# that is not known yet gets through with a chance of 30 %.
UNKNOWN_KEYS_A_MINUTE = 300
KNOWN_KEY_A_MINUTE = 30
KNOWN_KEYS = 2000

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
# STS answers with about 500 bytes.
LONGEST_ANSWER = 16_384

_NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class Answer(msgspec.Struct, frozen=True):
    """The answer of STS; its body is cut after LONGEST_ANSWER + 1 bytes."""

    status: int
    body: bytes


Fetch = Callable[[str, Mapping[str, str]], Answer]


class Allowance:
    """A number of calls a minute.

    After a minute that asked for more, each is admitted with the chance that fits. First come, first served
    would shut out a host for ever that reports at the same second of each minute as long as a flood of
    forgeries goes on; like this every report has the same chance.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._minute = 0
        self._asked = 0
        self._admitted = 0
        self._chance = 1.0

    def admits(self, now: datetime) -> bool:
        """Return whether one more call may be made."""
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            asked = self._asked if minute == self._minute + 1 else 0
            self._chance = self._limit / max(self._limit, asked)
            self._minute, self._asked, self._admitted = minute, 0, 0
        self._asked += 1
        if self._admitted >= self._limit or (self._chance < 1 and random.random() >= self._chance):
            return False
        self._admitted += 1
        return True


class KnownKeys:
    """The access keys that STS has vouched for here, each with its owner and its allowance."""

    def __init__(self) -> None:
        self._unknown = Allowance(UNKNOWN_KEYS_A_MINUTE)
        self._known: dict[str, tuple[str, Allowance]] = {}

    def check(self, access_key: str, arn: str, now: datetime) -> None:
        """Let a call to STS through. Raises Unproven when it is not worth one, or when there are too many."""
        owner, allowance = self._known.get(access_key, (arn, self._unknown))
        if owner != arn:
            raise Unproven(f"the proof is made with the credentials of {owner}, not of {arn}")
        if not allowance.admits(now):
            raise Unproven("not verified: too many proofs to verify in this minute")

    def learn(self, access_key: str, arn: str) -> None:
        """Remember that STS vouched for a key: no flood of unknown ones can keep its owner out any more."""
        if access_key not in self._known:
            if len(self._known) >= KNOWN_KEYS:
                del self._known[next(iter(self._known))]
            self._known[access_key] = arn, Allowance(KNOWN_KEY_A_MINUTE)


class Verifier:
    """Verifies proofs for one realm. It never raises for what a sender or STS does."""

    def __init__(self, realm: Realm, known_keys: KnownKeys, fetch: Fetch) -> None:
        self._realm = realm
        self._known_keys = known_keys
        self._fetch = fetch

    def verdict(self, report: Report, text: str | bytes, received_at: datetime) -> Verdict:
        """Return whether the named instance has sent exactly this report, by its text, and why (not)."""
        arn = self._realm.rdb_arn(report.cluster, report.instance_id)
        try:
            self._verify(report, text, arn, received_at)
        except Unproven as error:
            return Verdict(False, cut(str(error)))
        return Verdict(True, f"STS vouches for {arn}")

    def _verify(self, report: Report, text: str | bytes, arn: str, received_at: datetime) -> None:
        if report.proof is None:
            raise Unproven("the report has no proof")
        request = presigned(report.proof, self._realm, received_at)
        self._known_keys.check(request.access_key, arn, received_at)
        # Our own digest of what was received: signed for another report, the signature does not match.
        sender = caller(self._fetch(request.url, {PROOF_HEADER: _digest(text)}))
        if sender != arn:
            raise Unproven(f"the proof is made by {sender[:200]}, not by {arn}")
        self._known_keys.learn(request.access_key, arn)


def _digest(text: str | bytes) -> str:
    try:
        return digest(text)
    except BadInput as error:
        raise Unproven(f"the report has no digest: {error}") from error


def caller(answer: Answer) -> str:
    """Return the ARN that STS names. Raises Unproven for every other answer."""
    if len(answer.body) > LONGEST_ANSWER:
        raise Unproven(f"STS answered with more than {LONGEST_ANSWER} bytes")
    if answer.status != 200:
        code = re.search(rb"<Code>(\w{1,64})</Code>", answer.body)
        raise Unproven(f"STS answered {answer.status} {code[1].decode() if code else ''}".rstrip())
    # No document type, so no entities: nothing that grows or reads anything. And no NUL, behind which one
    # could hide: the parser finds UTF-16 out by itself.
    if b"<!" in answer.body or not re.fullmatch(rb"[\t\n\r -~]*", answer.body):
        raise Unproven("STS's answer is not plain XML")
    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - bounded and plain, see above
    except ElementTree.ParseError as error:
        raise Unproven("STS's answer is not XML") from error
    arns = root.findall(f"./{_NAMESPACE}GetCallerIdentityResult/{_NAMESPACE}Arn")
    if root.tag != f"{_NAMESPACE}GetCallerIdentityResponse" or len(arns) != 1 or not arns[0].text:
        raise Unproven("STS's answer does not name one caller")
    return arns[0].text


_pool = urllib3.PoolManager(
    cert_reqs="CERT_REQUIRED",
    retries=False,
    timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
)


def fetch(url: str, headers: Mapping[str, str]) -> Answer:
    """Make one GET; no redirect is followed, nothing retried. Raises Unproven when no answer comes."""
    try:
        # Closed after each: a connection that a frozen container kept is dead more often than not.
        response = _pool.request(
            "GET", url, headers={**headers, "Connection": "close"}, redirect=False, preload_content=False
        )
        try:
            return Answer(response.status, response.read(LONGEST_ANSWER + 1, decode_content=False))
        finally:
            response.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unproven(f"STS did not answer: {type(error).__name__}") from error
