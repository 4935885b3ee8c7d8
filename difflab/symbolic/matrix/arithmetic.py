"""SymPy expressions on whole arrays, as the NumPy calls that a careful person would write.

Given traced arrays the calls are recorded; that is how a derivative found by SymPy becomes part of
a program, and how it can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10

from difflab import functions as own
from difflab.errors import MissingRuleError
from difflab.symbolic import kinks, stable


def on_arrays(expression: sp.Expr, values: Mapping[sp.Basic, Any]) -> Any:
    """Evaluate an expression on arrays.

    Parameters
    ----------
    expression : Expr
        Elementwise and small: it is walked recursively.
    values : mapping of Expr to array
        For every symbol, and for subexpressions that have been computed already.

    Returns
    -------
    array, or a Python number where there is no symbol

    Raises
    ------
    MissingRuleError
        For a SymPy function that has no counterpart in NumPy.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> on_arrays(1 - x**2 / 2, {x: np.array([0.0, 2.0])})
    array([ 1., -1.])
    """
    done: dict[sp.Basic, Any] = dict(values)

    def visit(node: sp.Basic) -> Any:
        if node not in done:
            done[node] = _node(node, visit)
        return done[node]

    return visit(expression)


Visit = Callable[[sp.Basic], Any]


def number(value: sp.Expr) -> float | int:
    """The nearest Python number; whole ones stay whole, NaN where SymPy leaves the reals.

    Examples
    --------
    >>> number(sp.Integer(3)), number(sp.Rational(1, 4)), number(sp.pi)
    (3, 0.25, 3.141592653589793)
    """
    if value.is_Integer and abs(int(value)) <= 2**53:
        return int(value)
    value = sp.nan if value is sp.zoo else sp.N(value, 25)
    return float(value) if value.is_extended_real or value is sp.nan else float("nan")


def _node(node: sp.Basic, visit: Visit) -> Any:
    if node.is_number and not node.has(*_OWN):
        return number(node)
    if node.is_Add:
        return _sum(node, visit)
    if node.is_Mul:
        return _product(node, visit)
    if node.is_Pow:
        return _power(node.base, node.exp, visit)
    call = ARRAYS.get(type(node))
    if call is None:
        raise MissingRuleError(
            f"SymPy's {type(node).__name__} cannot be evaluated by NumPy",
            "the derivative contains a function that NumPy lacks",
            'method="autodiff"',
        )
    if type(node) is kinks.rounded:
        return call(visit(node.args[0]), int(node.args[1]))
    return call(*(visit(argument) for argument in node.args))


def _sum(node: sp.Add, visit: Visit) -> Any:
    """Terms in SymPy's order, but a positive one first; negative ones are subtracted."""
    terms = sorted(node.args, key=lambda term: term.could_extract_minus_sign())
    total = None
    for term in terms:
        negative = term.could_extract_minus_sign()
        if total is None:
            total = visit(term)
        elif negative:
            total = np.subtract(total, visit(-term))
        else:
            total = np.add(total, visit(term))
    return total


def _product(node: sp.Mul, visit: Visit) -> Any:
    """Factors over divisors; the number first, where it meets the smallest array."""
    coefficient, factors = node.as_coeff_mul()
    above: Any = None
    below: Any = None
    for factor in factors:
        if factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
            divisor = _power(factor.base, -factor.exp, visit)
            below = divisor if below is None else np.multiply(below, divisor)
        else:
            value = visit(factor)
            above = value if above is None else np.multiply(above, value)
    size = abs(coefficient)
    if above is None:
        above = number(size)
    elif size != 1:
        above = np.multiply(number(size), above)
    result = above if below is None else np.true_divide(above, below)
    return np.negative(result) if coefficient.is_negative else result


def _power(base: sp.Expr, exponent: sp.Expr, visit: Visit) -> Any:
    if exponent == 1:
        return visit(base)
    if exponent == 2:
        return np.square(visit(base))
    if exponent == sp.S.Half:
        return np.sqrt(visit(base))
    if exponent.is_Rational and exponent.is_negative:
        return np.true_divide(1, _power(base, -exponent, visit))
    return np.power(visit(base), visit(exponent))


