"""The host's memory, as the kernel counts it."""

from pathlib import Path

from ..reporter.reports import Memory

MEMINFO = Path("/proc/meminfo")


class Unmeasured(Exception):
    """The kernel's figures cannot be read: the message names the file and what is missing."""


def host_memory(meminfo: Path = MEMINFO) -> Memory:
    """Used (total less available: caches that the kernel would give back are free) and total. Raises
    Unmeasured."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError as error:
        raise Unmeasured(f"{meminfo}: {error.strerror}") from error
    figures = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    total, available = (_bytes(meminfo, name, figures.get(name)) for name in ("MemTotal", "MemAvailable"))
    return Memory(total - available, total)


def size(count: int) -> str:
    """Bytes, for people."""
    unit, name = (2**30, "GiB") if count >= 2**30 else (2**20, "MiB")
    return f"{count / unit:.1f} {name} ({count} bytes)"


def _bytes(meminfo: Path, name: str, figure: list[str] | None) -> int:
    if figure is None or len(figure) != 2 or not figure[0].isdigit() or figure[1] != "kB":
        raise Unmeasured(f"{meminfo}: no {name} in kB")
    return int(figure[0]) * 1024
