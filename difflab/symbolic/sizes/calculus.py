"""Derivatives of the mirror, formed as ``sympy.diff`` forms them, each node once per symbol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import sympy as sp

from difflab.symbolic.sizes.algebra import Algebra
from difflab.symbolic.sizes.nodes import ATOM, FUNCTION, POWER, PRODUCT, SUM, Node
from difflab.symbolic.sizes.store import nodes_below


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative and what SymPy would go through to find it.

    Attributes
    ----------
    node : Node
        The derivative.
    walked : int
        Operations of all derivatives formed on the way, each as often as it is used.
    visited : int
        Arguments looked at; those of a product of m factors m times, for m terms.
    """

    node: Node
    walked: int
    visited: int


class Derivatives:
    """Derivatives of one expression with respect to any of its symbols.

    Parameters
    ----------
    algebra : Algebra
    expression : Node
    symbols : iterable of Node
        What to differentiate by.

    Attributes
    ----------
    order : list of Node
        The distinct nodes of the expression, arguments first.
    users : dict
        Places in ``order`` of the nodes that have a node as an argument; of atoms, only for the
        symbols.

    Examples
    --------
    >>> algebra = Algebra()
    >>> x, y = algebra.store.atom("x"), algebra.store.atom("y")
    >>> slope = Derivatives(algebra, (x * y + 1) ** 3, [x]).by(x).node
    >>> algebra.bridge.to_sympy(slope)
    3*y*(x*y + 1)**2
    """

    def __init__(self, algebra: Algebra, expression: Node, symbols: Iterable[Node]) -> None:
        self._expression = expression
        self.order = nodes_below([expression])
        self.users: dict[Node, list[int]] = {symbol: [] for symbol in symbols}
        self.users |= {node: [] for node in self.order if node.args}
        for place, node in enumerate(self.order):
            for argument in node.args:
                if argument in self.users:
                    self.users[argument].append(place)
        self._algebra = algebra
        self._slopes: dict[tuple[Node, int], Node] = {}

    def above(self, symbol: Node) -> list[int]:
        """Places of the nodes that depend on a symbol, in order; without the symbol's own."""
        seen: set[int] = set()
        stack = list(self.users[symbol])
        while stack:
            place = stack.pop()
            if place not in seen:
                seen.add(place)
                stack.extend(self.users[self.order[place]])
        return sorted(seen)

    def by(self, symbol: Node) -> Slope:
        """The derivative with respect to a symbol."""
        one, zero = self._algebra.store.one, self._algebra.store.zero
        slopes = {symbol: one}
        walked = visited = 0
        for place in self.above(symbol):
            node = self.order[place]
            slope = self._rule(node, slopes)
            if slope is not zero:
                slopes[node] = slope
            walked += slope.tree * max(1, len(self.users[node]))
            terms = len(node.args) + (node.number != 1) if node.kind is PRODUCT else 1
            visited += terms * len(node.args)
        return Slope(slopes.get(self._expression, zero), walked, visited)

    def _rule(self, node: Node, slopes: dict[Node, Node]) -> Node:
        algebra, store = self._algebra, self._algebra.store
        moving = [i for i, argument in enumerate(node.args) if argument in slopes]
        if node.kind is SUM:
            return algebra.add(store.zero, *(slopes[node.args[i]] for i in moving))
        if node.kind is PRODUCT:
            number = () if node.number == 1 else (store.number(node.number),)
            terms = []
            for i in moving:
                rest = (*node.args[:i], *node.args[i + 1 :])
                terms.append(algebra.multiply(*number, *rest, slopes[node.args[i]]))
            return algebra.add(store.zero, *terms)
        if node.kind is POWER:
            return self._power_rule(node, slopes)
        terms = [algebra.multiply(self._slope(node, i), slopes[node.args[i]]) for i in moving]
        return algebra.add(store.zero, *terms)

    def _power_rule(self, node: Node, slopes: dict[Node, Node]) -> Node:
        """SymPy's b**e (e' log b + b' e / b), in its order of operations."""
        algebra, zero = self._algebra, self._algebra.store.zero
        base, exponent = node.args
        inner = zero
        if exponent in slopes:
            inner = algebra.multiply(slopes[exponent], algebra.apply(sp.log, base))
        if base in slopes:
            outer = algebra.multiply(slopes[base], exponent)
            inner = algebra.add(inner, algebra.divide(outer, base))
        return algebra.multiply(node, inner)

    def _slope(self, node: Node, i: int) -> Node:
        """Derivative of a function in its argument ``i``."""
        key = node, i
        if key not in self._slopes:
            rule = _slope_of(node.label, len(node.args), i)
            self._slopes[key] = substitute(self._algebra, rule, node.args)
        return self._slopes[key]


@cache
def _slope_of(function: type[sp.Function], arguments: int, i: int) -> sp.Expr:
    """SymPy's own derivative of a function, of dummies."""
    return function(*dummies(arguments), evaluate=False).fdiff(i + 1)


@cache
def dummies(count: int) -> tuple[sp.Dummy, ...]:
    """Stand-ins for arguments."""
    return tuple(sp.Dummy(f"u{i}", real=True) for i in range(count))


def substitute(algebra: Algebra, rule: sp.Expr, args: tuple[Node, ...]) -> Node:
    """A SymPy expression of `dummies`, evaluated at nodes.

    Examples
    --------
    >>> algebra = Algebra()
    >>> x = algebra.store.atom("x")
    >>> (u,) = dummies(1)
    >>> algebra.bridge.to_sympy(substitute(algebra, 1 - sp.tanh(u) ** 2, (2 * x,)))
    1 - tanh(2*x)**2
    """
    store = algebra.store
    root = algebra.bridge.from_sympy(rule)
    values = dict(zip(map(algebra.bridge.from_sympy, dummies(len(args))), args))
    for node in nodes_below([root]):
        if node in values or node.kind is ATOM:
            continue
        inner = [values.get(a, a) for a in node.args]
        if node.kind is SUM:
            values[node] = algebra.add(store.number(node.number), *inner)
        elif node.kind is PRODUCT:
            values[node] = algebra.multiply(store.number(node.number), *inner)
        elif node.kind is POWER:
            values[node] = algebra.power(*inner)
        elif node.kind is FUNCTION:
            values[node] = algebra.apply(node.label, *inner)
    return values.get(root, root)
