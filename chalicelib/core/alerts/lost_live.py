"""The live RDB whose q does not answer: what becomes of the updates since, and who is live next (rule 5)."""

from collections.abc import Iterable, Iterator

import msgspec

from chalicelib.core.alerts.next_live import next_live
from chalicelib.core.alerts.no_live import is_live
from chalicelib.core.alerts.rdb_alerts import unknown_text
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.facts.alert import TEXT_BYTES, Alert
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import has_been_live, takes_data
from chalicelib.core.facts.text import cut
from chalicelib.core.facts.voices import Unanswered


def with_lost_live(
    alerts: Iterable[Alert], situation: Situation, capacity: Capacity, due: Raise
) -> Iterator[Alert]:
    """Yield the alerts about RDBs; that of a live one whose q does not answer says so, and who is next."""
    for alert in alerts:
        instance_id = alert.key.partition(" ")[2]
        rdb = situation.ledger.rdbs.get(instance_id)
        if rdb and rdb.unanswered and alert.is_of("unknown") and takes_data(rdb.unanswered.state):
            then = _then(situation, rdb.unanswered, next_live(situation, capacity, due))
            text = unknown_text(instance_id, rdb, rdb.unanswered, f"; it was live: {then}")
            yield msgspec.structs.replace(alert, text=cut(text, TEXT_BYTES))
        else:
            yield alert


def _then(situation: Situation, held: Unanswered, following: str) -> str:
    """Return what became of the updates that came after it, as far as is known."""
    rdbs = sorted((i, rdb) for i, rdb in situation.ledger.rdbs.items() if rdb.member)
    if live := [i for i, rdb in rdbs if takes_data(rdb.state) and is_live(rdb, situation)]:
        return f"{', '.join(live)} is live now"
    took = [i for i, rdb in rdbs if has_been_live(rdb.state) and rdb.ready_at and rdb.ready_at > held.since]
    if took:
        return f"{', '.join(took)} took the updates since; live next: {following}"
    said = situation.ledger.tickerplant
    if said and said.received_at > held.since and situation.hears_tickerplant and not said.waits_since:
        return f"no updates wait in the log, as the tickerplant says; live next: {following}"
    return f"since {held.since:%FT%TZ} updates wait in the log; live next: {following}"
