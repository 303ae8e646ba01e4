"""The hours of somebody who knows the day in advance: each host comes just in time, and none too many."""

from bisect import bisect_left
from datetime import timedelta

from highwater.whatif.simulation import DAY, Question

MINUTE = 60


def hours_with_foresight(question: Question) -> float:
    """Return the host-hours of a day on which one host is kept at all times.

    With a MinSize of 0 it is kept only from a lead before each session to the end of its grace. Each other
    one stands by at the second in which the one before it is full, and all leave when the day ends.
    """
    held = question.cluster.size.holds(question.cluster.roll)
    lead, ends = timedelta(seconds=question.lead), question.ends
    hours = _kept(question) / timedelta(hours=1)
    for full in range(held, question.feed.published(DAY.total_seconds()), held):
        launched = max(timedelta(), _second_of(question, full) - lead)
        hours += max(0.0, (ends - launched) / timedelta(hours=1))
    return hours


def _kept(question: Question) -> timedelta:
    """Return for how long of the day one host is kept whatever comes."""
    calendar, kept, until = question.calendar, timedelta(), question.midnight
    if question.min_size or calendar is None:
        return DAY
    for session in calendar.sessions:
        begins = max(until, session.start - timedelta(seconds=question.lead))
        until = max(until, min(session.end + calendar.grace, question.midnight + DAY))
        kept += max(timedelta(), until - begins)
    return kept


def _second_of(question: Question, updates: int) -> timedelta:
    """Return when so many updates have come, from the beginning of the day."""
    published = question.feed.published
    minute = bisect_left(range(len(question.feed.minutes) + 1), updates, key=lambda m: published(MINUTE * m))
    seconds = range(MINUTE * max(0, minute - 1), MINUTE * minute + 1)
    return timedelta(seconds=seconds[bisect_left(seconds, updates, key=published)])
