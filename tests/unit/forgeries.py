"""A good proof, and one with each of its parts forged: what was done, the proof, and why it does not hold."""

from urllib.parse import quote

from chalicelib.contract.presigned import LONGEST, Realm

REALM = Realm("123456789012", "aws", "amazonaws.com", "us-east-1")
ARN = "arn:aws:sts::123456789012:assumed-role/highwater-trades-rdb-us-east-1"
KEY = "ASIAQ3EGRMXJVHCDT5ZY"
TOKEN = "IQoJb3JpZ2luX2VjE/+" + "x" * 900 + "=="
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


def proof(base: str = "https://sts.us-east-1.amazonaws.com/?", /, **changes: str | None) -> str:
    """A good proof with some parameters replaced (`X_Amz_Date` is X-Amz-Date); None leaves one out."""
    parts: dict[str, str | None] = {**GOOD, **{k.replace("_", "-"): v for k, v in changes.items()}}
    return base + "&".join(f"{k}={quote(v, safe='')}" for k, v in parts.items() if v is not None)


def scope(text: str) -> str:
    return f"{KEY}/{text}"


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
    "a letter like another": (
        proof().replace("sts", "\u0455ts", 1),
        "the proof has characters that no URL has",
    ),
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
