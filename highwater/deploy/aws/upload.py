"""Uploads what is built to S3, for CloudFormation and hosts: each file under its own sha256."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from highwater.deploy.rules.facts import Bucket, Caller
from highwater.terminal import say

WITHOUT_LOCATION = "us-east-1"
PRIVATE = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


def bucket_name(caller: Caller) -> str:
    """Name the bucket; there is one per account and region."""
    return f"highwater-code-{caller.account}-{caller.region}"


class Upload:
    """The bucket, created if it is `free`. Each call names the owner: nothing goes to another's bucket."""

    def __init__(self, s3: Any, caller: Caller, bucket: Bucket) -> None:
        self._s3 = s3
        self._owned = {"Bucket": bucket_name(caller), "ExpectedBucketOwner": caller.account}
        if bucket == "free":
            self._create(caller.region)
        # These calls are always made: an earlier run may have been interrupted between them.
        s3.put_public_access_block(PublicAccessBlockConfiguration=PRIVATE, **self._owned)
        s3.put_bucket_encryption(ServerSideEncryptionConfiguration=ENCRYPTED, **self._owned)
        s3.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"}, **self._owned)

    def put(self, content: bytes, suffix: str) -> str:
        """Upload the content unless it is there, and return its key."""
        key = sha256(content).hexdigest() + suffix
        try:
            self._s3.head_object(Key=key, **self._owned)
        except ClientError as error:
            # Without s3:ListBucket a missing key is 403; what may not be written is refused below.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 404):
                raise
            say(f"Uploading {key} ({len(content):,} bytes)")
            self._s3.put_object(Key=key, Body=content, **self._owned)
        return key

    def put_file(self, path: Path, *, named: bool = False) -> str:
        """Do the same with a file; with `named` the key ends with its name."""
        return self.put(path.read_bytes(), f"/{path.name}" if named else path.suffix)

    def _create(self, region: str) -> None:
        name = self._owned["Bucket"]
        say(f"Creating the S3 bucket {name}")
        where = (
            {}
            if region == WITHOUT_LOCATION
            else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        )
        self._s3.create_bucket(Bucket=name, **where)
        self._s3.get_waiter("bucket_exists").wait(**self._owned)
