"""Numbers and times as text: literals, `string`, and `"J"$` and its like."""

import re
from datetime import UTC, datetime
from typing import Any

from .errors import Unsupported
from .values import INFINITE, NAN, NULL, WHOLE, Atom, Value, Vector, is_null, vector

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SECOND = 10**9
DAY = 86400 * SECOND
_DATE = r"(?P<year>\d{4})\.(?P<month>\d\d)\.(?P<day>\d\d)"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<part>\d{1,9}))?"
_TIMESTAMP = re.compile(f"{_DATE}D{_CLOCK}")
_ONLY_DATE = re.compile(_DATE)
_TIMESPAN = re.compile(rf"(?P<days>\d+)D(?:{_CLOCK})?")
_BYTE = re.compile(r"0x([0-9a-f]{1,2})")
_INTEGER = re.compile(r"\d+([hij])?")
_FLOAT = re.compile(r"(\d+\.\d*|\d+)f?")


def literal(words: list[str]) -> Value:
    """Return the value of adjacent numbers. Raises Unsupported for one of a form that is not known."""
    if len(words) == 1 and re.fullmatch(r"[01]+b", words[0]):
        bits = [digit == "1" for digit in words[0][:-1]]
        return Atom("b", bits[0]) if len(bits) == 1 else vector("b", bits)
    # The letter at the end of a list is for all of it.
    letter = words[-1][-1]
    if letter in "hijf" and all(re.fullmatch(r"-?[\d.]+", word) for word in words[:-1]):
        words = [*(word + letter for word in words[:-1]), words[-1]]
    atoms = [_atom(word) for word in words]
    if len(atoms) == 1:
        return atoms[0]
    kinds = {atom.kind for atom in atoms}
    if len(kinds) == 1:
        return vector(atoms[0].kind, [atom.value for atom in atoms])
    raise Unsupported(f"numbers of several kinds: {' '.join(words)}")


def _atom(word: str) -> Atom:
    sign, digits = (-1, word[1:]) if word.startswith("-") else (1, word)
    if digits == "0n":
        return Atom("f", NAN)
    if digits == "0Ng":
        return Atom("g", 0)
    if re.fullmatch(r"0N[hijpdn]?", digits):
        return Atom(digits[2:] or "j", NULL)
    if re.fullmatch(r"0W[hijpdn]?", digits):
        return Atom(digits[2:] or "j", sign * INFINITE)
    if found := _BYTE.fullmatch(digits):
        return Atom("x", int(found[1], 16))
    if found := _INTEGER.fullmatch(digits):
        return Atom(found[1] or "j", sign * int(digits.rstrip("hij")))
    for kind in "pdnf":
        value = parsed(kind, digits)
        if not is_null(kind, value):
            return Atom(kind, sign * value)
    raise Unsupported(f"the number {word}")


def parsed(kind: str, text: str) -> Any:
    """Return the value of a text as `"J"$` does: null if it is none."""
    text = text.strip()
    match kind:
        case "j" | "i":
            return int(text) if re.fullmatch(r"-?\d+", text) else NULL
        case "f":
            negative = text.startswith("-")
            plain = text.removeprefix("-")
            return (-1 if negative else 1) * float(plain.rstrip("f")) if _FLOAT.fullmatch(plain) else NAN
        case "p":
            found = _TIMESTAMP.fullmatch(text)
            return _days(found) * DAY + _clock(found) if found else NULL
        case "d":
            found = _ONLY_DATE.fullmatch(text)
            return _days(found) if found else NULL
        case "n":
            found = _TIMESPAN.fullmatch(text)
            if not found:
                return NULL
            return int(found["days"]) * DAY + (_clock(found) if found["hour"] else 0)
    raise Unsupported(f'"{kind.upper()}"$')


def _days(found: re.Match[str]) -> int:
    date = datetime(int(found["year"]), int(found["month"]), int(found["day"]), tzinfo=UTC)
    return (date - EPOCH).days


def _clock(found: re.Match[str]) -> int:
    seconds = 3600 * int(found["hour"]) + 60 * int(found["minute"]) + int(found["second"])
    return seconds * SECOND + int((found["part"] or "0").ljust(9, "0"))


def written(kind: str, value: Any) -> str:
    """Return an atom as `string` does: nothing for a null."""
    if kind in "sc":
        return str(value)
    if kind == "b":
        return "1" if value else "0"
    if is_null(kind, value):
        return ""
    if kind in WHOLE and abs(value) == INFINITE:
        return "0W" if value > 0 else "-0W"
    match kind:
        case "h" | "i" | "j":
            return str(value)
        case "f":
            return f"{value:.7g}"
        case "d":
            return (EPOCH.fromtimestamp(EPOCH.timestamp() + 86400 * value, UTC)).strftime("%Y.%m.%d")
        case "p":
            return f"{written('d', value // DAY)}D{_clock_text(value % DAY)}"
        case "n":
            sign, whole = ("-", -value) if value < 0 else ("", value)
            return f"{sign}{whole // DAY}D{_clock_text(whole % DAY)}"
    raise Unsupported(f"the text of kind {kind}")


def _clock_text(nanoseconds: int) -> str:
    seconds, part = divmod(nanoseconds, SECOND)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{part:09}"


def unescaped(quoted: str) -> Value:
    """Return what a literal between double quotes stands for: one character is an atom."""
    plain = re.sub(
        r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), quoted[1:-1]
    )
    return Atom("c", plain) if len(plain) == 1 else Vector("c", plain)
