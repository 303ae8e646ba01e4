import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdb.kdb.errors import BadMessage
from rdb.kdb.messages import Header, Kind, decompress, parse_header, query
from tests.rdb.packing import compressed

LIMIT = 2**20
REPETITIVE = st.lists(st.sampled_from([b"ab", b"abc", b"\0\0\0", b"x"]), min_size=1).map(b"".join)


def _message(payload: bytes, order: str = "<") -> bytes:
    return bytes([order == "<", Kind.RESPONSE, 0, 0]) + struct.pack(order + "I", 8 + len(payload)) + payload


def test_a_query_is_a_synchronous_character_vector() -> None:
    assert query("til 5").hex() == "0101000013000000" + "0a0005000000" + b"til 5".hex()
    assert query("é").hex() == "0101000010000000" + "0a0002000000" + "c3a9"


def test_a_header_says_byte_order_kind_compression_and_size() -> None:
    assert parse_header(bytes.fromhex("0102000011000000"), LIMIT) == Header("<", Kind.RESPONSE, False, 9)
    assert parse_header(bytes.fromhex("0000010000000011"), LIMIT) == Header(">", Kind.ASYNC, True, 9)


@pytest.mark.parametrize(
    "head",
    ["0202000011000000", "0103000011000000", "0102020011000000", "0102000111000000", b"HTTP/1.1".hex()],
)
def test_a_header_of_something_else_is_refused(head: str) -> None:
    with pytest.raises(BadMessage, match="no message of q: it starts with"):
        parse_header(bytes.fromhex(head), LIMIT)


@pytest.mark.parametrize(("size", "why"), [(8, "too short"), (0, "too short"), (101, "more than the 100")])
def test_a_message_without_a_value_or_above_the_limit_is_refused(size: int, why: str) -> None:
    with pytest.raises(BadMessage, match=why):
        parse_header(struct.pack("<BBHI", 1, 2, 0, size), 100)
    with pytest.raises(BadMessage, match=why):
        decompress(struct.pack("<I", size) + bytes(100), "<", 100)


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    assert parse_header(struct.pack("<BBHI", 1, 2, 0, 100), 100).size == 92


def test_a_compressed_message_that_is_packed_by_hand_is_unpacked() -> None:
    # q, a NUL, q, then from the first mark: q and NUL, and two more of the same; then a last byte.
    mark = ord("q") ^ 0
    packed = struct.pack("<I", 8 + 8) + bytes([0b01000, *b"q\0q", mark]) + bytes([2, ord("!")])
    with pytest.raises(BadMessage):
        decompress(packed[:-1], "<", LIMIT)
    steps = bytes([0b00100, *b"q\0", mark, 3, ord("!")])
    assert decompress(struct.pack("<I", 8 + 8) + steps, "<", LIMIT) == b"q\0q\0q\0q!"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "data", [b"x", b"ab" * 500, bytes(10_000), bytes(range(256)) * 5, b"live" * 3 + b"!"]
)
def test_what_is_compressed_is_unpacked_as_it_was(data: bytes, order: str) -> None:
    assert decompress(compressed(_message(data, order), order)[8:], order, LIMIT) == data


@given(st.one_of(REPETITIVE, st.binary(min_size=1, max_size=300)))
def test_whatever_is_compressed_is_unpacked_as_it_was(data: bytes) -> None:
    assert decompress(compressed(_message(data))[8:], "<", LIMIT) == data


def test_a_compressed_message_that_is_cut_off_anywhere_is_refused() -> None:
    packed = compressed(_message(b"live" * 30 + bytes(range(40))))[8:]
    for end in range(len(packed)):
        with pytest.raises(BadMessage):
            decompress(packed[:end], "<", LIMIT)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (b"\1\0\0", "cannot be unpacked"),
        (b"\4ab\3\xff", "of another size"),
        (b"\0abcdefgh" + b"\0ab" + b"!", "of another size"),
    ],
)
def test_a_compressed_message_that_points_nowhere_or_beyond_its_size_is_refused(
    steps: bytes, why: str
) -> None:
    with pytest.raises(BadMessage, match=why):
        decompress(struct.pack("<I", 8 + 10) + steps, "<", LIMIT)


@given(st.integers(9, 400), st.binary(max_size=200))
def test_random_bytes_are_unpacked_to_the_size_that_they_say_or_refused(size: int, steps: bytes) -> None:
    with suppress(BadMessage):
        assert len(decompress(struct.pack("<I", size) + steps, "<", 300)) == size - 8
