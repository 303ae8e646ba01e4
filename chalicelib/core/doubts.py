"""Doubts: bad tags, a group that cannot be raised, two groups, an unreadable ledger (rule 15).

Raising, walls and everything else go on with what was good before. Releases wait: they alone cannot be
undone, and waiting costs money, not data.
"""

from datetime import datetime

import msgspec

from chalicelib.core.choice import Choice
from chalicelib.core.ledger import Ledger
from chalicelib.core.settings import settings_of
from chalicelib.core.situation import Doubt, Situation
from chalicelib.core.stand_in import doubt_of


def situation_of(ledger: Ledger, choice: Choice, now: datetime) -> Situation:
    """Return the situation of a cluster on a ledger that is folded with its group, with every doubt.

    The ledger keeps the settings that are used, for the next time that a tag cannot be read.
    """
    group = choice.group
    settings, bad = settings_of(group.tags, ledger.settings)
    doubts = [Doubt("configuration", text) for text in (*filter(None, (group.unfit,)), *bad)]
    if choice.doubt:
        doubts.append(Doubt("ambiguous", choice.doubt))
    if unreadable := doubt_of(ledger):
        doubts.append(unreadable)
    ledger = msgspec.structs.replace(ledger, settings=settings)
    return Situation(ledger, group, settings, now, doubts=tuple(doubts))
