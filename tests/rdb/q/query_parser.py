"""The part of the parser that reads queries, whose commas separate columns and conditions."""

from .lexemes import Lexeme
from .tree import Name, Node, Query

_PHRASES = frozenset({"by", "from", "where"})
_COMMA = frozenset({","})


class QueryParser:
    """What the parser knows of `select`, `exec`, `update` and `delete`."""

    _stops: frozenset[str]

    @property
    def _next(self) -> Lexeme:
        raise NotImplementedError

    def _take(self, text: str = "") -> Lexeme:
        raise NotImplementedError

    def _ended(self) -> bool:
        raise NotImplementedError

    def _expression(self) -> Node:
        raise NotImplementedError

    def _query(self) -> Node:
        word = self._take().text
        stops = self._stops
        columns = self._columns()
        by: list[tuple[str, Node]] = []
        if self._next.text == "by":
            self._take()
            by = self._columns()
        self._take("from")
        self._stops = frozenset({"where"}) | stops
        source = self._expression()
        where: list[Node] = []
        if self._next.text == "where":
            self._take()
            where = [node for _, node in self._columns()]
        self._stops = stops
        return Query(word, columns, by, source, where)

    def _columns(self) -> list[tuple[str, Node]]:
        self._stops = _PHRASES | _COMMA
        found: list[tuple[str, Node]] = []
        while not self._ended():
            found.append(self._column())
            if self._next.text != ",":
                break
            self._take()
        return found

    def _column(self) -> tuple[str, Node]:
        """Return a column's name and value; without a name of its own it has that of the last name in it."""
        begin = self._next
        node = self._expression()
        name = getattr(node, "name", "")
        if name and begin.kind == "name":
            return str(name), getattr(node, "value", node)
        return (node.text if isinstance(node, Name) else ""), node
