"""Highwater whose release changes in mid-day, again and again: a ledger of either is read by the other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import override

import msgspec

from chalicelib.core.facts.wake_ups import WakeUp
from twin.fuzz.account import Account
from twin.fuzz.rules import RULES, Highwater, Rule
from twin.fuzz.site import Site
from twin.release.core import OtherCore, core_of

HIGHWATER, AND = "highwater", " and "
# Reconciles and sweeps of one release before the other's turn: an hour or so.
TURN = 83


def rule_of(name: str) -> Callable[[Account, Sequence[Site]], Rule]:
    """Return the rule of a name; `highwater and REF` is ours by turns with that of a release."""
    first, and_, ref = name.partition(AND)
    return partial(InTurns, core_of(ref)) if and_ and first == HIGHWATER else RULES[name]


class Other(Highwater):
    """The controller of another release: messages reach it as text."""

    def __init__(self, core: OtherCore, account: Account, sites: Sequence[Site]) -> None:
        super().__init__(account, sites)
        self._parse = core.parse_wake_up
        self._controller = core.controller(account.wire, account.function_now)

    @override
    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        super().reconcile(cluster, [self._parse(msgspec.json.encode(one).decode()) for one in wake_ups])


class InTurns(Rule):
    """This checkout's rule and another release's, by turns."""

    settings = Highwater.settings
    walls = Highwater.walls

    def __init__(self, core: OtherCore, account: Account, sites: Sequence[Site]) -> None:
        self._rules = Highwater(account, sites), Other(core, account, sites)
        self._account = account
        self._calls = 0
        # An own attribute: which errors there are depends on the other release.
        self.failures = (*Highwater.failures, core.failure)  # type: ignore[misc]

    def _next(self) -> Rule:
        turn, first = divmod(self._calls, TURN)
        if not first and turn:
            self._account.tally.counts["upgrades"] += 1
            self._account.note("another release goes in")
        self._calls += 1
        return self._rules[turn % 2]

    @override
    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        self._next().reconcile(cluster, wake_ups)

    @override
    def sweep(self) -> Mapping[str, bool]:
        return self._next().sweep()
