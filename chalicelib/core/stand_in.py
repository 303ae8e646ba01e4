"""The ledger that stands in for one that cannot be read: a broken document, or a newer schema (rule 12).

It is an item of its own, so that nothing newer is overwritten. It begins empty: who was rolled or drained is
known again with the next reports. So nothing is released, and each raise is of one host.
"""

import msgspec

from chalicelib.core.doubts import Doubt
from chalicelib.core.ledger import Ledger


def doubt_of(ledger: Ledger) -> Doubt | None:
    """Return what is told while a ledger stands in for another; None while none does."""
    if not ledger.stands_in:
        return None
    return Doubt(
        "unreadable",
        f"{ledger.stands_in}; another stands in for it, which raises one host at a time and releases none; "
        "run the version of Highwater that wrote it, or put the item right",
    )


def mended(ledger: Ledger, stand_in: Ledger) -> Ledger:
    """Return a ledger that can be read again, with what was asked and told meanwhile.

    Its alerts end as any others do, once they do not stand any more. Only the dead were released meanwhile;
    their releases follow what was asked before them, and nothing else does. A hold that was lifted meanwhile
    stands again: that keeps data.
    """
    asked = ledger.asked
    if stand_in.asked and (asked is None or stand_in.asked.at > asked.at):
        asked = msgspec.structs.replace(stand_in.asked, version=ledger.version + 1)
    for instance_id, rdb in stand_in.rdbs.items():
        if rdb.hold and instance_id in ledger.rdbs:
            ledger = ledger.with_rdb(instance_id, hold=rdb.hold)
        if rdb.released_at and instance_id in ledger.rdbs:
            later = asked is not None and rdb.released_at >= asked.at
            released_in = ledger.version + later
            ledger = ledger.with_rdb(instance_id, released_at=rdb.released_at, released_in=released_in)
    return msgspec.structs.replace(
        ledger,
        asked=asked,
        hold=stand_in.hold or ledger.hold,
        commands={**ledger.commands, **stand_in.commands},
        alerts={**stand_in.alerts, **ledger.alerts},
    )
