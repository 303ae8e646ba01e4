import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rdb.kdb.errors import AskFailed, BadMessage, QError, UnsupportedType
from rdb.kdb.values import MOST_NESTED, decode
from tests.rdb.examples import DOCUMENTED, HANDMADE, ITEMS, PAYLOADS, atom, payload, vector

ATOMS = [atom(number, code, raw, "<") for number, code, raw, _ in ITEMS]
ORDERS = pytest.mark.parametrize("order", ["<", ">"])


@pytest.mark.parametrize("expression", DOCUMENTED)
def test_the_examples_that_kx_publishes_mean_what_kx_says(expression: str) -> None:
    message, meant = DOCUMENTED[expression]
    assert decode(payload(message), "<") == meant


@pytest.mark.parametrize("sent", HANDMADE)
def test_symbols_text_lists_dictionaries_and_tables_are_read(sent: str) -> None:
    assert decode(bytes.fromhex(sent), "<") == HANDMADE[sent]


@ORDERS
@pytest.mark.parametrize(("number", "code", "raw", "meant"), ITEMS)
def test_an_atom_of_each_type_is_read_with_its_nulls_and_infinities(
    number: int, code: str, raw: object, meant: object, order: str
) -> None:
    read = decode(atom(number, code, raw, order), order)
    assert (read, type(read)) == (meant, type(meant))


@ORDERS
@pytest.mark.parametrize("number", sorted({number for number, *_ in ITEMS} - {4, 10}))
def test_a_vector_of_each_type_is_the_list_of_its_items(number: int, order: str) -> None:
    items = [(code, raw, meant) for item, code, raw, meant in ITEMS if item == number]
    sent = vector(number, items[0][0], [raw for _, raw, _ in items], order)
    assert decode(sent, order) == [meant for _, _, meant in items]


def test_what_q_raises_is_an_error_with_its_text() -> None:
    with pytest.raises(QError, match=r"^q raised '\.highwater\.status$") as raised:
        decode(b"\x80.highwater.status\0", "<")
    assert raised.value.text == ".highwater.status"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("64000a00050000007b782b797d", "lambda"),
        ("650f", "unary primitive"),
        ("6605", "operator"),
        ("6700", "iterator"),
        ("680200000064000a00050000007b782b797df90300000000000000", "projection"),
        ("6902000000651c650f", "composition"),
        ("6b660c", "derived function"),
        ("70", "foreign object"),
        ("14000100000000000000", "enumeration"),
        ("ec00000000", "enumeration"),
        ("4d00", "mapped list"),
        ("63" + "000001000000" + "060000000000" + "04000100000007", "dictionary with lists as keys"),
        ("63" + "04000200000001010400020000000102", "dictionary with the same key twice"),
        ("630b00010000006100" + "6200630b0000000000000000000000", "table where a list belongs"),
        ("636200630b0000000000000000000000" + "060000000000", "dictionary with a table as keys"),
        (
            "6200630b000200000061006100" + "000002000000" + "060000000000" * 2,
            "table with the same column twice",
        ),
    ],
)
def test_what_has_no_python_value_is_told_by_its_name(sent: str, name: str) -> None:
    with pytest.raises(UnsupportedType) as raised:
        decode(bytes.fromhex(sent), "<")
    assert raised.value.name == name


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("ff02", "a boolean out of range"),
        ("f2ffffff7e", "a date out of range"),
        ("f3ffffff7e", "a month out of range"),
        ("f1000000000000f07e", "a datetime out of range"),
        ("0600ffffffff", "a list of -1 items"),
        ("0000ffffff7f", "a list of 2147483647 items in 0 bytes"),
        ("0b000100000061", "a symbol without an end"),
        ("80" + b"type".hex(), "a symbol without an end"),
        ("fd00", "a value of type 3, which there is not"),
        ("0300" + "00000000", "a value of type 3, which there is not"),
        ("ff0100", "1 bytes after the end"),
        ("80610000", "1 bytes after the end"),
        ("0000" + "01000000" + "806100", "a value of type -128 out of its place"),
        ("63" + "0400010000000104000200000001" + "02", "a dictionary of 1 keys and 2 values"),
        ("63" + "fa01000000" + "fa01000000", "a value of type -6 out of its place"),
        ("62000b0000000000", "a table without names of columns"),
        ("6200" + "63060001000000" + "01000000", "a table without names of columns"),
        ("6200630b00010000006100" + "000000000000", "columns do not fit its names"),
        (
            "6200630b000200000061006200" + "000002000000" + "060000000000" + "060001000000" + "01000000",
            "columns of different lengths",
        ),
        (
            "63" + "6200630b00010000006100" + "000001000000" + "060000000000"
            "6200630b00010000006100" + "000001000000" + "060001000000" + "01000000",
            "a keyed table of 0 keys and 1 rows",
        ),
    ],
)
def test_what_no_q_would_send_is_refused_with_a_sentence(sent: str, why: str) -> None:
    with pytest.raises(BadMessage, match=why):
        decode(bytes.fromhex(sent), "<")


def _nested(depth: int) -> bytes:
    return bytes.fromhex("000001000000") * depth + b"\xff\1"


def test_values_are_read_as_deep_as_is_said_and_no_deeper() -> None:
    read = decode(_nested(MOST_NESTED - 1), "<")
    for _ in range(MOST_NESTED - 1):
        assert isinstance(read, list)
        (read,) = read
    assert read is True
    for depth in (MOST_NESTED, 100_000):
        with pytest.raises(BadMessage, match="nested more than 32 deep"):
            decode(_nested(depth), "<")


@pytest.mark.parametrize("sent", [*PAYLOADS, *ATOMS], ids=bytes.hex)
def test_a_value_that_is_cut_off_anywhere_is_refused(sent: bytes) -> None:
    for end in range(len(sent)):
        with pytest.raises(BadMessage):
            decode(sent[:end], "<")


@given(st.binary(max_size=64), st.sampled_from("<>"))
@example(bytes(6), ">")
def test_random_bytes_are_a_value_or_a_clear_error(sent: bytes, order: str) -> None:
    _decode_or_refuse(sent, order)


@given(st.sampled_from(PAYLOADS), st.integers(min_value=0), st.integers(0, 255))
def test_a_value_with_a_damaged_byte_is_a_value_or_a_clear_error(sent: bytes, where: int, byte: int) -> None:
    damaged = bytearray(sent)
    damaged[where % len(sent)] = byte
    _decode_or_refuse(bytes(damaged), "<")


@given(st.sampled_from(range(-20, 128)), st.binary(max_size=40), st.integers(0, 5))
def test_every_type_with_random_content_is_a_value_or_a_clear_error(
    number: int, rest: bytes, count: int
) -> None:
    _decode_or_refuse(struct.pack("<bBi", number, 0, count) + rest, "<")
    _decode_or_refuse(struct.pack("b", number) + rest, "<")


def _decode_or_refuse(sent: bytes, order: str) -> None:
    try:
        decode(sent, order)
    except AskFailed as error:
        assert str(error)  # noqa: PT017 - either is right, but a refusal must say why
