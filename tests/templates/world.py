"""The world of the checks: the stacks as if deployed, and the names in the code."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import NamedTuple

from tests.templates.source import Code
from tests.templates.stack import Stack

Findings = tuple[str, ...]


class World(NamedTuple):
    """The control plane, one cluster beside it, the image of its hosts, and the code that runs in it."""

    control: Stack
    cluster: Stack
    image: Stack
    code: Code

    @property
    def stacks(self) -> tuple[Stack, Stack]:
        """The stacks of running things."""
        return self.control, self.cluster


Check = Callable[[World], Findings]


def check[**P](told: Callable[P, Iterator[str]]) -> Callable[P, Findings]:
    """A check tells findings, each a sentence that begins with a logical id; none is told twice."""

    @wraps(told)
    def findings(*args: P.args, **kwargs: P.kwargs) -> Findings:
        return tuple(dict.fromkeys(told(*args, **kwargs)))

    return findings
