"""The difference quotient of a function of one variable, or of many such functions at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.stencils import Stencil


def difference(
    f: Callable[[Any], Any], x: Any, step: Any, stencil: Stencil, value: Any = None
) -> Any:
    """Approximate f'(x) for a function of one variable.

    Parameters
    ----------
    f : callable
        ``f(x)``; elementwise if x is an array.
    x : float or array
        Its dtype is that of the arithmetic.
    step : float or array
        h > 0, broadcast against x.
    stencil : Stencil
        Of a first derivative.
    value : float or array, optional
        f(x), if known; saves a call where the stencil needs it.

    Returns
    -------
    float or array of float64 (or wider)
        NaN where the step vanishes beside x.

    Examples
    --------
    >>> from difflab.numeric.stencils import SCHEMES
    >>> error = difference(np.exp, 0.0, 2.0**-16, SCHEMES["central"]) - 1.0
    >>> bool(abs(error) < 1e-10)
    True
    """
    x = np.asarray(x)
    step = np.asarray(step, x.dtype)
    wide = np.result_type(x.dtype, np.float64)
    points = {o: x + np.asarray(o, x.dtype) * step for q in stencil.quotients for o in q[:2] if o}
    values = {o: np.asarray(f(point[()]), wide) for o, point in points.items()}
    if not stencil.symmetric:
        points[0] = x
        values[0] = np.asarray(f(x[()]) if value is None else value, wide)
    total: Any = 0.0
    for plus, minus, weight in stencil.quotients:
        taken = points[plus].astype(wide) - points[minus].astype(wide)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            quotient = (values[plus] - values[minus]) / np.where(taken == 0, np.nan, taken)
        total = total + weight * quotient
    return total[()]
