"""A cluster's ledger as a deployment looks at it: who wrote it, and of which releases its hosts are. Pure.

It is read without the control plane, which may be broken, and by as little of it as a later release can have
changed.
"""

from typing import Any, NamedTuple

import msgspec

from chalicelib.contract.release import SILENT


class Host(NamedTuple):
    """A host by its last report: the release of its reporter, and that of its q files where q names one."""

    release: str
    q_release: str | None = None


class LedgerSeen(NamedTuple):
    """A ledger: its schema, the release that wrote it last, and the hosts that have reported, by id."""

    schema: int
    release: str
    rdbs: dict[str, Host]
    tickerplant: Host | None = None


class _Head(msgspec.Struct):
    schema: int
    release: str = SILENT


class _Said(msgspec.Struct):
    release: str | None = None
    q_release: str | None = None

    def host(self) -> Host:
        return Host(self.release or SILENT, self.q_release)


class _Rdb(_Said):
    member: Any = None
    report: Any = None


class _Tickerplant(msgspec.Struct):
    report: _Said


class _Body(msgspec.Struct):
    rdbs: dict[str, _Rdb] = {}
    tickerplant: _Tickerplant | None = None


def ledger_seen(text: str) -> LedgerSeen | None:
    """Return what the text of a ledger says; None for one that no release can read, and another stands in."""
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    try:
        body = msgspec.json.decode(text, type=_Body)
    except msgspec.ValidationError:
        return LedgerSeen(head.schema, head.release, {})
    rdbs = {i: rdb.host() for i, rdb in body.rdbs.items() if rdb.member and rdb.report}
    tickerplant = body.tickerplant.report.host() if body.tickerplant else None
    return LedgerSeen(head.schema, head.release, rdbs, tickerplant)
