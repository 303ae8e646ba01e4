"""An empty account of AWS in this process: moto with the strict groups and the metric store in it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from unittest.mock import patch

import boto3
from botocore.loaders import create_loader
from moto import mock_aws
from moto.kms.utils import generate_private_key

from twin.autoscaling import AutoScaling
from twin.aws.cloudformation import REGION
from twin.aws.ec2 import Hosts
from twin.aws.metrics import MetricStore
from twin.aws.wire import Wire

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "embedded",
    "AWS_SECRET_ACCESS_KEY": "embedded",
    # moto would make 1,300 images, at its start and again at its end.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}

# Each twin has sessions of its own; what AWS's services look like is read from disk once for all. And beside
# each key of KMS moto makes an asymmetric one, which takes long and which nothing asks for: one does for all.
loader_of = cache(create_loader)
private_key_of = cache(generate_private_key)


@contextmanager
def moto_answering() -> Iterator[None]:
    """Have moto answer for AWS in this process, without this machine's credentials."""
    with (
        patch.dict(os.environ, ENVIRONMENT),
        patch("botocore.session.create_loader", loader_of),
        patch("moto.kms.models.generate_private_key", private_key_of),
        mock_aws(),
    ):
        yield


@contextmanager
def account(
    now: Callable[[], datetime],
    *,
    metrics: MetricStore | None = None,
    published: Callable[[str, str], None] = lambda _topic, _message: None,
) -> Iterator[Wire]:
    """Make it this process's AWS; its events and messages go nowhere but to `published`.

    `now` is the groups' clock (aware datetimes).
    """
    with moto_answering():
        boto3.setup_default_session()
        groups = AutoScaling(Hosts(), lambda _: None, now)
        wire = Wire(groups, metrics or MetricStore(), published, lambda: None)
        with wire.taken_over():
            yield wire
