"""Atomic operators: they go into lists, and an atom goes with each item of a list."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .errors import QError, Unsupported
from .literals import DAY
from .values import (
    FALSE,
    INFINITE,
    NAN,
    NULL,
    TRUE,
    WHOLE,
    Atom,
    Dictionary,
    Mixed,
    Table,
    Value,
    Vector,
    boolean,
    collect,
    count,
    elements,
    is_null,
)

Dyad = Callable[[Atom, Atom], Atom]
Monad = Callable[[Atom], Atom]
_WIDTH = {"b": 0, "h": 1, "i": 2, "j": 3, "f": 4}
_TIMES = {("p", "-", "p"): "n", ("p", "+", "n"): "p", ("n", "+", "p"): "p", ("p", "-", "n"): "p"}
_TIMES |= {("n", "+", "n"): "n", ("n", "-", "n"): "n", ("d", "+", "j"): "d", ("d", "-", "j"): "d"}
_TIMES |= {("d", "-", "d"): "i", ("n", "*", "j"): "n", ("j", "*", "n"): "n"}
_SUMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def dyadic(of_atoms: Dyad, empty: str = "") -> Callable[[Value, Value], Value]:
    """Return the operator that goes into lists; `empty` is the kind of its result for an empty list."""

    def extended(left: Value, right: Value) -> Value:
        if isinstance(left, Atom) and isinstance(right, Atom):
            return of_atoms(left, right)
        if isinstance(left, Dictionary | Table) or isinstance(right, Dictionary | Table):
            raise Unsupported("an atomic operator with a dictionary or a table")
        if isinstance(left, Atom):
            return _listed([extended(left, one) for one in _items(right)], right, empty)
        if isinstance(right, Atom):
            return _listed([extended(one, right) for one in _items(left)], left, empty)
        if count(left) != count(right):
            raise QError("length")
        pairs = zip(_items(left), _items(right), strict=True)
        return _listed([extended(one, other) for one, other in pairs], left, empty)

    return extended


def monadic(of_atom: Monad) -> Callable[[Value], Value]:
    """Return the operator that goes into lists and dictionaries."""

    def extended(value: Value) -> Value:
        if isinstance(value, Atom):
            return of_atom(value)
        if isinstance(value, Dictionary):
            return Dictionary(value.keys, extended(value.values))
        return _listed([extended(one) for one in _items(value)], value)

    return extended


def _items(value: Value) -> list[Value]:
    if not isinstance(value, Vector | Mixed):
        raise QError("type")
    return elements(value)


def _listed(items: list[Value], like: Value, empty: str = "") -> Value:
    if items:
        return collect(items)
    return Vector(empty, ()) if empty and isinstance(like, Vector) else like


def _order(atom: Atom) -> Any:
    """Return by what atoms are ordered: nulls are the least."""
    return -math.inf if atom.kind == "f" and is_null("f", atom.value) else atom.value


def _comparable(left: Atom, right: Atom) -> None:
    if left.kind != right.kind and not {left.kind, right.kind} <= _WIDTH.keys():
        if not {left.kind, right.kind} <= {"d", "p"}:
            raise QError("type")
        raise Unsupported("a date and a timestamp compared")


def comparing(compare: Callable[[Any, Any], bool]) -> Dyad:
    """Return a comparison; kinds that only look alike are a type error."""

    def of_atoms(left: Atom, right: Atom) -> Atom:
        _comparable(left, right)
        if left.kind == right.kind:
            one, other = _order(left), _order(right)
        else:
            one, other = _number(left), _number(right)
        return TRUE if compare(one, other) else FALSE

    return of_atoms


def _number(atom: Atom) -> Any:
    """Return a number by which kinds of numbers are compared: the null is the least of any."""
    return -math.inf if is_null(atom.kind, atom.value) else atom.value


def choosing(larger: bool) -> Dyad:
    """Return `|` or `&`: of two kinds of numbers the wider one is the result's."""

    def of_atoms(left: Atom, right: Atom) -> Atom:
        _comparable(left, right)
        chosen = left if (_number(left) >= _number(right)) == larger else right
        return _widened(chosen, left, right)

    return of_atoms