def _step(x: Any) -> Any:
    return np.sign(own.relu(x))  # unlike x > 0, NaN where x is NaN


def _largest_share(mine: Any, *others: Any) -> Any:
    """1/k where the first is one of k largest; NaN among them gives NaN."""
    largest, equals, unknown = True, 1, np.isnan(mine)
    for other in others:
        largest = np.logical_and(largest, np.greater_equal(mine, other))
        equals = np.add(equals, np.equal(mine, other) * 1.0)
        unknown = np.logical_or(unknown, np.isnan(other))
    share = np.where(largest, 1.0, 0.0) / equals
    return np.where(unknown, np.nan, share)


def _within(x: Any, low: Any, high: Any) -> Any:
    inside = np.logical_and(np.greater_equal(x, low), np.less_equal(x, high))
    return np.where(np.isnan(x), np.nan, np.where(inside, 1.0, 0.0))


def _power_slope(x: Any, n: Any) -> Any:
    flat = np.logical_and(np.equal(n, 0), np.equal(x, 0))  # elsewhere the slope in n would be lost
    return np.where(flat, 0.0, n * np.power(np.where(flat, 1.0, x), n - 1))


def _norm(*parts: Any) -> Any:
    if len(parts) == 2:
        return np.hypot(*parts)
    total = np.square(parts[0])
    for part in parts[1:]:
        total = total + np.square(part)
    return np.sqrt(total)


def _fold(pairwise: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(first: Any, *others: Any) -> Any:
        for other in others:
            first = pairwise(first, other)
        return first

    return reduce


ARRAYS: dict[type, Callable[..., Any]] = {
    sp.exp: np.exp,
    exp2: np.exp2,
    expm1: np.expm1,
    sp.log: np.log,
    log2: np.log2,
    log10: np.log10,
    log1p: np.log1p,
    sp.sin: np.sin,
    sp.cos: np.cos,
    sp.tan: np.tan,
    sp.asin: np.arcsin,
    sp.acos: np.arccos,
    sp.atan: np.arctan,
    sp.atan2: np.arctan2,
    sp.sinh: np.sinh,
    sp.cosh: np.cosh,
    sp.tanh: np.tanh,
    sp.asinh: np.arcsinh,
    sp.acosh: np.arccosh,
    sp.atanh: np.arctanh,
    sp.Abs: np.abs,
    sp.sign: np.sign,
    stable.sigmoid: own.sigmoid,
    stable.softplus: own.softplus,
    stable.normal_cdf: own.normal_cdf,
    stable.normal_density: own.normal_density,
    stable.logsumexp: _fold(np.logaddexp),
    kinks.relu: own.relu,
    kinks.leaky_relu: own.leaky_relu,
    kinks.step: _step,
    kinks.absolute: np.absolute,
    kinks.signum: np.sign,
    kinks.maximum: _fold(np.maximum),
    kinks.minimum: _fold(np.minimum),
    kinks.fmax: _fold(np.fmax),
    kinks.fmin: _fold(np.fmin),
    kinks.least_for_nan: lambda x: np.where(np.isnan(x), -np.inf, x),
    kinks.largest_share: _largest_share,
    kinks.norm: _norm,
    kinks.ratio_or_zero: lambda x, y: x / np.where(np.equal(y, 0), 1.0, y),
    kinks.angle: np.arctan2,
    kinks.power: np.power,
    kinks.power_slope: _power_slope,
    kinks.log_or_zero: lambda x: np.log(np.where(np.equal(x, 0), 1.0, x)),
    kinks.clip: np.clip,
    kinks.within: _within,
    kinks.real_cbrt: np.cbrt,
    kinks.rounded: lambda x, rule: kinks.ROUNDING[rule](x),
}
"""SymPy functions, and our own, as NumPy calls on arrays."""

_OWN = tuple(kind for kind in ARRAYS if kind.__module__.startswith("difflab."))
"""Functions that SymPy cannot evaluate, of numbers neither."""
