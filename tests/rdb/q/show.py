"""Values as q's console shows them, as far as the session of docs/q.md has them."""

from .applying import Primitive
from .errors import Unsupported
from .literals import written
from .tree import Lambda
from .values import Atom, Dictionary, Mixed, Table, Value, Vector, elements, is_null

_SUFFIX = {"i": "i", "h": "h", "b": "b"}


def shown(value: Value) -> list[str]:
    """Return the lines, without blanks at their ends; none for the generic null."""
    match value:
        case Primitive():
            return []
        case Lambda():
            return value.text.splitlines()
        case Table(columns):
            return _table(
                {name: [_cell(one) for one in elements(column)] for name, column in columns.items()}
            )
        case Dictionary(keys, values):
            names = [_cell(key) for key in elements(keys)]
            width = max((len(name) for name in names), default=0)
            return [
                f"{name:{width}}| {_line(one)}" for name, one in zip(names, elements(values), strict=True)
            ]
        case Mixed(items) if items:
            return [_line(one) for one in items]
    return [_line(value)]


def _line(value: Value) -> str:
    match value:
        case Atom("s", text):
            return f"`{text}"
        case Atom("c", text) | Vector("c", text):
            return f'"{text}"'
        case Atom(kind, one):
            text = f"0N{'' if kind == 'j' else kind}" if is_null(kind, one) else written(kind, one)
            return text + _SUFFIX.get(kind, "")
        case Vector("s", items) if items:
            return "".join(f"`{one}" for one in items)
        case Vector(kind, items) if items and kind in "bhjpn":
            alone = "," if len(items) == 1 else ""
            if kind == "b":
                return alone + "".join("01"[one] for one in items) + "b"
            texts = [_line(Atom(kind, one)).removesuffix("h") for one in items]
            return alone + " ".join(texts) + ("h" if kind == "h" else "")
        case Mixed(()):
            return "()"
    raise Unsupported(f"the display of {value}")


def _cell(value: Value) -> str:
    if isinstance(value, Atom):
        return written(value.kind, value.value)
    raise Unsupported(f"the display of {value} in a table")


def _table(cells: dict[str, list[str]]) -> list[str]:
    widths = {name: max(len(text) for text in [name, *column]) for name, column in cells.items()}

    def line(texts: list[str]) -> str:
        return " ".join(
            f"{text:{width}}" for text, width in zip(texts, widths.values(), strict=True)
        ).rstrip()

    header = line(list(cells))
    rows = [line(list(row)) for row in zip(*cells.values(), strict=True)]
    return [header, "-" * (sum(widths.values()) + len(widths) - 1), *rows]
