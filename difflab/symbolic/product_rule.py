"""How large the expanded gradient would be: the product and chain rule followed in numbers.

A walk over the distinct nodes of the SymPy loss, once per parameter (or per sampled parameter),
keeps the *size* of each derivative where ``sympy.diff`` would build it. Within a percent for
networks, at a small part of the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from difflab.symbolic.counting import Counter, nodes_in_order, own_operations
from difflab.symbolic.prediction import Prediction


@dataclass(frozen=True, slots=True)
class _Derivative:
    """The size of one derivative: a number times a core of some operations.

    ``terms`` is the number of terms of a sum, 1 for anything else, 0 where the core is 1.
    """

    number: sp.Expr
    core: int
    terms: int

    @property
    def operations(self) -> int:
        """Size with the number: it multiplies a product as one factor more, a sum term by term."""
        if self.number == 1 or self.terms == 0:
            return self.core
        return self.core + self.terms


_ONE = _Derivative(sp.S.One, 0, 0)


def from_loss(
    loss: sp.Expr, parameters: Sequence[Sequence[sp.Symbol]], work: int = 600_000
) -> Prediction:
    """Predict by walking the loss once per parameter, in numbers only.

    Parameters
    ----------
    loss : Expr
        The loss as one expression.
    parameters : sequence of sequences of Symbol
        Symbols by leaf. Where parameters times nodes exceed ``work``, some of each leaf stand for
        the leaf.
    work : int
        How many steps the walk may take.

    Examples
    --------
    >>> x, w = sp.symbols("x w", real=True)
    >>> prediction = from_loss((w * x - 1) ** 2, [[w]])
    >>> prediction.gradient_tree, Counter().tree(sp.diff((w * x - 1) ** 2, w))
    (4, 4)
    """
    count = Counter()
    nodes = nodes_in_order([loss])
    total = sum(len(leaf) for leaf in parameters)
    rules = _Rules(nodes, count)
    share = min(1.0, work / max(total * len(nodes), 1))
    tree = 0
    for leaf in parameters:
        chosen = _spread_over(leaf, max(2, int(share * len(leaf))))
        sizes = sum(rules.derivative_size(symbol) for symbol in chosen)
        tree += sizes * len(leaf) // max(len(chosen), 1)
    dag = sum(own_operations(node) for node in nodes)
    return Prediction(total, dag, count.tree(loss), tree)


def _spread_over(leaf: Sequence[sp.Symbol], count: int) -> list[sp.Symbol]:
    if count >= len(leaf):
        return list(leaf)
    return [leaf[int(i)] for i in np.linspace(0, len(leaf) - 1, count)]


class _Rules:
    """The counting rules over one loss; nodes are numbered, and arguments come first."""

    def __init__(self, nodes: list[sp.Basic], count: Counter) -> None:
        position = {node: i for i, node in enumerate(nodes)}
        self.position = position
        self.nodes = nodes
        self.count = count
        self.arguments = [[position[a] for a in node.args] for node in nodes]
        self.users: list[list[int]] = [[] for _ in nodes]
        for i, arguments in enumerate(self.arguments):
            for j in set(arguments):
                self.users[j].append(i)
        self.slopes: dict[tuple[int, int], _Derivative] = {}
        self.bare = [self._bare(node) for node in nodes]

    def derivative_size(self, symbol: sp.Symbol) -> int:
        """Operations of the loss's derivative with respect to one symbol."""
        if symbol not in self.position:
            return 0
        start = self.position[symbol]
        sizes: dict[int, _Derivative] = {start: _ONE}
        affected, stack = {start}, [start]
        while stack:
            for user in self.users[stack.pop()]:
                if user not in affected:
                    affected.add(user)
                    stack.append(user)
        for i in sorted(affected - {start}):
            size = self._rule(i, sizes)
            if size is not None:
                sizes[i] = size
        last = len(self.nodes) - 1
        return sizes[last].operations if last in sizes else 0

    def _rule(self, i: int, sizes: dict[int, _Derivative]) -> _Derivative | None:
        node, arguments = self.nodes[i], self.arguments[i]
        if node.is_Add:
            return _sum_of([sizes[j] for j in arguments if j in sizes])
        if node.is_Mul:
            whole = self.bare[i]
            terms = []
            for j in arguments:
                if j in sizes:
                    mine = self.bare[j]
                    rest = _without(whole, mine)
                    terms.append(_product(rest, sizes[j]))
            return _sum_of(terms)
        parts = []
        for slot, j in enumerate(arguments):
            if j in sizes:
                slope = self._slope(i, slot)
                if slope is not None:
                    parts.append(_product(slope, sizes[j]))
        return _sum_of(parts)

    def _slope(self, i: int, slot: int) -> _Derivative | None:
        """Size of a power's or function's derivative in one argument; None where it is zero."""
        key = (i, slot)
        if key not in self.slopes:
            node = self.nodes[i]
            if node.is_Pow and slot == 0:
                base, exponent = node.args
                # apart, because SymPy would distribute the 2 of 2 (a + b) over the sum
                rest = self._bare(sp.Pow(base, exponent - 1))
                self.slopes[key] = _product(self._bare(exponent), rest)
            elif node.is_Pow:
                self.slopes[key] = self._bare(node * sp.log(node.base))
            else:
                self.slopes[key] = self._bare(node.fdiff(slot + 1))
        slope = self.slopes[key]
        return None if slope.number == 0 else slope

    def _bare(self, expression: sp.Basic) -> _Derivative:
        """Size of an expression that is there already, split into number and core."""
        if not isinstance(expression, sp.Expr):
            return _ONE
        if expression.is_Number:
            return _Derivative(expression, 0, 0)
        whole = self.count.tree(expression)
        if expression.is_Mul and expression.args[0].is_Number:
            return _Derivative(expression.args[0], whole - 1, 1)
        return _Derivative(sp.S.One, whole, len(expression.args) if expression.is_Add else 1)


def _product(left: _Derivative, right: _Derivative) -> _Derivative:
    """Size of a product of two; a core of 1 vanishes, numbers merge."""
    number = left.number * right.number
    if left.terms == 0 or right.terms == 0:
        other = right if left.terms == 0 else left
        return _Derivative(number, other.core, other.terms)
    # a sum with a number inside a longer product has the number outside, as one factor
    return _Derivative(number, left.core + right.core + 1, 1)


def _without(whole: _Derivative, factor: _Derivative) -> _Derivative:
    """Size of a product with one factor taken out."""
    if factor.terms == 0:
        return whole
    left = whole.core - factor.operations - 1
    if left < 0:
        return _Derivative(whole.number, 0, 0)
    return _Derivative(whole.number, left, 1)


def _sum_of(terms: list[_Derivative]) -> _Derivative | None:
    if not terms:
        return None
    if len(terms) == 1:
        return terms[0]
    if all(term.terms == 0 for term in terms):
        number = sum((term.number for term in terms), sp.S.Zero)
        return None if number == 0 else _Derivative(number, 0, 0)
    count = sum(max(term.terms, 1) for term in terms)
    core = sum(term.operations for term in terms) + len(terms) - 1
    return _Derivative(sp.S.One, core, count)
