"""The host's memory, as the kernel counts it."""

import re
from pathlib import Path

import msgspec

MEMINFO = Path("/proc/meminfo")
KIBIBYTES = re.compile(r"[0-9]{1,15}")


class Memory(msgspec.Struct, frozen=True):
    """Bytes: used is total less available, since the kernel gives caches back when they are needed."""

    used: int
    total: int

    @property
    def percent(self) -> float:
        """The used share of the total, 0 to 100."""
        return 100 * self.used / self.total


class Unmeasured(Exception):
    """The kernel's figures cannot be read: the message names the file and what is missing."""


def host_memory(meminfo: Path = MEMINFO) -> Memory:
    """Read the memory of the host whose /proc/meminfo that is. Raises Unmeasured."""
    try:
        lines = meminfo.read_text("latin-1").splitlines()
    except OSError as error:
        raise Unmeasured(f"{meminfo}: {error.strerror}") from error
    figures = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    total, available = (_bytes(meminfo, name, figures.get(name)) for name in ("MemTotal", "MemAvailable"))
    if not available <= total > 0:
        raise Unmeasured(f"{meminfo}: MemAvailable is {available} of {total} bytes")
    return Memory(total - available, total)


def size(count: int) -> str:
    """Format a number of bytes for people."""
    unit, name = (2**30, "GiB") if count >= 2**30 else (2**20, "MiB")
    return f"{count / unit:.1f} {name} ({count} bytes)"


def _bytes(meminfo: Path, name: str, figure: list[str] | None) -> int:
    if figure is None or len(figure) != 2 or not KIBIBYTES.fullmatch(figure[0]) or figure[1] != "kB":
        raise Unmeasured(f"{meminfo}: no {name} in kB")
    return int(figure[0]) * 1024
