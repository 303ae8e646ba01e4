"""The things that a rehearsal creates, and their removal."""

from collections.abc import Callable
from typing import NamedTuple

from botocore.exceptions import ClientError

from chalicelib.adapters.clients import AWS_ERRORS
from highwater.deploy.aws.caller import code_of
from highwater.terminal import Failed, say

ABSENT = ("NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist")


class Thing(NamedTuple):
    """One thing: its name, the call that deletes it, and the command that does so by hand."""

    name: str
    delete: Callable[[], object]
    command: str


class Belongings:
    """Everything that was created so far."""

    def __init__(self) -> None:
        self._things: list[Thing] = []

    def claim(self, name: str, delete: Callable[[], object], command: str) -> None:
        """Take note of a thing right before it is created, and show how to delete it by hand."""
        say(f"creating {name}; if this is killed, delete it with:\n{command}")
        self._things.append(Thing(name, delete, command))

    def give_back(self) -> tuple[str, ...]:
        """Delete everything, newest first; returns a text for each thing that may be left.

        It says why, and the command that deletes the thing. An interruption leaves the rest.
        """
        left = []
        while self._things:
            thing = self._things[-1]
            try:
                why = self._deleted(thing)
            except KeyboardInterrupt:
                left += [_text(thing, "interrupted while cleaning up") for thing in reversed(self._things)]
                break
            if why:
                left.append(_text(thing, why))
            self._things.pop()
        return tuple(left)

    @staticmethod
    def _deleted(thing: Thing) -> str:
        try:
            thing.delete()
        except ClientError as error:
            return "" if any(word in code_of(error) for word in ABSENT) else str(error)
        except (Failed, *AWS_ERRORS) as error:
            return str(error)
        return ""


def _text(thing: Thing, why: str) -> str:
    return f"  {thing.name}: {why}\n{thing.command}"
