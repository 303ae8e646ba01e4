"""The command `completion`: the script by which bash completes commands, made from the commands."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator

from highwater.checkout import checkout_refusal
from highwater.command import Command

HELP = """\
Prints a script by which bash completes the commands and options of highwater. It is made from the
commands themselves, and asks nobody while you type. zsh reads it after `autoload bashcompinit;
bashcompinit`.

Examples:
  highwater completion bash
  source <(highwater completion bash)           in this shell, or in ~/.bashrc

Exit status: 0 done; 2 refused.
"""
SCRIPT = """\
# Completion of highwater for bash: source <(highwater completion bash)
_highwater() {{
  local words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{names} --help --version"
  else
    case "${{COMP_WORDS[1]}}" in
{options}
    esac
    case "${{COMP_WORDS[1]}} ${{COMP_WORDS[COMP_CWORD-1]}}" in
{choices}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _highwater highwater
"""
Listing = Callable[[], Iterable[Command]]


def completion(listing: Listing) -> Command:
    """Return the command; it lists its commands when it runs, itself included."""

    def run(_args: argparse.Namespace, _session: object) -> int:
        # Without the checkout those that deploy do not know their options, and could not run.
        there = [one for one in listing() if not (one.needs_checkout and checkout_refusal(one.name))]
        sys.stdout.write(script(there))
        return 0

    return Command(
        "completion", "print the script that completes commands", HELP, add_options, run, needs_checkout=False
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the shell."""
    parser.add_argument("shell", choices=("bash",), help="the shell")


def script(commands: Iterable[Command]) -> str:
    """Return the script for these commands."""
    commands = list(commands)
    return SCRIPT.format(
        names=" ".join(command.name for command in commands),
        options="\n".join(_options(command) for command in commands),
        choices="\n".join(line for command in commands for line in _choices(command)),
    )


def _options(command: Command) -> str:
    options = [option for action in _actions(command) for option in action.option_strings]
    return f'      {command.name}) words="{" ".join(option for option in options if option != "-h")}" ;;'


def _choices(command: Command) -> Iterator[str]:
    """Yield the values of each option that has a fixed set, and of what follows the command's name."""
    for action in _actions(command):
        if not action.choices:
            continue
        values = " ".join(map(str, action.choices))
        for before in action.option_strings or [command.name]:
            yield f'      "{command.name} {before}") words="{values}" ;;'


def _actions(command: Command) -> list[argparse.Action]:
    return command.parser()._actions
