"""The reverse pass: generic over the calls of a tape, with SymPy's derivatives where entries count.

Each call passes the cotangent of its value on to its operands: linear and other structural calls by
the adjoints of `shapes`, `products` and `reductions`, elementwise ones by multiplying with the
derivative that SymPy finds. Everything is plain NumPy: on traced arrays it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from difflab.errors import MissingRuleError
from difflab.symbolic.elementwise import (
    OPERANDS,
    OUTPUT,
    PIECEWISE_CONSTANT,
    is_elementwise,
    meaning,
)
from difflab.symbolic.matrix.arithmetic import number, on_arrays
from difflab.symbolic.matrix.clusters import Call, Cluster, clusters, dtype_of, exact_number
from difflab.symbolic.matrix.products import MANY, PRODUCTS
from difflab.symbolic.matrix.reductions import REDUCTIONS
from difflab.symbolic.matrix.shapes import JOINING, SHAPES, summed_to
from difflab.symbolic.rewriting import slope
from difflab.trace import name_of

ADJOINTS = {**SHAPES, **PRODUCTS, **REDUCTIONS}
ADJOINTS_OF_MANY = {**JOINING, **MANY}


Observe = Callable[[Any, Any], object]
"""Called with a value of the tape and its cotangent, once that is complete."""


@np.errstate(divide="ignore", under="ignore")
def pull_back(
    calls: Sequence[Call], output: int, inputs: Iterable[int], observe: Observe | None = None
) -> dict[int, Any]:
    """Carry the cotangent 1 of one number back to inputs.

    Slopes may be infinite where values are not, as of sqrt at 0, and may underflow, without a word.

    Parameters
    ----------
    calls : sequence of tuple
        A tape.
    output : int
        Index of a number on it.
    inputs : iterable of int
        Indices of what to differentiate by.
    observe : callable or None
        Told about every cotangent that is passed on.

    Returns
    -------
    dict of int to array
        Cotangents of the inputs that the output depends on.

    Raises
    ------
    MissingRuleError
        For a call without adjoint; names it.
    """
    active = _active(calls, output, inputs)
    _require_adjoints(calls, active)
    fused = clusters(calls, active, output)
    inside = frozenset().union(*(cluster.calls - {end} for end, cluster in fused.items()))
    cotangents: dict[int, Any] = {output: np.ones((), dtype_of(calls[output][4]))[()]}
    for index in range(output, -1, -1):
        if not active[index] or calls[index][0] is None or index in inside:
            continue
        g = cotangents.pop(index, None)
        if g is None:
            continue
        if observe is not None:
            observe(calls[index][4], g)
        if index in fused:
            cluster = fused[index]
            parts: Iterable[tuple[int, Any]] = [(cluster.root, _through(cluster, g, index, calls))]
        else:
            parts = _contributions(calls[index], g, active)
        for parent, part in parts:
            part = _like(part, calls[parent][4])
            known = cotangents.get(parent)
            cotangents[parent] = part if known is None else known + part
    return cotangents


def _require_adjoints(calls: Sequence[Call], active: Sequence[bool]) -> None:
    """Refuse before anything is derived, and name the call that the user wrote."""
    for call, is_active in zip(calls, active):
        function = call[0]
        if not is_active or function is None or has_adjoint(function):
            continue
        if dtype_of(call[4]).kind in "fcO":
            raise no_adjoint(function)


def has_adjoint(function: Callable[..., Any]) -> bool:
    """Whether the matrix form knows a call.

    Examples
    --------
    >>> has_adjoint(np.matmul), has_adjoint(np.linalg.svd)
    (True, False)
    """
    known = function in ADJOINTS or function in ADJOINTS_OF_MANY or is_elementwise(function)
    return known or function in PIECEWISE_CONSTANT


def _active(calls: Sequence[Call], output: int, inputs: Iterable[int]) -> list[bool]:
    """Which entries depend on the inputs and matter for the output."""
    reached = bytearray(output + 1)
    for index in inputs:
        if index <= output:
            reached[index] = 1
    for index in range(output + 1):
        if any(parent >= 0 and reached[parent] for parent in calls[index][2]):
            reached[index] = 1
    needed = bytearray(output + 1)
    needed[output] = 1
    for index in range(output, -1, -1):
        if needed[index]:
            for parent in calls[index][2]:
                if parent >= 0:
                    needed[parent] = 1
    return [bool(a and b) for a, b in zip(reached, needed)]


def _like(g: Any, value: Any) -> Any:
    """A contribution in shape and dtype of what it is for."""
    g = summed_to(g, np.shape(value))
    dtype = dtype_of(value)
    return np.astype(g, dtype) if dtype_of(g) != dtype else g


def _through(cluster: Cluster, g: Any, index: int, calls: Sequence[Call]) -> Any:
    local = slope(cluster.expression, OPERANDS[0], OUTPUT)
    return _scaled(g, local, {OPERANDS[0]: calls[cluster.root][4], OUTPUT: calls[index][4]})


def _scaled(g: Any, local: sp.Expr, values: dict[sp.Symbol, Any]) -> Any:
    """The cotangent times a derivative; its number first, where g may be a number too."""
    coefficient, rest = local.as_coeff_Mul()
    if coefficient == -1:
        g = np.negative(g)
    elif coefficient != 1:
        g = g * number(coefficient)
    return g if rest == 1 else g * on_arrays(rest, values)


def _contributions(call: Call, g: Any, active: Sequence[bool]) -> Iterable[tuple[int, Any]]:
    """Cotangents of the operands of one call, by their places."""
    function, operands, parents, options, value = call
    assert function is not None
    wanted = [k for k, parent in enumerate(parents) if parent >= 0 and active[parent]]
    if function in PIECEWISE_CONSTANT or dtype_of(value).kind not in "fcO":
        return
    if is_elementwise(function):
        yield from ((parents[k], part) for k, part in _elementwise(call, g, wanted))
        return
    if function in ADJOINTS_OF_MANY:
        adjoint = ADJOINTS_OF_MANY[function]
        for k in wanted:
            yield parents[k], adjoint(g, value, *operands, position=k, **options)
        return
    for k in wanted:
        one = ADJOINTS[function][k]
        if one is not None:
            g_full = np.broadcast_to(g, np.shape(value)) if np.shape(g) != np.shape(value) else g
            yield parents[k], one(g_full, value, *operands, **options)


def _elementwise(call: Call, g: Any, wanted: Sequence[int]) -> Iterable[tuple[int, Any]]:
    """A call of several arrays: the cotangent times each partial derivative."""
    function, operands, parents, options, value = call
    arguments: list[sp.Expr | None] = []
    values: dict[sp.Symbol, Any] = {OUTPUT: value}
    for k, (operand, parent) in enumerate(zip(operands, parents)):
        exact = None if parent >= 0 else exact_number(operand)
        if operand is None or exact is not None:
            arguments.append(exact)
        else:
            arguments.append(OPERANDS[k])
            values[OPERANDS[k]] = operand
    assert function is not None
    expression = meaning(function, arguments, options)
    for k in wanted:
        local = slope(expression, OPERANDS[k], OUTPUT)
        if local != 0:
            yield k, _scaled(g, local, values)


def no_adjoint(function: Callable[..., Any]) -> MissingRuleError:
    """Build the error for a call that the matrix form cannot differentiate."""
    from difflab.scalars.definitions import DEFINITIONS, STRUCTURAL

    scalar = function in DEFINITIONS or function in STRUCTURAL
    return MissingRuleError(
        f"{name_of(function)} has no matrix rule",
        "the matrix form knows products, sums, shapes, norms, softmax and what works by entries",
        ('method="symbolic:staged", which takes arrays apart; ' if scalar else "")
        + 'method="autodiff"',
    )
