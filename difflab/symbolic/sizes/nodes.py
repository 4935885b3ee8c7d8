"""Nodes of the mirror: what a SymPy expression is made of, with its size known on the spot.

A node is made once and found again (hash consing: Ershov 1958), so equal expressions are one object
and a dictionary keyed by nodes is a memory of expressions. Sizes are Python integers, computed from
those of the arguments when a node is made.
"""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from typing import Any, Protocol

Rational = int | Fraction


class Kind(IntEnum):
    """What a node is."""

    NUMBER = 0
    ATOM = 1
    SUM = 2
    PRODUCT = 3
    POWER = 4
    FUNCTION = 5


NUMBER, ATOM, SUM, PRODUCT, POWER, FUNCTION = Kind


class Arithmetic(Protocol):
    """What the operators of nodes compute with."""

    def node(self, value: Any) -> Node:
        """A node as it is, or a number as a node."""
        ...

    def add(self, *terms: Node) -> Node:
        """A sum."""
        ...

    def multiply(self, *factors: Node) -> Node:
        """A product."""
        ...

    def scale(self, number: Rational, node: Node) -> Node:
        """A number times a node."""
        ...

    def divide(self, above: Node, below: Node) -> Node:
        """A quotient."""
        ...

    def power(self, base: Node, exponent: Node) -> Node:
        """A power."""
        ...


class Node:
    """One distinct expression; equal expressions of one store are the same object.

    Attributes
    ----------
    algebra : Arithmetic
        What its operators compute with.
    kind : Kind
    number : int or Fraction
        A number's value, a sum's constant term, a product's coefficient; else 1.
    args : tuple of Node
        Terms, factors, (base, exponent) or arguments; without the number.
    label : object
        A symbol's name, or a function's SymPy class.
    core : Node or None
        A product without its coefficient; None where there is none.
    tree, depth, calls : int
        As `difflab.symbolic.counting.Counter` counts them.
    """

    __slots__ = ("algebra", "args", "calls", "core", "depth", "kind", "label", "number", "tree")

    def __init__(
        self,
        algebra: Arithmetic,
        kind: Kind,
        number: Rational,
        args: tuple[Node, ...],
        label: Any,
        sizes: tuple[int, int, int],
    ) -> None:
        self.algebra = algebra
        self.kind = kind
        self.number = number
        self.args = args
        self.label = label
        self.core: Node | None = None
        self.tree, self.depth, self.calls = sizes

    @property
    def operations(self) -> int:
        """Binary operations of this node alone."""
        if self.kind is PRODUCT:
            return len(self.args) - (self.number == 1)
        if self.kind is SUM:
            return len(self.args) - (self.number == 0)
        return 1 if self.args else 0

    def __add__(self, other: Any) -> Node:
        return self.algebra.add(self, self.algebra.node(other))

    __radd__ = __add__

    def __mul__(self, other: Any) -> Node:
        return self.algebra.multiply(self, self.algebra.node(other))

    __rmul__ = __mul__

    def __neg__(self) -> Node:
        return self.algebra.scale(-1, self)

    def __pos__(self) -> Node:
        return self

    def __sub__(self, other: Any) -> Node:
        return self.algebra.add(self, -self.algebra.node(other))

    def __rsub__(self, other: Any) -> Node:
        return self.algebra.node(other) - self

    def __pow__(self, other: Any) -> Node:
        return self.algebra.power(self, self.algebra.node(other))

    def __rpow__(self, other: Any) -> Node:
        return self.algebra.node(other) ** self

    def __truediv__(self, other: Any) -> Node:
        return self.algebra.divide(self, self.algebra.node(other))

    def __rtruediv__(self, other: Any) -> Node:
        return self.algebra.divide(self.algebra.node(other), self)
