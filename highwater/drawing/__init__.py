"""Drawing: the look and the charts of a cluster's day, for the pages of the console and of the twin."""

from pathlib import Path

PARTS = (
    "look.css",
    "charts.js",
    "vendor/uPlot.iife.min.js",
    "vendor/uPlot.min.css",
    "vendor/uPlot.LICENSE",
)
_HERE = Path(__file__).parent


def drawing(part: str) -> str:
    """Return the text of one of the PARTS."""
    return (_HERE / part).read_text(encoding="utf-8")
