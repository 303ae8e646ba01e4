"""Signs a `drained` report with the credentials of the instance's own role."""

from typing import Any

import msgspec
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from ..contract.presigned import LONGEST_VALIDITY
from ..contract.report import PROOF_HEADER, Report, digest


def signed(report: Report, credentials: Any, region: str, domain: str = "amazonaws.com") -> Report:
    """Add the proof to a report: a presigned GetCallerIdentity whose signed header is the report's digest.

    `credentials` are botocore's, from the instance metadata; `domain` is services/domain there
    (amazonaws.com.cn in China). Each report needs its own proof, since the digest covers the sequence.
    """
    request = AWSRequest(
        method="GET",
        url=f"https://sts.{region}.{domain}/",
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={PROOF_HEADER: digest(msgspec.json.encode(report))},
    )
    SigV4QueryAuth(credentials, "sts", region, expires=LONGEST_VALIDITY).add_auth(request)
    return msgspec.structs.replace(report, proof=request.url)
