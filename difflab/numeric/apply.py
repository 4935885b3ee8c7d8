"""Derivatives of any order of a function of one variable, by applying a stencil to it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from difflab.errors import ParameterTypeError
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import Stencil


def apply_stencil(f: Callable[[Any], Any], x: Any, step: Any, stencil: Stencil) -> Any:
    """Approximate the d-th derivative of f at x by h^-d sum_i c_i f(x + o_i h).

    First derivatives divide every difference by its own step as taken. Higher ones divide by the
    mean step that the machine took; take a power of two for h, and each point is where the stencil
    has it.

    Parameters
    ----------
    f : callable
        ``f(x)``, real; elementwise if x is an array.
    x : float or array
        Its dtype is that of the arithmetic.
    step : float or array
        h > 0, broadcast against x.
    stencil : Stencil

    Returns
    -------
    float or array of float64 (or wider)
        NaN where the step vanishes beside x.

    Examples
    --------
    >>> from difflab.numeric.stencils import named_stencil
    >>> third = named_stencil("central-4", derivative=3)
    >>> round(float(apply_stencil(np.exp, 0.0, 2.0**-7, third)), 6)
    1.0
    """
    if stencil.derivative == 1:
        return difference(f, x, step, stencil)
    x = np.asarray(x)
    step = np.asarray(step, x.dtype)
    wide = np.result_type(x.dtype, np.float64)
    points = [x + np.asarray(o, x.dtype) * step for o in stencil.offsets]
    low, high = (limit(range(len(points)), key=stencil.offsets.__getitem__) for limit in (min, max))
    span = float(stencil.offsets[high] - stencil.offsets[low])
    taken = (points[high].astype(wide) - points[low].astype(wide)) / span
    total: Any = 0.0
    for point, weight in zip(points, stencil.weights):
        if weight:
            total = total + _rounded(weight, wide) * np.asarray(f(point[()]), wide)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return (total / np.where(taken == 0, np.nan, taken) ** stencil.derivative)[()]


def _rounded(weight: Fraction, dtype: np.dtype[Any]) -> Any:
    """Round a weight to a float type; to float64 first would lose digits of the wider ones."""
    if dtype == np.float64:
        return float(weight)
    return dtype.type(weight.numerator) / dtype.type(weight.denominator)


def real_point(x: Any) -> Any:
    """Return x as a NumPy scalar or array of real floats.

    Raises
    ------
    ParameterTypeError
        For integers, complex numbers and all that is no number.

    Examples
    --------
    >>> real_point(2.0)
    np.float64(2.0)
    """
    point = np.asarray(x)
    if point.dtype.kind != "f":
        raise ParameterTypeError(
            f"x = {x!r} is of type {point.dtype}, which cannot be moved by a small step",
            "a derivative is taken at a real floating-point number",
            "write 1.0 for 1, or convert: np.asarray(x, dtype=float)",
        )
    return point[()]
