"""The proof of a `drained` report, read part by part: a presigned STS GetCallerIdentity request.

The way of aws-iam-authenticator and Vault. The given text is never fetched: the request is built anew from
the parts that passed, so the worst that a forger can make us send is a GetCallerIdentity that STS refuses.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import msgspec

from .errors import HighwaterError
from .names import rdb_group
from .report import PROOF_HEADER

# What aws-iam-authenticator allows; an instance's session token takes a thousand to fifteen hundred of them.
LONGEST = 4096
# STS refuses what was signed more than 15 minutes ago, whatever X-Amz-Expires says; ours may only be less.
LONGEST_VALIDITY = 900
# Hosts' clocks differ. STS itself takes 15 minutes.
AHEAD = timedelta(minutes=5)

_URL = re.compile(r"([^:/?#]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?")
# Every parameter that a proof has: its form, and the rule in words. No form matches a percent sign.
_FORMS = {
    "Action": (r"GetCallerIdentity", "must be GetCallerIdentity"),
    "Version": (r"2011-06-15", "must be 2011-06-15"),
    "X-Amz-Algorithm": (r"AWS4-HMAC-SHA256", "must be AWS4-HMAC-SHA256"),
    "X-Amz-Credential": (
        r"ASIA[A-Z0-9]{12,124}(/[a-z0-9_-]{1,32}){4}",
        "must be a temporary access key (ASIA...) and its scope",
    ),
    "X-Amz-Date": (r"[0-9]{8}T[0-9]{6}Z", "must be a time like 20261123T235900Z"),
    "X-Amz-Expires": (r"[1-9][0-9]{0,2}", f"must be 1 to {LONGEST_VALIDITY} seconds"),
    "X-Amz-SignedHeaders": (f"host;{PROOF_HEADER}", f"must be host;{PROOF_HEADER}"),
    "X-Amz-Security-Token": (r"[A-Za-z0-9+/=_-]{16,4096}", "must be a session token"),
    "X-Amz-Signature": (r"[0-9a-f]{64}", "must be 64 hexadecimal digits"),
}


class Unproven(HighwaterError):
    """A proof does not hold; the message is the sentence that says why."""


class Realm(msgspec.Struct, frozen=True):
    """The account, partition and region of this control plane.

    A proof counts only if it was made for them.
    """

    account: str
    partition: str
    url_suffix: str
    region: str

    @property
    def host(self) -> str:
        """The region's own STS, never the global one.

        Its answers are those of this partition and region.
        """
        return f"sts.{self.region}.{self.url_suffix}"

    def rdb_arn(self, cluster: str, instance_id: str) -> str:
        """Return the ARN that STS must name for an RDB.

        EC2 sets the name of the session, and the role trusts EC2 alone (cluster.yaml).
        """
        role = f"{rdb_group(cluster)}-{self.region}"
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{role}/{instance_id}"


class Presigned(msgspec.Struct, frozen=True):
    """A request that may be sent to STS, and the access key that is said to have signed it."""

    url: str
    access_key: str


def presigned(proof: str, realm: Realm, received_at: datetime) -> Presigned:
    """Return the request that a proof stands for. Raises Unproven naming the part that breaks a rule."""
    parts = _parts(_query(proof, realm.host))
    access_key, *scope = parts["X-Amz-Credential"].split("/")
    expected = [parts["X-Amz-Date"][:8], realm.region, "sts", "aws4_request"]
    if scope != expected:
        raise Unproven(f"X-Amz-Credential: the scope is {'/'.join(scope)}, not {'/'.join(expected)}")
    _check_age(parts["X-Amz-Date"], int(parts["X-Amz-Expires"]), received_at)
    query = "&".join(f"{name}={quote(parts[name], safe='')}" for name in _FORMS)
    return Presigned(f"https://{realm.host}/?{query}", access_key)


def _query(proof: str, host: str) -> str:
    if len(proof) > LONGEST:
        raise Unproven(f"the proof has {len(proof)} characters, at most {LONGEST} are allowed")
    if not re.fullmatch(r"[!-~]*", proof):
        raise Unproven("the proof has characters that no URL has")
    # Not urlsplit: it forgives much, and what it forgives an HTTP client may read in another way.
    if not (match := _URL.fullmatch(proof)):
        raise Unproven("the proof is not a URL")
    scheme, authority, path, query, fragment = match.groups()
    if scheme != "https":
        raise Unproven("the proof's scheme is not https")
    if "@" in authority:
        raise Unproven("the proof's host has credentials")
    if ":" in authority:
        raise Unproven("the proof's host has a port")
    if authority != host:
        raise Unproven(f"the proof's host is {authority[:80]!r}, not {host}")
    if path != "/":
        raise Unproven("the proof's path is not /")
    if fragment is not None:
        raise Unproven("the proof has a fragment")
    return query or ""


def _parts(query: str) -> Mapping[str, str]:
    parts: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name not in _FORMS:
            raise Unproven(f"the proof has an unknown parameter {name[:40]!r}")
        if name in parts:
            raise Unproven(f"{name}: is there twice")
        parts[name] = unquote(value)
    for name, (form, rule) in _FORMS.items():
        if name not in parts:
            raise Unproven(f"{name}: is missing")
        if not re.fullmatch(form, parts[name]):
            raise Unproven(f"{name}: {rule}")
    return parts


def _check_age(signed: str, validity: int, received_at: datetime) -> None:
    if validity > LONGEST_VALIDITY:
        raise Unproven(f"X-Amz-Expires: {_FORMS['X-Amz-Expires'][1]}")
    try:
        signed_at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unproven(f"X-Amz-Date: {signed} is no time") from error
    age = received_at - signed_at
    if age > timedelta(seconds=validity):
        raise Unproven(f"X-Amz-Date: signed {age.total_seconds():.0f} s ago, good for {validity} s")
    if -age > AHEAD:
        raise Unproven(f"X-Amz-Date: signed {-age.total_seconds():.0f} s in the future")
