"""The terminal: progress goes to stderr, the result to stdout. A command without a result raises."""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# Control characters but tab and line feed, and those that turn the direction of what follows.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Refused(Exception):
    """It cannot work, and nothing was created. One sentence that says what to do. Exit status 2."""


class Failed(Exception):
    """AWS failed while something was being changed. The message says what, and what to do. Exit status 1."""


def refuse(sentence: str | None) -> None:
    """Raise Refused with the sentence, if there is one."""
    if sentence:
        raise Refused(sentence)


def harmless(text: str) -> str:
    """Return a text of others with the characters that a terminal obeys as their escapes."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Show progress, or a warning."""
    sys.stderr.write(f"{harmless(text)}\n")
    sys.stderr.flush()


def show(args: argparse.Namespace, result: dict[str, Any], next_step: str = "") -> None:
    """Show the result, one name and value a line or as JSON with --json; then what to do next."""
    if args.json:
        result = {**result, "next": next_step} if next_step else result
        sys.stdout.write(json.dumps(result, indent=2, default=str) + "\n")
        return
    for name, value in result.items():
        lines = [harmless(f"{line}") for line in (value if isinstance(value, list) else [value])]
        sys.stdout.write(f"{name}: {'none' if not lines else ''}{lines[0] if len(lines) == 1 else ''}\n")
        if len(lines) > 1:
            sys.stdout.write("".join(f"  {line}\n" for line in lines))
    if next_step:
        sys.stdout.write(f"\nNext:\n  {_as_started(next_step)}\n")


def _as_started(command: str) -> str:
    """Return a command of `highwater` as a shell finds it: where it is not on the PATH, as it was started."""
    started = Path(sys.argv[0])
    if not command.startswith("highwater ") or shutil.which("highwater"):
        return command
    if started.name == "__main__.py":
        return f"python -m {command}"
    return f"{started}{command.removeprefix('highwater')}" if started.name == "highwater" else command
