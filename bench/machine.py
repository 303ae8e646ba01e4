"""Where and with what something was measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

CPU = Path("/proc/cpuinfo")
ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ("aws_lambda_powertools", "boto3", "botocore", "chalice", "moto", "msgspec")


def describe() -> dict[str, str]:
    """Machine, versions, date and commit, each as a text; "unknown" for what cannot be found out."""
    return {
        "machine": f"{_cpu()}, {os.cpu_count()} cores, {_ram_gb():.1f} GB",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "date": f"{datetime.now(UTC):%FT%TZ}",
        "commit": _commit(),
    }


def _cpu() -> str:
    if CPU.exists():
        for line in CPU.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine() or "unknown"


def _ram_gb() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def _commit() -> str:
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown"
    return f"{commit} with changes" if _git("status", "--porcelain") else commit


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            ["git", "-C", str(ROOT), *arguments],  # noqa: S607 - whichever git is there
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
