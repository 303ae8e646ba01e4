"""AWS STS as a presigned GetCallerIdentity meets it, and the credentials of the instances' roles.

Written from AWS's description of Signature Version 4, not with the SDK that signs.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.credentials import ReadOnlyCredentials

from chalicelib.proof.verifier import Answer

# An instance's credentials are replaced some minutes before these six hours are over.
SESSION = timedelta(hours=6)
RENEWED_BEFORE = timedelta(minutes=10)
SKEW = timedelta(minutes=15)
XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"


class Refused(Exception):
    """A 403 of STS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Session:
    """Temporary credentials of one role session."""

    credentials: ReadOnlyCredentials
    arn: str
    expires: datetime


class Sts:
    """STS of one region."""

    def __init__(self, account: str, region: str, now: Callable[[], datetime]) -> None:
        self._account = account
        self._region = region
        self._now = now
        self._by_key: dict[str, Session] = {}
        self._by_arn: dict[str, Session] = {}

    def credentials(self, role: str, session: str) -> ReadOnlyCredentials:
        """Return those of a role's session, such as an instance's; they are replaced before they expire."""
        arn = f"arn:aws:sts::{self._account}:assumed-role/{role}/{session}"
        known = self._by_arn.get(arn)
        if known is None or known.expires - self._now() < RENEWED_BEFORE:
            known = self._new_session(arn)
        return known.credentials

    def answer(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Answer a GET of a presigned GetCallerIdentity."""
        try:
            arn = self._caller(url, headers)
        except Refused as refused:
            return Answer(403, _ERROR.format(code=refused.code, message=refused, id=uuid.uuid4()).encode())
        session = arn.rpartition("/")[2]
        body = _IDENTITY.format(arn=arn, session=session, account=self._account, id=uuid.uuid4())
        return Answer(200, body.encode())

    def _new_session(self, arn: str) -> Session:
        # Repeatable, and as long as real ones.
        seed = hashlib.sha512(f"{arn} {self._now()}".encode()).hexdigest()
        key = "ASIA" + seed[:16].upper().translate(str.maketrans("0189", "GHJK"))
        credentials = ReadOnlyCredentials(key, seed[16:56], "IQoJb3JpZ2luX2VjE/+" + seed * 8 + "==")
        session = Session(credentials, arn, self._now() + SESSION)
        self._by_key[key] = self._by_arn[arn] = session
        return session

    def _caller(self, url: str, headers: Mapping[str, str]) -> str:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
        given = dict(query)
        key, *scope = given["X-Amz-Credential"].split("/")
        session = self._by_key.get(key)
        if session is None or given.get("X-Amz-Security-Token") != session.credentials.token:
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.")
        if scope != [given["X-Amz-Date"][:8], self._region, "sts", "aws4_request"]:
            raise Refused("SignatureDoesNotMatch", "Credential should be scoped to a valid region.")
        sent = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
        if _signature(session.credentials.secret_key, query, sent) != given["X-Amz-Signature"]:
            raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match.")
        self._check_time(given["X-Amz-Date"], session)
        return session.arn

    def _check_time(self, date: str, session: Session) -> None:
        # X-Amz-Expires plays no part: STS takes what was signed within 15 minutes.
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if signed_at < self._now() - SKEW:
            raise Refused("SignatureDoesNotMatch", f"Signature expired: {date} is now earlier than - 15 min.")
        if signed_at > self._now() + SKEW:
            raise Refused("SignatureDoesNotMatch", f"Signature not yet current: {date} is still later.")
        if self._now() >= session.expires:
            raise Refused("ExpiredToken", "The security token included in the request is expired")


def _signature(secret: str, query: list[tuple[str, str]], headers: Mapping[str, str]) -> str:
    given = dict(query)
    names = given["X-Amz-SignedHeaders"]
    unsigned = [(quote(k, safe=""), quote(v, safe="")) for k, v in query if k != "X-Amz-Signature"]
    parameters = "&".join(f"{name}={value}" for name, value in sorted(unsigned))
    signed = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in names.split(";")]
    request = "\n".join(["GET", "/", parameters, *signed, "", names, hashlib.sha256(b"").hexdigest()])
    date, scope = given["X-Amz-Date"], given["X-Amz-Credential"].partition("/")[2]
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


_IDENTITY = f"""<GetCallerIdentityResponse xmlns="{XMLNS}">
  <GetCallerIdentityResult>
    <Arn>{{arn}}</Arn> <UserId>AROAEMBEDDEDEMBEDDED1:{{session}}</UserId> <Account>{{account}}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata> <RequestId>{{id}}</RequestId> </ResponseMetadata>
</GetCallerIdentityResponse>
"""
_ERROR = f"""<ErrorResponse xmlns="{XMLNS}">
  <Error> <Type>Sender</Type> <Code>{{code}}</Code> <Message>{{message}}</Message> </Error>
  <RequestId>{{id}}</RequestId>
</ErrorResponse>
"""
