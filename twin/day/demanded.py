"""The demand of a day: why hosts were launched, what was handed back, and what the cluster has learned."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core.capacity.demand import BEYOND_THE_LEAD, RESERVE_FACTOR
from chalicelib.core.commands.hand_back import BY
from chalicelib.core.decision import Decision
from chalicelib.core.facts.learned import Learned
from twin.day.options import Options

# By the words of a decision's reason; any other raise follows somebody's hand.
REASONS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(words)
    for name, words in (
        # Before those that it is added to, which it names.
        ("open", r"^\d+ wanted: (.*, and )?one more by the open\b"),
        ("waiting", r"^\d+ wanted: \d+ updates wait\b"),
        ("runway", r"^\d+ wanted: runway\b"),
        ("reserve", r"^\d+ wanted: reserve\b"),
        ("standby", r"^no room in\b"),
        ("floor", r" asked for \d+"),
    )
}
OTHER = "other"


def reason_of(decision: Decision) -> str:
    """Return which demand a raise was for."""
    return next((name for name, words in REASONS.items() if words.search(decision.reason)), OTHER)


def refusal_of(outcome: Iterable[str]) -> str:
    """Return what AWS answered to a raise that it refused, which launches nothing; empty for any other."""
    raises = (done for done in outcome if done.startswith("SetDesiredCapacity"))
    return next((done for done in raises if " failed" in done), "")


def demanded(options: Options, decisions: Iterable[Decision], learned: Learned) -> dict[str, Any]:
    """Return the figures of demand: hosts raised for by reason, and what the ledger has learned at the end.

    `reserve_hosts` is what a burst may take of new hosts before a launch is ready, 0 where nothing is known.
    """
    by_reason: Counter[str] = Counter()
    handed_back, kept = set[str](), set[str]()
    for decision in decisions:
        if decision.launches and not refusal_of(decision.outcome):
            by_reason[reason_of(decision)] += decision.launches
        handed_back |= {i for i in decision.tag if i in decision.rooms and BY in decision.rooms[i].why}
        kept |= handed_back & set(decision.untag)
    return {
        "hosts_by_demand": dict(sorted(by_reason.items())),
        "handed_back": len(handed_back),
        "hand_backs_withdrawn": len(kept),
        "reserve_hosts": round(_reserve(options, learned), 2),
        "learned_lead_seconds": learned.slow_lead.total_seconds() if learned.slow_lead else None,
    }


def _reserve(options: Options, learned: Learned) -> float:
    lead = max(timedelta(seconds=options.lead), learned.slow_lead or timedelta())
    seconds = (lead + BEYOND_THE_LEAD).total_seconds()
    fresh = (options.roll - learned.idle_percent) / 100 * learned.host_bytes
    return RESERVE_FACTOR * (learned.mean_rate or 0.0) * seconds / fresh
