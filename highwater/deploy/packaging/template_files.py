"""The templates in this checkout, as files."""

from pathlib import Path
from typing import Any

from highwater.checkout import ROOT
from highwater.deploy.rules.templates import parse

CLUSTER_TEMPLATE = ROOT / "cloudformation" / "cluster.yaml"
IMAGE_TEMPLATE = ROOT / "cloudformation" / "image.yaml"


def read_template(path: Path) -> dict[str, Any]:
    """Read a template file."""
    return parse(path.read_text())
