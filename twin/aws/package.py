"""The packaged control plane as CloudFormation gets it: translated from SAM by AWS's own translator."""

import json
import logging
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import chalice_package
from highwater.deploy.rules.stack_names import CONTROL_PLANE
from twin.aws.cloudformation import Resources, deploy, update

OUT = ROOT / ".build" / "package"
BUCKET, KEY = "highwater-code", "deployment.zip"


class NoManagedPolicies:
    """Every function has its own policy file: SAM need not look any up."""

    def load(self) -> dict[str, str]:
        """Return no policy."""
        return {}


@cache
def packaged() -> str:
    """Return the SAM template of this checkout's package as JSON; it is built once a process."""
    return json.dumps(chalice_package(OUT))


def deploy_control_plane(template: dict[str, Any], archive: Path) -> Resources:
    """Upload the functions' zip and deploy the SAM template; return the stack's resources."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    _upload(archive)
    return deploy(CONTROL_PLANE, translated(template), {})


def upgrade_control_plane(template: dict[str, Any], archive: Path, before: Resources) -> Resources:
    """Upload another zip and update the stack to its SAM template; return the stack's resources."""
    _upload(archive)
    return update(CONTROL_PLANE, translated(template), before)


def _upload(archive: Path) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=archive.read_bytes())


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """Return a SAM template as plain CloudFormation."""
    plain: dict[str, Any] = json.loads(_translated(json.dumps(template)))
    return plain


@cache
def _translated(text: str) -> str:
    template = json.loads(text)
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from samtranslator.translator.transform import transform
    for resource in template["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{KEY}"
    return json.dumps(transform(template, {}, NoManagedPolicies()))
