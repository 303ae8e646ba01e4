"""The project's checkout: what is deployed and packaged is read from its files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def checkout_refusal(command: str, root: Path = ROOT) -> str | None:
    """Refuse a command that needs the checkout where there is none, as in an installed wheel."""
    if all((root / part).exists() for part in ("app.py", "cloudformation", "rdb")):
        return None
    return (
        f"`highwater {command}` needs the project's checkout, with its app.py, cloudformation/ and rdb/: "
        "run `.venv/bin/highwater` there, after `make setup`."
    )
