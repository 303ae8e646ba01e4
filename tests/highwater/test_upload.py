"""Uploads need no right to list a bucket, and what may not be written is said by the write."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from highwater.deploy.aws.upload import Upload
from highwater.deploy.rules.facts import Caller


def refused(status: int, operation: str) -> ClientError:
    answer = {"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class Bucket:
    """S3 for one bucket; HeadObject of a key that is missing answers `missing`."""

    def __init__(self, missing: int, *, writable: bool = True) -> None:
        self._missing, self._writable = missing, writable
        self.objects: dict[str, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return lambda **_: {}

    def head_object(self, *, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if Key not in self.objects:
            raise refused(self._missing, "HeadObject")
        return {}

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803 - boto3's names
        if not self._writable:
            raise refused(403, "PutObject")
        self.objects[Key] = Body


CALLER = Caller("123456789012", "us-east-1", "aws", "arn:aws:iam::123456789012:user/ann")


@pytest.mark.parametrize("missing", [403, 404])
def test_what_is_missing_is_uploaded_once_whatever_s3_may_say_of_it(missing: int) -> None:
    bucket = Bucket(missing)
    upload = Upload(bucket, CALLER, "ours")
    keys = {upload.put(b"content", ".zip") for _ in range(2)}
    assert list(bucket.objects.values()) == [b"content"]
    assert keys == set(bucket.objects)


def test_what_may_not_be_written_fails_with_the_words_of_the_write() -> None:
    upload = Upload(Bucket(403, writable=False), CALLER, "ours")
    with pytest.raises(ClientError, match="PutObject"):
        upload.put(b"content", ".zip")


def test_another_trouble_than_a_missing_key_is_not_taken_for_one() -> None:
    upload = Upload(Bucket(500), CALLER, "ours")
    with pytest.raises(ClientError, match="HeadObject"):
        upload.put(b"content", ".zip")