def _widened(chosen: Atom, left: Atom, right: Atom) -> Atom:
    if left.kind == right.kind:
        return chosen
    kind = max(left.kind, right.kind, key=_WIDTH.__getitem__)
    if is_null(chosen.kind, chosen.value):
        return Atom(kind, NAN if kind == "f" else NULL)
    return Atom(kind, float(chosen.value) if kind == "f" else int(chosen.value))


def calculating(sign: str) -> Dyad:
    """Return a sum, difference or product; a null on either side gives a null."""
    calculate = _SUMS[sign]

    def of_atoms(left: Atom, right: Atom) -> Atom:
        if left.kind in _WIDTH and right.kind in _WIDTH:
            kind = max(left.kind, right.kind, "i", key=_WIDTH.__getitem__)
        elif (found := _TIMES.get((left.kind, sign, right.kind))) is None:
            raise QError("type")
        else:
            kind = found
        if is_null(left.kind, left.value) or is_null(right.kind, right.value):
            return Atom(kind, NAN if kind == "f" else NULL)
        if kind in WHOLE and INFINITE in (abs(left.value), abs(right.value)):
            raise Unsupported("arithmetic with an infinity, which wraps around in q")
        return Atom(kind, calculate(left.value, right.value))

    return of_atoms


def divide(left: Atom, right: Atom) -> Atom:
    """Divide to a float: by zero it is an infinity or, of zero, a null."""
    one, other = _as_float(left), _as_float(right)
    if other == 0:
        return Atom("f", NAN if one == 0 or one != one else math.copysign(math.inf, one))
    return Atom("f", one / other)


def _as_float(atom: Atom) -> float:
    if atom.kind not in _WIDTH:
        raise QError("type")
    return NAN if is_null(atom.kind, atom.value) else float(atom.value)


def whole(divides: Callable[[int, int], int]) -> Dyad:
    """Return `div` or `mod` of whole numbers."""

    def of_atoms(left: Atom, right: Atom) -> Atom:
        if {left.kind, right.kind} - {"i", "j"}:
            raise QError("type")
        if NULL in (left.value, right.value) or right.value == 0:
            return Atom("j", NULL)
        return Atom("j", divides(left.value, right.value))

    return of_atoms


def power(left: Atom, right: Atom) -> Atom:
    """Return `xexp`."""
    return Atom("f", _as_float(left) ** _as_float(right))


def logarithm(left: Atom, right: Atom) -> Atom:
    """Return `xlog`: of the right side to the base of the left one."""
    return Atom("f", math.log(_as_float(right), _as_float(left)))


def fill(left: Atom, right: Atom) -> Atom:
    """Return `^`: the right side, or the left one for a null."""
    if left.kind != right.kind:
        raise Unsupported("^ of two kinds")
    return left if is_null(right.kind, right.value) else right


def negation(atom: Atom) -> Atom:
    """Return `not`."""
    if atom.kind not in "bijf":
        raise QError("type")
    return boolean(not atom.value)


def negative(atom: Atom) -> Atom:
    """Return `neg`; the negative of a handle sends asynchronously."""
    if atom.kind not in "ijfn":
        raise QError("type")
    return atom if is_null(atom.kind, atom.value) else Atom(atom.kind, -atom.value)


def magnitude(atom: Atom) -> Atom:
    """Return `abs`."""
    return negative(atom) if _number(atom) < 0 and not is_null(atom.kind, atom.value) else atom


def ceiling(atom: Atom) -> Atom:
    """Return `ceiling`, a long."""
    if atom.kind != "f" or not math.isfinite(atom.value):
        raise Unsupported("ceiling of what is no finite float")
    return Atom("j", math.ceil(atom.value))


def missing(atom: Atom) -> Atom:
    """Return `null`."""
    return boolean(is_null(atom.kind, atom.value))


def date_of(nanoseconds: int) -> int:
    """Return the day of a timestamp, counted from 2000."""
    return NULL if nanoseconds == NULL else nanoseconds // DAY
