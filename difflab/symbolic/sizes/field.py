"""The mirror as a field: a traced program becomes the loss that SymPy would write."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from difflab.scalars import Field, run_on_scalars
from difflab.symbolic import kinks
from difflab.symbolic.scalars import LONGEST_ROOT, SYMPY, require_one_number
from difflab.symbolic.sizes.algebra import Algebra
from difflab.symbolic.sizes.arguments import is_constant
from difflab.symbolic.sizes.calculus import dummies, substitute
from difflab.symbolic.sizes.nodes import NUMBER, Node
from difflab.trace import Program

Call = Callable[..., Any]


def mirror_of_sympy(algebra: Algebra) -> Field:
    """SymPy's field with every function carried over to nodes of an algebra.

    Examples
    --------
    >>> field = mirror_of_sympy(Algebra())
    >>> x = field.functions[np.tanh](field.constant(0.5))
    >>> x.tree, x.calls
    (1, 1)
    """

    def power(x: Node, n: Node) -> Node:
        long_root = n.kind is NUMBER and Fraction(n.number).denominator > LONGEST_ROOT
        if (is_constant(n) and not long_root) or (x.kind is NUMBER and x.number > 0):
            return algebra.power(x, n)
        return algebra.apply(kinks.power, x, n)

    def clip(x: Node, low: Node | None, high: Node | None) -> Node:
        bounds = [
            algebra.store.atom(limit) if bound is None else bound
            for bound, limit in ((low, -sp.oo), (high, sp.oo))
        ]
        return algebra.apply(kinks.clip, x, *bounds)

    functions: dict[Call, Call] = {
        call: _carried_over(algebra, row, call) for call, row in SYMPY.functions.items()
    }
    functions |= {np.power: power, np.float_power: power}
    several: dict[Call, Call] = {
        call: _applied(algebra, row) for call, row in SYMPY.several.items() if call is not np.clip
    }
    several[np.clip] = clip
    return Field(
        name=SYMPY.name,
        functions=functions,
        several=several,
        constant=algebra.node,
        total=lambda terms: algebra.add(*terms),
        instead=SYMPY.instead,
    )


def _applied(algebra: Algebra, function: Any) -> Call:
    return lambda *args: algebra.apply(function, *args)


def _carried_over(algebra: Algebra, row: Call, call: Call) -> Call:
    """A row of SymPy's field on nodes: a function applied, or a formula filled in."""
    if isinstance(row, type) and issubclass(row, sp.Function):
        return _applied(algebra, row)
    formula = row(*dummies(getattr(call, "nin", 1)))
    return lambda *args: substitute(algebra, formula, args)


def mirrored_loss(program: Program, algebra: Algebra) -> tuple[Node, list[list[Node]]]:
    """The loss of a traced program, and the symbols of its parameters by leaf.

    Symbols are named as by `difflab.symbolic.scalars.input_symbols`.

    Raises
    ------
    NonScalarLossError
        When the program returns an array with axes.

    Examples
    --------
    >>> from difflab.trace import trace
    >>> algebra = Algebra()
    >>> program = trace(lambda w, x: np.sum(w * x) ** 2, np.ones(2), np.ones(2))
    >>> loss, leaves = mirrored_loss(program, algebra)
    >>> loss.tree, algebra.bridge.to_sympy(loss)
    (4, (p0*x0 + p1*x1)**2)
    """
    arrays: list[np.ndarray] = []
    leaves: list[list[Node]] = []
    used = {"p": 0, "x": 0}
    for position, entry in enumerate(program.entries[: program.parameters + program.contexts]):
        prefix = "p" if position < program.parameters else "x"
        array = np.empty(np.shape(entry.value), dtype=object)
        start = used[prefix]
        symbols = [algebra.store.atom(f"{prefix}{start + i}") for i in range(array.size)]
        array.reshape(-1)[:] = symbols
        used[prefix] = start + array.size
        arrays.append(array)
        if prefix == "p":
            leaves.append(symbols)
    loss = run_on_scalars(program, arrays, mirror_of_sympy(algebra))
    require_one_number(loss)
    return algebra.node(loss), leaves
