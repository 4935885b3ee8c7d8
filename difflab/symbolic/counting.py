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
    """Tree sizes and depths, remembered per node; share one over expressions that overlap.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> square = sp.exp(x) + 1
    >>> count = Counter()
    >>> count.tree(square**square), count.dag([square**square]), count.depth(square**square)
    (5, 3, 3)
    """

    _tree: dict[sp.Basic, int] = field(default_factory=dict)
    _depth: dict[sp.Basic, int] = field(default_factory=dict)

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

    def tree(self, expression: sp.Basic) -> int:
        """Operations of the expression as written, repeats counted."""
        self._visit(expression)
        return self._tree[expression]

    def depth(self, expression: sp.Basic) -> int:
        """Longest path from the expression to a symbol or number, in nodes."""
        self._visit(expression)
        return self._depth[expression]

    def dag(self, expressions: Iterable[sp.Basic]) -> int:
        """Operations of several expressions together, each distinct node counted once."""
        return sum(own_operations(node) for node in nodes_in_order(expressions))
