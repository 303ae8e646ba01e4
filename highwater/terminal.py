"""The terminal: progress goes to stderr, the result to stdout. A command without a result raises."""

import argparse
import json
import sys
from typing import Any


class Refused(Exception):
    """It cannot work, and nothing was created. One sentence that says what to do. Exit status 2."""


class Failed(Exception):
    """AWS failed while something was being changed. The message says what, and what to do. Exit status 1."""


def refuse(sentence: str | None) -> None:
    """Raise Refused with the sentence, if there is one."""
    if sentence:
        raise Refused(sentence)


def say(text: str) -> None:
    """Show progress, or a warning."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def show(args: argparse.Namespace, result: dict[str, Any], next_step: str = "") -> None:
    """Show the result, one name and value a line or as JSON with --json; then what to do next."""
    if args.json:
        result = {**result, "next": next_step} if next_step else result
        sys.stdout.write(json.dumps(result, indent=2, default=str) + "\n")
        return
    for name, value in result.items():
        lines = value if isinstance(value, list) else [value]
        sys.stdout.write(f"{name}: {'none' if not lines else ''}{lines[0] if len(lines) == 1 else ''}\n")
        if len(lines) > 1:
            sys.stdout.write("".join(f"  {line}\n" for line in lines))
    if next_step:
        sys.stdout.write(f"\nNext:\n  {next_step}\n")
