"""Between the mirror and SymPy: expressions translated both ways, as they are."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from difflab.symbolic.counting import nodes_in_order
from difflab.symbolic.sizes.nodes import (
    ATOM,
    NUMBER,
    POWER,
    PRODUCT,
    SUM,
    Node,
)
from difflab.symbolic.sizes.store import Store, nodes_below


class Bridge:
    """Translates and remembers, so that what went over comes back as the node it was.

    Examples
    --------
    >>> from difflab.symbolic.sizes.algebra import Algebra
    >>> bridge = Bridge(Algebra().store)
    >>> x, y = sp.symbols("x y")
    >>> node = bridge.from_sympy(2 * x * sp.exp(y) + 1)
    >>> node.tree, bridge.to_sympy(node)
    (4, 2*x*exp(y) + 1)
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._there: dict[Node, sp.Basic] = {}
        self._back: dict[sp.Basic, Node] = {}

    def forget(self) -> None:
        """Let go of all translations."""
        self._there.clear()
        self._back.clear()

    def from_sympy(self, expression: sp.Basic) -> Node:
        """The node of a SymPy expression; nothing is evaluated."""
        if expression not in self._back:
            for part in nodes_in_order([expression]):
                if part not in self._back:
                    self._back[part] = self._node(part)
        return self._back[expression]

    def _node(self, part: sp.Basic) -> Node:
        store = self._store
        if part.is_Rational:
            return store.number(int(part.p) if part.q == 1 else Fraction(int(part.p), int(part.q)))
        if not part.args:
            return store.atom(part)
        args = [self._back[a] for a in part.args]
        if part.is_Add:
            constant = sum(a.number for a in args if a.kind is NUMBER)
            return store.raw_sum(constant, [a for a in args if a.kind is not NUMBER])
        if part.is_Mul:
            first = part.args[0].is_Rational
            return store.raw_product(args[0].number if first else 1, args[first:])
        if part.is_Pow:
            return store.raw_power(*args)
        return store.raw_function(type(part), tuple(args))

    def to_sympy(self, node: Node) -> sp.Basic:
        """The SymPy expression of a node; nothing is evaluated."""
        if node.kind is NUMBER:
            return _rational(node)
        there = self._there
        if node not in there:
            for part in nodes_below([node]):
                if part not in there:
                    there[part] = expression = self._expression(part)
                    self._back.setdefault(expression, part)
        return there[node]

    def _expression(self, node: Node) -> sp.Basic:
        if node.kind is ATOM:
            name = node.label
            return sp.Symbol(name, real=True) if isinstance(name, str) else name
        args = [self._there[a] if a.kind is not NUMBER else _rational(a) for a in node.args]
        if node.kind is SUM:
            return sp.Add(*args, _rational(node))
        if node.kind is PRODUCT:
            return sp.Mul(_rational(node), *args, evaluate=len(args) > 1)
        if node.kind is POWER:
            return sp.Pow(*args, evaluate=False)
        return node.label(*args, evaluate=False)


def _rational(node: Node) -> sp.Rational:
    return sp.Rational(*node.number.as_integer_ratio())
