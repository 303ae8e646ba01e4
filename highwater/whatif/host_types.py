"""Instance types for RDB hosts: memory and price on demand, of one region at one date.

The prices are those of us-east-1 as known in November 2026; AWS's price list was not read. Verify the ones
that you rely on: https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.json
"""

from typing import NamedTuple

from highwater.market.rdb import SIZES, Size

AS_OF, PRICED = "November 2026", "us-east-1"
_XLARGE, _XLARGE_GIB = SIZES["xlarge"], 16
# The paper measured what Linux sees of these.
_PAPER_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": _XLARGE_GIB}
# GiB and USD an hour of the smallest, `large`; each next size has twice both.
_FAMILIES = {
    "m6a": (8, 0.0864),
    "m7g": (8, 0.0816),
    "r6a": (16, 0.1134),
    "r7g": (16, 0.1071),
}
# As multiples of `large`.
_MULTIPLES = {
    "large": 1,
    "xlarge": 2,
    "2xlarge": 4,
    "4xlarge": 8,
    "8xlarge": 16,
    "12xlarge": 24,
    "16xlarge": 32,
}
_LARGER = {"24xlarge": 48, "32xlarge": 64, "48xlarge": 96}


class HostType(NamedTuple):
    """An instance type; `gib` is its memory as AWS lists it, `size` what q has of it."""

    name: str
    gib: float
    size: Size


def of_memory(name: str, gib: float, usd_per_hour: float) -> HostType:
    """Return a type that the paper did not measure.

    Linux sees the share of its memory that it sees of the paper's xlarge, and an update takes what it takes
    there.
    """
    total = gib / _XLARGE_GIB * _XLARGE.total_kib
    return HostType(name, gib, _XLARGE._replace(usd_per_hour=usd_per_hour, total_kib=total))


def _listed() -> dict[str, HostType]:
    found = [HostType(f"t3a.{name}", _PAPER_GIB[name], size) for name, size in SIZES.items()]
    found.append(of_memory("t3a.2xlarge", 32, 0.3008))
    for family, (gib, usd) in _FAMILIES.items():
        multiples = _MULTIPLES | (_LARGER if family == "r6a" else {})
        found += [of_memory(f"{family}.{size}", gib * n, usd * n) for size, n in multiples.items()]
    return {each.name: each for each in found}


HOST_TYPES = _listed()
