"""The ledger as text: unknown fields are carried along, a newer schema is refused (rule 12)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from chalicelib.adapters.clients import Unreadable
from chalicelib.contract.report import YEARS
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb

# A time of another century: few texts have one, so that few ledgers are looked through.
_FAR_TIME = re.compile(r'"(?!20|19[7-9])\d{4}-\d\d-\d\dT')

# The fields of the ledger that have a fact for each key.
_BY_KEY = frozenset(field.name for field in msgspec.structs.fields(Ledger) if field.default_factory is dict)


class Undecodable(Unreadable):
    """The ledger or calendar of a cluster is there, and this version cannot read it."""


# Where a fact is in a ledger: a field, its key in that, or an RDB's field.
Place = tuple[str, ...]


class Beyond(NamedTuple):
    """What a newer version wrote and this one does not know, as it was read.

    Fields of the ledger itself and of each RDB are carried along, whatever becomes of the others. What is
    deeper is part of one fact: `facts` has these by place, as this version understood them and as they were
    written. They are written so again while they are the same; another one replaces them as a whole.
    """

    of_ledger: Mapping[str, Any]
    of_rdbs: Mapping[str, Mapping[str, Any]]
    facts: Mapping[Place, tuple[Any, Any]]


def decoded(cluster: str, text: str) -> tuple[Ledger, Beyond | None]:
    """Return a ledger, and what of it this version does not know. Raises Undecodable."""
    try:
        ledger = msgspec.json.decode(text, type=Ledger)
        if ledger.cluster != cluster:
            raise Undecodable(f"the ledger of {cluster} cannot be decoded: it is that of {ledger.cluster!r}")
        if _FAR_TIME.search(text) and (year := _odd_year(ledger)) is not None:
            raise Undecodable(f"the ledger of {cluster} cannot be used: it has a time of the year {year}")
        ours = msgspec.json.encode(ledger)
        if ours == text.encode():
            return ledger, None  # our own writing: nothing is unknown
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Undecodable(f"the ledger of {cluster} cannot be decoded: {error}") from error
    of_rdbs = {i: unknown for i, rdb in raw.get("rdbs", {}).items() if (unknown := _unknown(rdb, Rdb))}
    of_ledger = _unknown(raw, Ledger)
    facts = _otherwise_written(raw, msgspec.json.decode(ours))
    return ledger, Beyond(of_ledger, of_rdbs, facts) if of_ledger or of_rdbs or facts else None


def text_of(cluster: str, item: Mapping[str, Any], what: str = "ledger") -> str:
    """Return the text of an item's document. Raises Undecodable where it has none."""
    match item:
        case {"document": {"S": str(text)}}:
            return text
        case _:
            raise Undecodable(f"the {what} of {cluster} cannot be decoded: its document is no text")


def encoded(ledger: Ledger, beyond: Beyond | None) -> str:
    """Return a ledger as text, with what was unknown when it was read."""
    text = msgspec.json.encode(ledger)
    if beyond is None:
        return text.decode()
    raw = {**beyond.of_ledger, **msgspec.json.decode(text)}
    for (*outer, name), (understood, written) in beyond.facts.items():
        holder = _at(raw, outer)
        if isinstance(holder, dict) and holder.get(name) == understood:
            holder[name] = written
    for instance_id in beyond.of_rdbs.keys() & ledger.rdbs.keys():
        raw["rdbs"][instance_id] = {**beyond.of_rdbs[instance_id], **raw["rdbs"][instance_id]}
    return msgspec.json.encode(raw).decode()


def _odd_year(facts: object) -> int | None:
    """Return the year of a time that cannot be reckoned with; None where every time can."""
    match facts:
        case datetime():
            return None if facts.year in YEARS else facts.year
        case dict():
            parts: Iterable[object] = facts.values()
        case tuple():
            parts = facts
        case msgspec.Struct():
            parts = (getattr(facts, name) for name in facts.__struct_fields__)
        case _:
            return None
    return next((year for part in parts if (year := _odd_year(part)) is not None), None)


def _otherwise_written(raw: Mapping[str, Any], ours: Mapping[str, Any]) -> Mapping[Place, tuple[Any, Any]]:
    """Return by place what is written in another way than this version does: as we would, and as it is."""
    return {
        place: (_at(ours, place), written)
        for place in _places(raw)
        if (written := _at(raw, place)) != _at(ours, place)
    }


def _places(raw: Mapping[str, Any]) -> Iterator[Place]:
    for name in raw.keys() & set(Ledger.__struct_encode_fields__):
        if name not in _BY_KEY:
            yield (name,)
        elif name == "rdbs":
            for instance_id, rdb in raw[name].items():
                yield from (
                    (name, instance_id, field) for field in rdb if field in Rdb.__struct_encode_fields__
                )
        else:
            yield from ((name, key) for key in raw[name])


def _at(document: Any, place: Iterable[str]) -> Any:
    """Return what is at a place; None where nothing is."""
    for name in place:
        document = (document or {}).get(name)
    return document


def _unknown(raw: Mapping[str, Any], kind: type[Ledger | Rdb]) -> Mapping[str, Any]:
    known = {*kind.__struct_encode_fields__, kind.__struct_config__.tag_field}
    return {name: value for name, value in raw.items() if name not in known}
