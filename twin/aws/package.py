"""The packaged template as CloudFormation gets it: translated from SAM by AWS's own translator."""

import logging
import warnings
from pathlib import Path
from typing import Any

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import chalice_package

OUT = ROOT / ".build" / "package"
CODE = {"bucket": "highwater-code", "key": "deployment.zip"}


class NoManagedPolicies:
    """Every function has its own policy file: SAM need not look any up."""

    def load(self) -> dict[str, str]:
        return {}


def control_plane(out: Path = OUT) -> dict[str, Any]:
    """The control plane's template as CloudFormation gets it. Raises Refused with Chalice's words."""
    return translated(chalice_package(out))


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """A SAM template as plain CloudFormation, by AWS's own translator."""
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from samtranslator.translator.transform import transform
    for resource in template["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{CODE['bucket']}/{CODE['key']}"
    plain: dict[str, Any] = transform(template, {}, NoManagedPolicies())
    return plain
