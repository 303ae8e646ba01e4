"""The packaged template: what `chalice package` writes, translated from SAM to plain CloudFormation."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / ".build" / "package"
MERGE = ROOT / "cloudformation" / "control-plane.yaml"
CODE = {"bucket": "highwater-code", "key": "deployment.zip"}


class NoManagedPolicies:
    """Every function has its own policy file: SAM need not look any up."""

    def load(self) -> dict[str, str]:
        return {}


def control_plane() -> dict[str, Any]:
    """The control plane's template as CloudFormation gets it. Raises RuntimeError with Chalice's words."""
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", "prod"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "--merge-template", str(MERGE), str(OUT)],
        cwd=ROOT,
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"chalice package failed:\n{done.stdout}{done.stderr}")
    return translated(yaml.safe_load((OUT / "sam.yaml").read_text()))


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
