"""The numbers that stand for states, by which a walk recognises them and shares them out."""

from functools import lru_cache
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from twin.explore.judge import essence
from twin.explore.ledgers import one
from twin.explore.world import World, decode

_encode = msgspec.msgpack.Encoder().encode


@lru_cache(500_000)
def _place(document: bytes) -> int:
    return blake2b(document, digest_size=1).digest()[0]


def owner_of(state: int, parts: int) -> int:
    """Return the part that has a state: states with one ledger are together, and share controller's runs."""
    return (state & 255) % parts


def state_of(world: World) -> int:
    """Return 64 bits that stand for a state, and eight of its ledger.

    Of ten million states two are alike by chance once in 10^5 walks.
    """
    runs = sorted(_encode(essence(run)) for run in world.runs)
    whole = (world.document, world.group, world.before, world.hosts, runs, world.commands, world.raised)
    number = int.from_bytes(blake2b(_encode(whole), digest_size=8).digest())
    return number << 8 | _place(world.document)


def last_state_of(world: World) -> int:
    """Return the same of a state from which one step is left, by what decides what its `judged` steps break.

    Functions make their next calls, and AWS and two hours end instances: no report comes, and nobody starts.
    """
    runs = sorted(_encode(essence(run)) for run in world.runs)
    decisive = (world.group, world.phases, runs, world.raised)
    number = int.from_bytes(blake2b(_encode(decisive), digest_size=8).digest())
    # Where its first function has run the controller.
    return number << 8 | _place(world.runs[0].read.document if world.runs else b"")


def received(text: bytes) -> World:
    """Return a world of another process, whose ledgers are those of the worlds here."""
    world = decode(text)
    runs = tuple(replace(run, read=replace(run.read, document=one(run.read.document))) for run in world.runs)
    return replace(world, document=one(world.document), runs=runs)
