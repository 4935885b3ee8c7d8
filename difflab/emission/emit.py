"""A graph as Python source: one assignment per NumPy call that is used more than once.

The program is meant to be read. Parameters keep the names of the function's arguments, values are
numbered in the order of the tape, operators are spelled as operators, shapes stand in comments.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from difflab.emission.graph import (
    Argument,
    Constant,
    Graph,
    Node,
    shape_depends_on_values,
)
from difflab.emission.memory import Workspace, is_matrix_product, uses_of
from difflab.trace import CALL_FORMS, Hole, Primitive, component, name_of

WIDTH = 88
"""Longest expression, in characters, before a value gets a line of its own."""

OPERATORS: dict[Callable[..., Any], str] = {
    np.add: "{} + {}",
    np.subtract: "{} - {}",
    np.multiply: "{} * {}",
    np.true_divide: "{} / {}",
    np.matmul: "{} @ {}",
    np.negative: "-{}",
    np.less: "{} < {}",
    np.less_equal: "{} <= {}",
    np.greater: "{} > {}",
    np.greater_equal: "{} >= {}",
}
"""Ufuncs that are written as operators; `**` is not among them, because it rounds otherwise."""


@dataclass
class Emitter:
    """Collects lines of a program and the objects that it refers to by name."""

    graph: Graph
    names: list[str]
    memory: Workspace
    taken: frozenset[str] = frozenset()  # names that mean something else
    namespace: dict[str, Any] = field(default_factory=lambda: {"np": np})
    lines: list[str] = field(default_factory=list)
    constants: dict[int, str] = field(default_factory=dict)  # by identity; the graph keeps them
    forward: int = 0  # how many lines belong to the function; the reverse sweep follows
    text: dict[int, str] = field(default_factory=dict)  # how each node is referred to
    atoms: set[int] = field(default_factory=set)  # nodes whose text needs no parentheses

    def emit(self) -> None:
        """Write all calls."""
        uses = uses_of(self.graph)
        decided = {decision.node: decision for decision in self.graph.decisions}
        for index, name in enumerate(self.names):
            self.text[index] = name
            self.atoms.add(index)
            if index in decided:
                self._watch(index, decided[index])
        results = {o: k for k, o in enumerate(self.graph.outputs) if isinstance(o, int)}
        last_forward = self.graph.outputs[0] if isinstance(self.graph.outputs[0], int) else -1
        for index in range(self.graph.inputs, len(self.graph.nodes)):
            node = self.graph.nodes[index]
            expression, is_atom = self._expression(node, index)
            watched = index in decided or (
                node.shape is not None and shape_depends_on_values(node, self.graph.nodes)
            )
            may_wait = index not in results and not watched  # results are read after all others
            inline = may_wait and (
                (uses[index] == 1 and index not in self.memory.place)
                or (_is_view_for_free(node) and expression.partition(".T")[0].isidentifier())
            )
            if inline and len(expression) <= WIDTH:
                self.text[index] = expression
                if is_atom:
                    self.atoms.add(index)
            else:
                name = f"g{results[index]}" if results.get(index) else f"v{index}"
                self.lines.append(_commented(f"{name} = {expression}", node))
                self.text[index] = name
                self.atoms.add(index)
            if watched:
                self._watch(index, decided.get(index))
            if index == last_forward:
                self.forward = len(self.lines)

    def _watch(self, index: int, decision: Any) -> None:
        name = self.text[index]
        if decision is not None:
            where = decision.line.replace("\n", " ")
            self.lines.append(f"if not {name}:" if decision.outcome else f"if {name}:")
            self.lines.append(f"    raise Changed({where!r})")
        else:
            self.lines.append(f"if {name}.shape != {self.graph.nodes[index].shape}:")
            self.lines.append("    raise Changed('the shape of a selection')")

    def argument(self, argument: Argument, atom: bool = False) -> str:
        """Spell an argument; ``atom`` where it stands beside an operator."""
        if isinstance(argument, Constant):
            text = self.literal(argument.value)
            return f"({text})" if atom and text.startswith("-") else text
        text = self.text[argument]
        return text if not atom or argument in self.atoms else f"({text})"

    def literal(self, value: Any) -> str:
        """Spell a constant; what has no short spelling gets a name."""
        if type(value) in (bool, int, str, type(None)):
            return repr(value)
        if type(value) is float and math.isfinite(value):
            return repr(value)
        if type(value) is tuple:
            inner = ", ".join(self.literal(member) for member in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if type(value) is list:
            return "[" + ", ".join(self.literal(member) for member in value) + "]"
        if isinstance(value, slice):
            parts = [self.literal(p) for p in (value.start, value.stop, value.step)]
            return f"slice({', '.join(parts)})"
        if value is Ellipsis:
            return "..."
        return self.named(value)

    def _shared(self, name: str, value: Any) -> str:
        """This name for an object, or another where it means something else."""
        usable = name not in self.taken and self.namespace.setdefault(name, value) is value
        return name if usable else self.named(value)

    def named(self, value: Any) -> str:
        """A name for an object that the program refers to."""
        if id(value) not in self.constants:
            name = f"c{len(self.constants)}"
            self.constants[id(value)] = name
            self.namespace[name] = value
        return self.constants[id(value)]

    def _expression(self, node: Node, index: int) -> tuple[str, bool]:
        """The call as text, and whether it needs no parentheses."""
        function, options = node.function, node.options
        assert function is not None
        arguments = node.arguments
        if index in self.memory.place:
            inner = ", ".join(self._scalars(arguments, node))
            return f"{self.function(function)}({inner}, out=w{self.memory.place[index]})", True
        if function in OPERATORS and any(isinstance(a, int) for a in arguments):
            spelled = self._scalars(arguments, node, atom=True)
            return OPERATORS[function].format(*spelled), False
        first = arguments[0] if arguments else None
        if function is np.dot and isinstance(first, Constant) and isinstance(arguments[1], int):
            ones = first.value
            if type(ones) is np.ndarray and ones.ndim == 1 and (ones == 1).all():
                name = self._shared(f"ones{len(ones)}", ones)
                return f"{name}.dot({self.argument(arguments[1])})", True
        if is_matrix_product(node) and isinstance(first, int) and self.graph.nodes[first].shape:
            left = self.argument(first, atom=True)
            return f"{left}.dot({self.argument(arguments[1])})", True
        if _is_transpose(node):
            return self.argument(arguments[0], atom=True) + ".T", True
        if function is component:
            return f"{self.argument(arguments[0], atom=True)}[{options['index']}]", True
        if function is operator.getitem:
            return f"{self.argument(arguments[0], atom=True)}[{self._index(node)}]", True
        if function is np.sum and _is_plain(arguments, self.graph):
            given = [self.argument(arguments[0]), *self._options({"axis": None} | options)]
            return f"np.add.reduce({', '.join(given)})", True
        if function is np.mean and not options and _is_plain(arguments, self.graph):
            averaged = self.graph.nodes[arguments[0]]  # type: ignore[index]
            count = int(np.prod(averaged.shape or ()))
            if count and str(averaged.dtype) in ("float64", "float32"):
                return f"np.add.reduce({self.argument(arguments[0])}, axis=None) / {count}", False
        if function is np.einsum:
            subscripts = self.literal(options["subscripts"])
            return f"np.einsum({', '.join([subscripts, *map(self.argument, arguments)])})", True
        if function is np.astype:
            return f"np.astype({self.argument(arguments[0])}, {self.named(options['dtype'])})", True
        form = CALL_FORMS.get(function)
        given = [self.argument(a) for a in arguments]
        if form is not None and form.takes_sequence:
            given = ["[" + ", ".join(given) + "]"]
        return f"{self.function(function)}({', '.join([*given, *self._options(options)])})", True

    def _scalars(self, arguments: Sequence[Argument], node: Node, atom: bool = False) -> list[str]:
        """Arguments, NumPy numbers of the result's own type spelled as plain ones."""
        others = [self.graph.nodes[a] for a in arguments if isinstance(a, int)]
        if others and all(other.dtype == node.dtype for other in others):
            arguments = [_plain_number(a, node.dtype) for a in arguments]
        return [self.argument(a, atom) for a in arguments]

    def _options(self, options: dict[str, Any]) -> list[str]:
        return [f"{name}={self.literal(value)}" for name, value in options.items()]

    def _index(self, node: Node) -> str:
        """What stands between the brackets."""

        def spell(part: Any) -> str:
            if isinstance(part, Hole):
                return self.argument(node.arguments[part.operand])
            if isinstance(part, slice):
                ends = [("" if p is None else self.literal(p)) for p in (part.start, part.stop)]
                step = "" if part.step is None else f":{self.literal(part.step)}"
                return f"{ends[0]}:{ends[1]}{step}"
            return self.literal(part)

        index = node.options["index"]
        if not isinstance(index, tuple):
            return spell(index)
        return ", ".join(map(spell, index)) + ("," if len(index) == 1 else "") if index else "()"

    def function(self, function: Callable[..., Any]) -> str:
        """Spell a function so that the program can call it."""
        if isinstance(function, Primitive):
            function = function.implementation
        name = getattr(function, "__name__", "")
        if isinstance(function, FunctionType) and not name_of(function).startswith("np."):
            usable = name.isidentifier() and name not in self.taken
            if usable and self.namespace.setdefault(name, function) is function:
                return name
            return self.named(function)
        spelled = name_of(function)
        if spelled.startswith("np.") and _resolve(spelled) is function:
            return spelled
        return self.named(function)


