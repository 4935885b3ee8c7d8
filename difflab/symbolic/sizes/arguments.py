"""Arguments at which SymPy's functions know more: constants, multiples of pi, inverse functions."""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from difflab.symbolic.sizes.nodes import ATOM, FUNCTION, PRODUCT, SUM, Node

ODD = frozenset({sp.sin, sp.tan, sp.asin, sp.atan, sp.sinh, sp.tanh, sp.asinh, sp.atanh})
"""Functions that SymPy pulls a minus sign out of."""

EVEN = frozenset({sp.cos, sp.cosh})
"""Functions that SymPy drops a minus sign in."""


@cache
def evaluates(function: Any) -> bool:
    """Whether a SymPy function has rules of its own for special arguments.

    Examples
    --------
    >>> from difflab.symbolic.stable import sigmoid
    >>> evaluates(sp.tanh), evaluates(sigmoid)
    (True, False)
    """
    return function.eval.__func__ is not sp.Function.eval.__func__


def has_powers(function: Any) -> bool:
    """Whether powers of a SymPy function have rules of their own: Abs(x)**2 is x**2.

    Examples
    --------
    >>> has_powers(sp.Abs), has_powers(sp.tanh), has_powers("x")
    (True, False, False)
    """
    return isinstance(function, type) and function._eval_power is not sp.Expr._eval_power  # type: ignore[attr-defined]


def factors_of(node: Node) -> tuple[Node, ...]:
    """Factors of a product without its coefficient; anything else is its own factor."""
    return node.args if node.kind is PRODUCT else (node,)


def terms_of(node: Node) -> tuple[Node, ...]:
    """Terms of a sum without its constant; anything else is its own term."""
    return node.args if node.kind is SUM else (node,)


def is_constant(node: Node) -> bool:
    """Whether no symbol is inside; nearly always answered by the first leaf.

    Examples
    --------
    >>> from difflab.symbolic.sizes.algebra import Algebra
    >>> algebra = Algebra()
    >>> is_constant(algebra.node(2)), is_constant(algebra.store.atom("x") + 1)
    (True, False)
    """
    stack = [node]
    while stack:
        node = stack.pop()
        if node.kind is ATOM and not _is_named_number(node):
            return False
        stack.extend(node.args)
    return True


def is_special(x: Node) -> bool:
    """Whether a trigonometric function may know its value: at multiples of pi, and inverses."""
    if x.kind is FUNCTION:
        return evaluates(x.label)
    parts = (factor for term in terms_of(x) for factor in factors_of(term))
    return is_constant(x) or any(_is_named_number(part) for part in parts)


def has_logarithm(x: Node) -> bool:
    """Whether an exponent has a logarithm among the factors of its terms: exp(2 log x) is x**2."""
    return any(factor.label is sp.log for term in terms_of(x) for factor in factors_of(term))


def _is_named_number(node: Node) -> bool:
    """Whether a node is pi, e, infinity or the like."""
    label = node.label
    return node.kind is ATOM and not (isinstance(label, str) or label.is_Symbol)
