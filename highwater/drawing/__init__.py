"""Drawing: the look and the charts of a cluster's day, for the pages of the console and of the twin."""

import json
from pathlib import Path
from typing import Any

PARTS = (
    "look.css",
    "charts.js",
    "page.js",
    "vendor/uPlot.iife.min.js",
    "vendor/uPlot.min.css",
    "vendor/uPlot.LICENSE",
)
_HERE = Path(__file__).parent


def drawing(part: str) -> str:
    """Return the text of one of the PARTS."""
    return (_HERE / part).read_text(encoding="utf-8")


def embedded(data: Any) -> str:
    """Return data as JSON that may stand in a script of a page: no text of it can end the script."""
    text = json.dumps(data)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
