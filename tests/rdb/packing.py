"""Compresses as q does, after the description of the format in rdb/qmessages.py."""

import struct

LONGEST = 255


def compressed(message: bytes, order: str = "<") -> bytes:
    """The message, packed."""
    data = message[8:]
    packed = _packed(data)
    size = struct.pack(order + "I", len(message))
    return message[:2] + b"\1\0" + struct.pack(order + "I", 12 + len(packed)) + size + packed


def _packed(data: bytes) -> bytes:
    places: dict[int, int] = {}
    steps: list[tuple[bool, bytes]] = []
    at = marked = 0
    while at < len(data):
        mark = data[at] ^ data[at + 1] if at + 1 < len(data) else None
        place = places.get(mark) if mark is not None else None
        if place is not None and data[place : place + 2] == data[at : at + 2]:
            more = 0
            while (
                more < LONGEST and at + 2 + more < len(data) and data[place + 2 + more] == data[at + 2 + more]
            ):
                more += 1
            steps.append((True, bytes([data[at] ^ data[at + 1], more])))
            at += 2
        else:
            more = 0
            steps.append((False, data[at : at + 1]))
            at += 1
        while marked < at - 1:
            places[data[marked] ^ data[marked + 1]] = marked
            marked += 1
        if steps[-1][0]:
            at = marked = at + more
    return b"".join(
        bytes([sum(repeats << bit for bit, (repeats, _) in enumerate(eight))])
        + b"".join(part for _, part in eight)
        for eight in (steps[start : start + 8] for start in range(0, len(steps), 8))
    )
