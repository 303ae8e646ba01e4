"""A day in seconds: its hosts by the simulator, beside those of somebody who knows the day in advance."""

from typing import Any

from chalicelib.contract.names import HARD_TAG, RULE_TAG, SCALE_TAG
from highwater.whatif.foresight import hours_with_foresight
from highwater.whatif.simulation import Question, Simulation
from highwater.whatif.trading_day import DAY, TradingDay


def question_of(options: TradingDay) -> Question:
    """Return the same day as the simulator takes it. Faults of messages are none of it."""
    tags = {RULE_TAG: options.rule, HARD_TAG: f"{options.hard:g}" if options.hard else "none"}
    if options.scale is not None:
        tags[SCALE_TAG] = f"{options.scale:g}"
    return Question(
        cluster=options.cluster,
        feed=options.feed,
        midnight=options.begins,
        lead=options.lead,
        ends=min(DAY, options.ends - options.begins),
        min_size=options.min_size,
        max_size=options.max_size,
        tags=tags,
        learned=options.learned,
        calendar=options.calendar,
    )


def estimate(options: TradingDay) -> dict[str, Any]:
    """Return the figures of a day; hours are those of hosts within its 24 hours."""
    question = question_of(options)
    answer = Simulation(question).run()
    return {
        "hosts": answer.most_hosts,
        "instance_hours": round(answer.hours, 1),
        "foresight_hours": round(hours_with_foresight(question), 1),
        "cost_usd": round(answer.hours * options.cluster.size.usd_per_hour, 4),
        "minutes_without_live": answer.minutes_without_live,
        "minutes_in_overdraft": answer.minutes_in_overdraft,
        "least_cushion": None if answer.least_cushion is None else round(answer.least_cushion, 1),
        "launches": len(answer.launches),
        "releases": answer.releases,
        "updates_unheld": answer.unheld,
    }
