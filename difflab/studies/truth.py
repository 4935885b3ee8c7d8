"""The truth: a gradient in sixty-digit arithmetic, from differences of the function alone.

The traced function runs on mpmath numbers, and central differences with a tiny step give every
component. No derivative rule of any engine takes part. With d digits asked for, the step is
10^-(d/2 + 5), so that the truncation error is about 10^-(d + 10); the arithmetic carries enough
digits that rounding stays below that.

At kinks, central differences answer with the middle of the one-sided derivatives: 1/2 for relu at
0, where the convention is 0. The truth is meant for points where the derivative exists.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from difflab import functions as own
from difflab.errors import NonScalarLossError
from difflab.scalars import Field, run_on_scalars
from difflab.signature import Signature
from difflab.trace import Program, trace
from difflab.tree import Nest, flatten, unflatten, unravel_like


def true_gradient(
    f: Callable[..., Any], params: Nest, *contexts: Any, digits: int = 60
) -> tuple[float, Nest]:
    """Evaluate a function and its gradient to many digits, and round once.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number, and does not branch by values in Python.
    params : nest of float arrays
        Taken as exact; two evaluations per entry.
    contexts
        Arrays, taken as exact.
    digits : int
        How many digits of each component are right before rounding, at points where the third
        derivative is not enormous.

    Returns
    -------
    value : float
    gradient : nest of float64 arrays
        In the nest of ``params``.

    Raises
    ------
    TracingError
        When the function branches by values.
    MissingRuleError
        When a NumPy call has no definition for mpmath numbers.
    NonScalarLossError
        When the function returns an array.

    Examples
    --------
    >>> value, gradient = true_gradient(lambda w: np.sum(np.exp(w)), np.array([0.0, 1.0]))
    >>> gradient - np.exp([0.0, 1.0])
    array([0., 0.])
    """
    Signature.of(params, *contexts)  # refuses integers and complex numbers
    leaves, structure = flatten(params)
    with np.errstate(all="ignore"):
        program = trace(f, params, *contexts)
    arithmetic = mpmath.MPContext()  # a context of our own: mpmath.mp belongs to everybody
    half_step = digits // 2 + 5
    arithmetic.dps = digits + half_step + 20
    field = mpmath_field(arithmetic)
    inputs = [field.array(leaf) for leaf in (*leaves, *flatten(contexts)[0])]
    step = arithmetic.mpf(10) ** -half_step

    value = _run(program, inputs, field)
    flat = np.array(
        [
            _central_difference(program, inputs, field, leaf, entry, step)
            for leaf in range(len(leaves))
            for entry in range(inputs[leaf].size)
        ],
        dtype=float,
    )
    parts = [np.array(part)[()] for part in unravel_like(flat, leaves)]
    return float(value), unflatten(structure, parts)


def _run(program: Program, inputs: list[np.ndarray], field: Field) -> Any:
    value = run_on_scalars(program, inputs, field)
    if isinstance(value, np.ndarray):
        raise NonScalarLossError(
            f"the function returned an array of shape {value.shape}, not one number",
            "a gradient is the derivative of one real number",
            "reduce the result: np.mean(...) or np.sum(...)",
        )
    return value


def _central_difference(
    program: Program, inputs: list[np.ndarray], field: Field, leaf: int, entry: int, step: Any
) -> float:
    ends = []
    for shift in (step, -step):
        moved = inputs[leaf].copy()
        moved.reshape(-1)[entry] += shift
        ends.append(_run(program, [*inputs[:leaf], moved, *inputs[leaf + 1 :]], field))
    return float((ends[0] - ends[1]) / (2 * step))


def mpmath_field(arithmetic: mpmath.MPContext) -> Field:
    """Return mpmath numbers of one precision as a field of scalars.

    Parameters
    ----------
    arithmetic : mpmath.MPContext
        Holds the precision.

    Examples
    --------
    >>> from difflab.trace import trace
    >>> arithmetic = mpmath.MPContext()
    >>> arithmetic.dps = 30
    >>> field = mpmath_field(arithmetic)
    >>> program = trace(lambda x: np.exp(x), 1.0)
    >>> print(run_on_scalars(program, [field.array(1.0)], field))
    2.71828182845904523536028747135
    """
    m = arithmetic

    def real(function: Callable[..., Any]) -> Callable[..., Any]:
        """NaN where mpmath would leave the real numbers, as NumPy answers."""

        def call(*xs: Any) -> Any:
            y = function(*xs)
            return m.nan if isinstance(y, m.mpc) else y

        return call

    def clip(x: Any, low: Any, high: Any) -> Any:
        x = x if low is None else max(x, low)
        return x if high is None else min(x, high)

    def maximum(*xs: Any) -> Any:
        return next((x for x in xs if m.isnan(x)), max(xs))

    def minimum(*xs: Any) -> Any:
        return next((x for x in xs if m.isnan(x)), min(xs))

    functions: dict[Callable[..., Any], Callable[..., Any]] = {
        np.power: operator.pow,
        np.float_power: operator.pow,
        np.exp: m.exp,
        np.exp2: lambda x: m.mpf(2) ** x,
        np.expm1: m.expm1,
        np.log: m.log,
        np.log2: lambda x: m.log(x) / m.log(2),
        np.log10: m.log10,
        np.log1p: m.log1p,
        np.logaddexp: lambda x, y: max(x, y) + m.log1p(m.exp(-abs(x - y))),
        np.sqrt: m.sqrt,
        np.cbrt: lambda x: m.sign(x) * m.cbrt(abs(x)),
        np.sin: m.sin,
        np.cos: m.cos,
        np.tan: m.tan,
        np.arcsin: m.asin,
        np.arccos: m.acos,
        np.arctan: m.atan,
        np.arctan2: m.atan2,
        np.sinh: m.sinh,
        np.cosh: m.cosh,
        np.tanh: m.tanh,
        np.arcsinh: m.asinh,
        np.arccosh: m.acosh,
        np.arctanh: m.atanh,
        np.sinc: m.sincpi,
        np.absolute: abs,
        np.fabs: abs,
        np.sign: m.sign,
        np.floor: m.floor,
        np.ceil: m.ceil,
        np.rint: m.nint,
        np.trunc: lambda x: m.floor(x) if x > 0 else m.ceil(x),
        np.deg2rad: m.radians,
        np.rad2deg: m.degrees,
        own.normal_cdf: m.ncdf,
    }
    return Field(
        name="mpmath",
        functions={call: real(function) for call, function in functions.items()},
        several={
            np.max: maximum,
            np.min: minimum,
            np.linalg.norm: lambda *xs: m.sqrt(m.fsum(xs, squared=True)),
            np.clip: clip,
        },
        constant=m.mpf,
        total=m.fsum,
        ordered=True,
        instead='method="complex-step", which is exact to 1e-15 and as independent of the rules',
    )