def _resolve(spelled: str) -> Any:
    found: Any = np
    for part in spelled.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def _plain_number(argument: Argument, dtype: Any) -> Argument:
    """A NumPy number as a Python one, where an array of its own type stands beside it."""
    if isinstance(argument, Constant) and isinstance(argument.value, np.floating):
        number = argument.value
        if type(number) in (np.float64, np.float32) and number.dtype == dtype:
            return Constant(float(number)) if np.isfinite(number) else argument
    return argument


def _is_plain(arguments: Sequence[Argument], graph: Graph) -> bool:
    return (
        len(arguments) == 1
        and isinstance(arguments[0], int)
        and bool(graph.nodes[arguments[0]].shape)
    )


def _is_transpose(node: Node) -> bool:
    """Whether a call turns a matrix over, in one of the ways there are to say so."""
    if node.shape is None or len(node.shape) != 2:
        return False
    if node.function is np.transpose:
        return node.options.get("axes") is None
    axes = {node.options.get("axis1", 0) % 2, node.options.get("axis2", 0) % 2}
    return node.function is np.swapaxes and axes == {0, 1}


def _is_view_for_free(node: Node) -> bool:
    """Whether writing the call twice costs nothing: the transpose of a matrix."""
    return _is_transpose(node)


def _commented(line: str, node: Node) -> str:
    if node.shape is None:
        return line
    return f"{line}  # {list(node.shape)}" if node.shape else line
