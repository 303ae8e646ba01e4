"""The parsed code: each node evaluates itself, arguments and items from right to left as q does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import QError, Returned, Unsupported
from .values import HOLE, Function, Table, Value, collect, count, text_of, truth


class Frame:
    """One call: its process, its local names, and the columns of the query that is evaluated."""

    __slots__ = ("columns", "known", "process", "values")

    def __init__(self, process: Any, known: frozenset[str]) -> None:
        self.process, self.known = process, known
        self.values: dict[str, Value] = {}
        self.columns: Mapping[str, Value] | None = None


class Node:
    """An expression."""

    __slots__ = ()

    def run(self, frame: Frame) -> Value:
        """Evaluate it."""
        raise NotImplementedError


@dataclass(slots=True)
class Literal(Node):
    value: Value

    def run(self, _frame: Frame) -> Value:
        return self.value


@dataclass(slots=True)
class Name(Node):
    text: str

    def run(self, frame: Frame) -> Value:
        if frame.columns is not None and self.text in frame.columns:
            return frame.columns[self.text]
        if self.text in frame.values:
            return frame.values[self.text]
        if self.text in frame.known:
            raise Unsupported(f"{self.text} is read before it is assigned")
        found: Value = frame.process.read(self.text)
        return found


@dataclass(slots=True)
class ListOf(Node):
    items: list[Node]

    def run(self, frame: Frame) -> Value:
        return collect([item.run(frame) for item in reversed(self.items)][::-1])


@dataclass(slots=True)
class TableOf(Node):
    columns: dict[str, Node]

    def run(self, frame: Frame) -> Value:
        done = {name: node.run(frame) for name, node in reversed(self.columns.items())}
        lengths = [count(one) for one in done.values() if hasattr(one, "items")]
        columns: dict[str, Any] = {}
        for name in self.columns:
            value = done[name]
            columns[name] = value if hasattr(value, "items") else collect([value] * max(lengths, default=1))
        return Table(columns)


class Call(Node):
    """An application; None stands for an argument that is left out."""

    __slots__ = ("_direct", "_reversed", "_whole", "arguments", "function")

    def __init__(self, function: Node, arguments: list[Node | None]) -> None:
        self.function, self.arguments = function, arguments
        self._reversed = arguments[::-1]
        # One of q's own functions with all of its arguments needs no look at what it is each time.
        primitive = function.value if isinstance(function, Literal) else None
        fits = getattr(primitive, "rank", 0) <= len(arguments) <= getattr(primitive, "most", -1)
        self._whole = None not in arguments
        self._direct: Any = primitive if fits and self._whole else None

    def run(self, frame: Frame) -> Value:
        given: list[Any] = [HOLE if node is None else node.run(frame) for node in self._reversed]
        given.reverse()
        function = self._direct or self.function.run(frame)
        result: Value
        if function is self._direct or (
            self._whole and isinstance(function, Lambda) and function.rank == len(given)
        ):
            result = function.call(frame.process, given)
        else:
            result = frame.process.apply(function, given)
        return result


@dataclass(slots=True)
class Sequence(Node):
    """Statements at the top, one after the other."""

    nodes: list[Node]

    def run(self, frame: Frame) -> Value:
        result: Value = frame.process.identity
        for node in self.nodes:
            result = node.run(frame)
        return result


class Lambda(Function):
    """A function of the code."""

    __slots__ = ("body", "known", "parameters", "text")

    def __init__(self, parameters: list[str], body: list[Node], known: frozenset[str], text: str) -> None:
        self.rank = max(1, len(parameters))
        self.parameters, self.body, self.known, self.text = parameters, body, known, text

    def call(self, process: Any, arguments: list[Value]) -> Value:
        """Evaluate the body."""
        frame = Frame(process, self.known)
        frame.values = dict(zip(self.parameters, arguments, strict=False))
        result: Value = process.identity
        try:
            for node in self.body:
                result = node.run(frame)
        except Returned as returned:
            result = returned.value
        return result


@dataclass(slots=True)
class Assign(Node):
    """`name[index]operator: value`, index and operator being optional."""

    name: str
    index: list[Node] | None
    operator: Node | None
    value: Node

    def run(self, frame: Frame) -> Value:
        value = self.value.run(frame)
        process = frame.process
        given = value
        if self.index is not None:
            index = [node.run(frame) for node in reversed(self.index)][::-1]
            old = Name(self.name).run(frame)
            operator = None if self.operator is None else self.operator.run(frame)
            value = process.amended(old, index, operator, value)
        elif self.operator is not None:
            value = process.apply(self.operator.run(frame), [Name(self.name).run(frame), value])
        if self.name in frame.known:
            frame.values[self.name] = value
        else:
            process.write(self.name, value)
        return given


@dataclass(slots=True)
class Control(Node):
    """`$`, `if`, `while` and `do`, which evaluate what they need alone."""

    word: str
    parts: list[Node]

    def run(self, frame: Frame) -> Value:
        result: Value = frame.process.identity
        match self.word:
            case "$":
                at = 0
                while at + 1 < len(self.parts):
                    if truth(self.parts[at].run(frame)):
                        return self.parts[at + 1].run(frame)
                    at += 2
                return self.parts[at].run(frame) if at < len(self.parts) else result
            case "if":
                if truth(self.parts[0].run(frame)):
                    self._body(frame)
            case "while":
                while truth(self.parts[0].run(frame)):
                    self._body(frame)
            case "do":
                times = self.parts[0].run(frame)
                for _ in range(getattr(times, "value", 0)):
                    self._body(frame)
        return result

    def _body(self, frame: Frame) -> None:
        for node in self.parts[1:]:
            node.run(frame)


@dataclass(slots=True)
class Return(Node):
    value: Node

    def run(self, frame: Frame) -> Value:
        raise Returned(self.value.run(frame))


@dataclass(slots=True)
class Signal(Node):
    value: Node

    def run(self, frame: Frame) -> Value:
        raise QError(text_of(self.value.run(frame)))


@dataclass(slots=True)
class Query(Node):
    """`select`, `exec`, `update` or `delete`: columns, groups, the table, conditions."""

    word: str
    columns: list[tuple[str, Node]]
    by: list[tuple[str, Node]]
    source: Node
    where: list[Node] = field(default_factory=list)

    def run(self, frame: Frame) -> Value:
        result: Value = frame.process.query(self, frame)
        return result
