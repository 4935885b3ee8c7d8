"""Local rules: what a call that works entry by entry means for one entry, and its derivatives.

The meaning is a SymPy expression in symbols for the operands; SymPy differentiates it. No table of
derivatives is written down here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from difflab import functions as own
from difflab.scalars import call_on_scalars
from difflab.symbolic.scalars import SYMPY

OPERANDS = tuple(sp.symbols("x:9", real=True))
"""Stand for the operands of a call."""

OUTPUT = sp.Symbol("y", real=True)
"""Stands for its result."""

PIECEWISE_CONSTANT: frozenset[Callable[..., Any]] = frozenset(
    {
        *(np.sign, np.floor, np.ceil, np.rint, np.trunc, np.heaviside),
        *(np.floor_divide, np.argmax, np.argmin, np.argsort, np.all, np.any),
        own.stop_gradient,
    }
)
"""Calls whose derivative is zero wherever it exists; comparisons, which give masks, are others."""

_PRIMITIVES = frozenset(
    {
        *(own.sigmoid, own.relu, own.leaky_relu, own.softplus, own.gelu, own.normal_cdf),
        own.binary_cross_entropy,
    }
)


def is_elementwise(function: Callable[..., Any]) -> bool:
    """Whether a call works entry by entry, so that one entry says all.

    Examples
    --------
    >>> is_elementwise(np.tanh), is_elementwise(own.relu), is_elementwise(np.matmul)
    (True, True, False)
    """
    if isinstance(function, np.ufunc):
        return function.signature is None
    return function in _PRIMITIVES or function in (np.clip, np.astype)


def meaning(
    function: Callable[..., Any], operands: Sequence[sp.Expr | None], options: dict[str, Any]
) -> sp.Expr:
    """Return what a call makes of one entry of each operand.

    Parameters
    ----------
    function : callable
        NumPy function or primitive, elementwise.
    operands : sequence of Expr or None
        None for a bound of ``np.clip`` that is not given.
    options : dict
        As on the tape.

    Raises
    ------
    MissingRuleError
        When SymPy cannot express it; names the NumPy call.

    Examples
    --------
    >>> x = OPERANDS[0]
    >>> meaning(np.expm1, [x], {}), meaning(np.power, [x, sp.Rational(1, 2)], {})
    (expm1(x0), sqrt(x0))
    """
    if function is np.astype:
        (operand,) = operands
        return operand
    arrays = [None if operand is None else _boxed(operand) for operand in operands]
    result = call_on_scalars(function, arrays, options, SYMPY)
    return sp.sympify(result[()])


def _boxed(expression: sp.Expr) -> np.ndarray:
    out = np.empty((), dtype=object)
    out[()] = expression
    return out
