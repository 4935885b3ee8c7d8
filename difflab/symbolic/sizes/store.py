"""The store of nodes: equal expressions are found again instead of made twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import sympy as sp

from difflab.symbolic.counting import TRANSCENDENTAL
from difflab.symbolic.sizes.nodes import (
    ATOM,
    FUNCTION,
    NUMBER,
    POWER,
    PRODUCT,
    SUM,
    Arithmetic,
    Node,
    Rational,
)


class Store:
    """All nodes of one family of expressions, made as told: nothing is evaluated here.

    Examples
    --------
    >>> from difflab.symbolic.sizes.algebra import Algebra
    >>> store = Algebra().store
    >>> x = store.atom("x")
    >>> square = store.raw_power(x, store.number(2))
    >>> square is store.raw_power(x, store.number(2)), square.tree, square.depth
    (True, 1, 1)
    """

    def __init__(self, algebra: Arithmetic) -> None:
        self._algebra = algebra
        self._numbers: dict[Rational, Node] = {}
        self._atoms: dict[Any, Node] = {}
        self._sums: dict[tuple[Rational, frozenset[Node]], Node] = {}
        self._products: dict[frozenset[Node], Node] = {}
        self._pairs: dict[tuple[Node, Node], Node] = {}
        self._scaled: dict[tuple[Rational, Node], Node] = {}
        self._powers: dict[tuple[Node, Node], Node] = {}
        self._functions: dict[tuple[Any, tuple[Node, ...]], Node] = {}
        self._applied: set[type[sp.Function]] = set()
        self.zero = self.number(0)
        self.one = self.number(1)

    def forget(self) -> None:
        """Let go of all nodes."""
        for table in (
            *(self._numbers, self._atoms, self._sums, self._products),
            *(self._pairs, self._scaled, self._powers, self._functions),
        ):
            table.clear()

    def number(self, value: Rational) -> Node:
        """A number."""
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = Node(self._algebra, NUMBER, value, (), None, (0, 0, 0))
        return found

    def atom(self, label: Any) -> Node:
        """A symbol, by its name or as SymPy's own; or a constant such as pi."""
        found = self._atoms.get(label)
        if found is None:
            found = self._atoms[label] = Node(self._algebra, ATOM, 1, (), label, (0, 0, 0))
        return found

    def raw_sum(self, number: Rational, terms: Sequence[Node]) -> Node:
        """A constant plus distinct terms; the term itself where it is alone."""
        if not terms:
            return self.number(number)
        if len(terms) == 1 and number == 0:
            return terms[0]
        key = number, frozenset(terms)
        found = self._sums.get(key)
        if found is None:
            sizes = _sizes(terms, len(terms) - (number == 0))
            found = self._sums[key] = Node(self._algebra, SUM, number, tuple(terms), None, sizes)
        return found

    def raw_product(self, number: Rational, factors: Sequence[Node]) -> Node:
        """A coefficient times factors; the factor itself where it is alone."""
        if not factors:
            return self.number(number)
        if len(factors) == 1:
            core = factors[0]
        elif len(factors) == 2:
            core = self._pair(*factors)
        else:
            key = frozenset(factors)
            found = self._products.get(key)
            if found is None:
                args, sizes = tuple(factors), _sizes(factors, len(factors) - 1)
                found = self._products[key] = Node(self._algebra, PRODUCT, 1, args, None, sizes)
            core = found
        return core if number == 1 else self.scaled(number, core)

    def _pair(self, left: Node, right: Node) -> Node:
        """A product of two: nearly all products of a network, so they take a shorter way."""
        key = (left, right) if id(left) < id(right) else (right, left)
        found = self._pairs.get(key)
        if found is None:
            depth = left.depth if left.depth > right.depth else right.depth
            sizes = (left.tree + right.tree + 1, depth + 1, left.calls + right.calls)
            found = self._pairs[key] = Node(self._algebra, PRODUCT, 1, key, None, sizes)
        return found

    def scaled(self, number: Rational, core: Node) -> Node:
        """A coefficient other than 1 times a node without one."""
        key = number, core
        found = self._scaled.get(key)
        if found is None:
            if core.kind is PRODUCT:
                args, sizes = core.args, (core.tree + 1, core.depth, core.calls)
            else:
                args, sizes = (core,), (core.tree + 1, core.depth + 1, core.calls)
            found = self._scaled[key] = Node(self._algebra, PRODUCT, number, args, None, sizes)
            found.core = core
        return found

    def raw_power(self, base: Node, exponent: Node) -> Node:
        """A power as written."""
        key = base, exponent
        found = self._powers.get(key)
        if found is None:
            sizes = _sizes(key, 1, calls=int(exponent.kind is not NUMBER))
            found = self._powers[key] = Node(self._algebra, POWER, 1, key, None, sizes)
        return found

    def applies(self, function: type[sp.Function]) -> bool:
        """Whether any node is a call of this function."""
        return function in self._applied

    def raw_function(self, function: type[sp.Function], args: tuple[Node, ...]) -> Node:
        """A function of arguments as written."""
        key = function, args
        found = self._functions.get(key)
        if found is None:
            self._applied.add(function)
            sizes = _sizes(args, 1, calls=int(function in TRANSCENDENTAL))
            found = self._functions[key] = Node(self._algebra, FUNCTION, 1, args, function, sizes)
        return found


def _sizes(args: Sequence[Node], operations: int, calls: int = 0) -> tuple[int, int, int]:
    """Tree, depth and calls of a node from those of its arguments."""
    return (
        operations + sum([a.tree for a in args]),
        1 + max([a.depth for a in args]),
        calls + sum([a.calls for a in args]),
    )


def nodes_below(roots: Iterable[Node]) -> list[Node]:
    """List the distinct nodes without numbers, arguments before the nodes that use them.

    A node is deeper than its arguments, so depth is an order.

    Examples
    --------
    >>> from difflab.symbolic.sizes.algebra import Algebra
    >>> store = Algebra().store
    >>> x = store.atom("x")
    >>> [node.kind.name for node in nodes_below([store.raw_power(x, store.number(2))])]
    ['ATOM', 'POWER']
    """
    found = dict.fromkeys(roots)
    stack = list(found)
    while stack:
        for argument in stack.pop().args:
            if argument not in found and argument.kind is not NUMBER:
                found[argument] = None
                if argument.args:
                    stack.append(argument)
    return sorted((node for node in found if node.kind is not NUMBER), key=attrgetter("depth"))


def distinct_operations(roots: Iterable[Node]) -> int:
    """Operations of several expressions together, each distinct node counted once."""
    return sum(node.operations for node in nodes_below(roots))
