"""Operations and depth of SymPy expressions, counted without walking the tree.

An operation is binary: nargs - 1 for a sum or product of nargs terms, 1 for a power or function.
The *tree* counts a subexpression as often as it is written, the *DAG* once. Tree sizes grow
exponentially while the DAG stays small, so every count here is a recurrence over distinct nodes,
in Python integers (they pass 1e30), without recursion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10

from difflab.symbolic import kinks, stable

TRANSCENDENTAL: frozenset[type[sp.Basic]] = frozenset(
    {
        *(sp.exp, exp2, expm1, sp.log, log2, log10, log1p),
        *(sp.sin, sp.cos, sp.tan, sp.asin, sp.acos, sp.atan, sp.atan2),
        *(sp.sinh, sp.cosh, sp.tanh, sp.asinh, sp.acosh, sp.atanh),
        *(stable.sigmoid, stable.softplus, stable.logsumexp),
        *(stable.normal_cdf, stable.normal_density),
        *(kinks.power, kinks.power_slope, kinks.log_or_zero, kinks.angle),
    }
)
"""Functions that cost a call of the mathematics library rather than an instruction; a power counts
among them unless its exponent is a rational number."""


def own_operations(node: sp.Basic) -> int:
    """Binary operations of one node, without those of its arguments.

    Examples
    --------
    >>> x, y, z = sp.symbols("x y z")
    >>> own_operations(x + y + z), own_operations(sp.exp(x)), own_operations(x)
    (2, 1, 0)
    """
    if not node.args:
        return 0
    return len(node.args) - 1 if node.is_Add or node.is_Mul else 1


def own_calls(node: sp.Basic) -> int:
    """1 for a transcendental function or power, 0 for anything else.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> own_calls(sp.exp(x)), own_calls(x**y), own_calls(sp.sqrt(x))
    (1, 1, 0)
    """
    return int(type(node) in TRANSCENDENTAL or (node.is_Pow and not node.exp.is_Rational))


def nodes_in_order(expressions: Iterable[sp.Basic]) -> list[sp.Basic]:
    """List the distinct nodes, arguments before the nodes that use them.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> nodes_in_order([sp.exp(x) * x])
    [x, exp(x), x*exp(x)]
    """
    order: list[sp.Basic] = []
    done: set[sp.Basic] = set()
    stack = list(expressions)[::-1]
    while stack:
        node = stack[-1]
        waiting = [] if node in done else [a for a in node.args if a not in done]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        stack.pop()
        if node not in done:
            done.add(node)
            order.append(node)
    return order


@dataclass(slots=True)
class Counter:
    """Tree sizes, depths and calls, remembered per node; share one over expressions that overlap.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> square = sp.exp(x) + 1
    >>> count = Counter()
    >>> count.tree(square**square), count.dag([square**square]), count.depth(square**square)
    (5, 3, 3)
    >>> count.calls(square**square)
    3
    """

    _tree: dict[sp.Basic, int] = field(default_factory=dict)
    _depth: dict[sp.Basic, int] = field(default_factory=dict)
    _calls: dict[sp.Basic, int] = field(default_factory=dict)

    def _visit(self, expression: sp.Basic) -> None:
        stack = [expression]
        while stack:
            node = stack[-1]
            if node in self._tree:
                stack.pop()
                continue
            waiting = [a for a in node.args if a not in self._tree]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            self._tree[node] = own_operations(node) + sum(self._tree[a] for a in node.args)
            self._depth[node] = max((self._depth[a] for a in node.args), default=-1) + 1
            self._calls[node] = own_calls(node) + sum(self._calls[a] for a in node.args)

    def tree(self, expression: sp.Basic) -> int:
        """Operations of the expression as written, repeats counted."""
        self._visit(expression)
        return self._tree[expression]

    def depth(self, expression: sp.Basic) -> int:
        """Longest path from the expression to a symbol or number, in nodes."""
        self._visit(expression)
        return self._depth[expression]

    def calls(self, expression: sp.Basic) -> int:
        """Transcendental functions and powers in the expression as written, repeats counted."""
        self._visit(expression)
        return self._calls[expression]

    def dag(self, expressions: Iterable[sp.Basic]) -> int:
        """Operations of several expressions together, each distinct node counted once."""
        return sum(own_operations(node) for node in nodes_in_order(expressions))
