"""From lexemes to the tree: no precedence, the right side of an operator is all that follows."""

from collections.abc import Mapping
from functools import cache
from typing import NoReturn

from tests.rdb.q_source import Token, statements, tokenized

from .errors import Unsupported
from .lexemes import Lexeme, lexemes
from .literals import literal, unescaped
from .primitives import PRIMITIVES
from .query_parser import QueryParser
from .tree import (
    Assign,
    Call,
    Control,
    Lambda,
    ListOf,
    Literal,
    Name,
    Node,
    Return,
    Sequence,
    Signal,
    TableOf,
)
from .values import EMPTY, Value, symbol, symbols

_INFIX = "and or each in like within mod div sv vs xexp xlog inter except insert sublist set upsert xasc"
INFIX = frozenset(_INFIX.split())
QUERIES = frozenset({"select", "exec", "update", "delete"})
CONTROL = frozenset({"if", "while", "do"})


class Parser(QueryParser):
    """One statement at a time. `primitives` are q's own names and operators; iterators are among them."""

    def __init__(self, text: str, tokens: list[Token], primitives: Mapping[str, Value], place: str) -> None:
        self._lines = text.splitlines()
        self._primitives, self._place = primitives, place
        self._lexemes, self._at = lexemes(tokens), 0
        self._stops: frozenset[str] = frozenset()
        # The names that the function being read assigns; None at the top, where they are global.
        self._locals: set[str] | None = None

    def parse(self) -> Node:
        """Return the whole statement as a node."""
        nodes = self._statements()
        if self._next.kind != "end":
            self._fail("what follows the statement")
        return nodes[0] if len(nodes) == 1 else Sequence(nodes)

    @property
    def _next(self) -> Lexeme:
        return self._lexemes[self._at]

    def _take(self, text: str = "") -> Lexeme:
        found = self._next
        if text and found.text != text:
            self._fail(f"no {text}")
        self._at += 1
        return found

    def _fail(self, why: str) -> NoReturn:
        raise Unsupported(f"{self._place}:{self._next.line}: {why} at {self._next.text!r}")

    def _ended(self) -> bool:
        lexeme = self._next
        return lexeme.kind in ("end", "close") or lexeme.text == ";" or self._stopped()

    def _stopped(self) -> bool:
        return self._next.kind in ("name", "operator") and self._next.text in self._stops

    def _statements(self) -> list[Node]:
        """Read until a closing bracket; an empty last one stands for the generic null."""
        nodes: list[Node] = []
        while True:
            empty = self._ended()
            if not empty:
                nodes.append(self._statement())
            if self._next.text != ";":
                if empty and nodes:
                    nodes.append(Literal(self._primitives["::"]))
                return nodes
            self._take()

    def _statement(self) -> Node:
        if self._next.kind == "operator" and self._next.text == ":":
            self._take()
            return Return(self._expression())
        return self._expression()

    def _expression(self) -> Node:
        if self._next.kind == "iterator" and self._next.text == "'":
            self._take()
            return Signal(self._expression())
        if self._next.kind == "name" and self._next.text in QUERIES:
            return self._query()
        return self._rest(*self._term())

    def _rest(self, left: Node, verb: bool) -> Node:
        if not verb and (assignment := self._assignment(left)):
            return assignment
        if self._ended():
            return left
        if verb:
            if isinstance(left, Literal):
                self._fail("an operator without its left side")
            return Call(left, [self._expression()])
        if (self._next.kind == "name" and self._next.text in QUERIES) or self._next.text == "'":
            return Call(left, [self._expression()])
        term, is_verb = self._term()
        if is_verb:
            if self._ended():
                # As the last argument it is a projection: @[table;column;`p#].
                if self._next.text == "]" and isinstance(left, Literal):
                    return Call(term, [left, None])
                self._fail("an operator without its right side")
            return Call(term, [left, self._expression()])
        return Call(left, [self._rest(term, False)])

    def _assignment(self, left: Node) -> Node | None:
        lexeme = self._next
        plain = lexeme.kind == "operator" and lexeme.text == ":"
        if not plain and lexeme.kind != "assign":
            return None
        index: list[Node] | None = None
        if isinstance(left, Call) and isinstance(left.function, Name):
            if None in left.arguments:
                self._fail("an assignment to a place that is left out")
            index = [node for node in left.arguments if node is not None]
            left = left.function
        if not isinstance(left, Name):
            self._fail("an assignment to what is no name")
        self._take()
        if self._locals is not None and "." not in left.text and (index is None):
            self._locals.add(left.text)
        operator = None if plain else Literal(self._primitives[lexeme.text])
        return Assign(left.text, index, operator, self._expression())

    def _term(self) -> tuple[Node, bool]:
        node, verb = self._base()
        while True:
            lexeme = self._next
            if lexeme.text == "[" and not lexeme.space:
                if isinstance(node, Literal) and node.value is self._primitives["$"]:
                    parts = self._arguments()
                    node = self._conditional(parts) if len(parts) > 2 else Call(node, parts)
                else:
                    node = Call(node, self._arguments() or [Literal(self._primitives["::"])])
                verb = False
            elif lexeme.kind == "iterator" and not lexeme.space:
                self._take()
                node, verb = Call(Literal(self._primitives[f"iterator {lexeme.text}"]), [node]), True
            else:
                return node, verb

    def _base(self) -> tuple[Node, bool]:
        lexeme = self._take()
        match lexeme.kind, lexeme.text:
            case "number", _:
                return Literal(literal(list(lexeme.words))), False
            case "string", _:
                return Literal(unescaped(lexeme.text)), False
            case "symbol", _:
                words = lexeme.words
                return Literal(symbol(words[0]) if len(words) == 1 else symbols(words)), False
            case "open", "(":
                return self._parenthesis(), False
            case "open", "{":
                return self._lambda(lexeme), False
            case "name" | "operator", _:
                return self._named(lexeme)
        self._at -= 1
        return self._fail("what begins no expression")

    def _named(self, lexeme: Lexeme) -> tuple[Node, bool]:
        if lexeme.text in CONTROL:
            return self._control(lexeme.text), False
        if lexeme.text in self._primitives:
            is_verb = lexeme.text in INFIX or (lexeme.kind == "operator" and lexeme.text != "::")
            return Literal(self._primitives[lexeme.text]), is_verb
        if lexeme.kind == "operator":
            self._at -= 1
            return self._fail("an operator that is not known")
        return Name(lexeme.text), False

    def _arguments(self) -> list[Node | None]:
        self._take("[")
        stops, self._stops = self._stops, frozenset()
        found: list[Node | None] = []
        while self._next.text != "]":
            found.append(None if self._next.text == ";" else self._statement())
            if self._next.text == ";":
                self._take()
                if self._next.text == "]":
                    found.append(None)
        self._take("]")
        self._stops = stops
        return found

    def _conditional(self, parts: list[Node | None]) -> Node:
        nodes = [part for part in parts if part is not None]
        if len(nodes) != len(parts) or not len(parts) % 2:
            self._fail("a conditional of another number of parts")
        return Control("$", nodes)

    def _control(self, word: str) -> Node:
        parts = [part for part in self._arguments() if part is not None]
        return Control(word, parts)

    def _parenthesis(self) -> Node:
        stops, self._stops = self._stops, frozenset()
        if self._next.text == "[":
            return self._table(stops)
        items: list[Node] = []
        several = False
        while self._next.text != ")":
            items.append(self._expression())
            if self._next.text == ";":
                several = True
                self._take()
        self._take(")")
        self._stops = stops
        if not items:
            return Literal(EMPTY)
        return ListOf(items) if several else items[0]

    def _table(self, stops: frozenset[str]) -> Node:
        self._take("[")
        self._take("]")
        columns: dict[str, Node] = {}
        while self._next.text != ")":
            name = self._take().text
            self._take(":")
            columns[name] = self._expression()
            if self._next.text == ";":
                self._take()
        self._take(")")
        self._stops = stops
        return TableOf(columns)

    def _lambda(self, opening: Lexeme) -> Node:
        outer, stops = self._locals, self._stops
        self._stops = frozenset()
        begin = self._at
        parameters: list[str] | None = None
        if self._next.text == "[":
            parameters = []
            self._take()
            while self._next.text != "]":
                parameters.append(self._take().text)
                if self._next.text == ";":
                    self._take()
            self._take("]")
        self._locals = set()
        body = self._statements()
        end = self._take("}")
        if parameters is None:
            used = {one.text for one in self._lexemes[begin : self._at] if one.kind == "name"}
            parameters = ["x", "y", "z"][
                : max((n for n, name in enumerate("xyz", 1) if name in used), default=1)
            ]
        known = frozenset({*self._locals, *parameters})
        self._locals, self._stops = outer, stops
        return Literal(Lambda(parameters, body, known, self._text(opening, end)))

    def _text(self, begin: Lexeme, end: Lexeme) -> str:
        if begin.line == end.line:
            return self._lines[begin.line - 1][begin.column : end.column + 1]
        lines = self._lines[begin.line - 1 : end.line]
        return "\n".join([lines[0][begin.column :], *lines[1:-1], lines[-1][: end.column + 1]])


@cache
def parse_script(text: str, name: str) -> list[Node]:
    """Return the statements of a script. Raises Unsupported and Malformed."""
    tokens, _ = tokenized(text, name)
    return [Parser(text, one, PRIMITIVES, name).parse() for one in statements(tokens)]
