"""Slopes that are infinite at a point where the function is not: sqrt at 0, arcsin at 1.

The infinity is the answer there, so it comes without NumPy's warning. These are primitives, because
a warning filter around NumPy calls would be lost when the calls are recorded and run again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import elementwise
from difflab.trace import Primitive


@Primitive
def reciprocal(x: Any) -> Any:
    """1/x, infinite at 0 without a warning.

    Examples
    --------
    >>> reciprocal(np.array([0.0, 4.0]))
    array([ inf, 0.25])
    """
    with np.errstate(divide="ignore"):
        return 1 / x


@Primitive
def power(x: Any, n: Any) -> Any:
    """x**n, infinite for x = 0 and n < 0 without a warning.

    Examples
    --------
    >>> power(np.array([0.0, 4.0]), -0.5)
    array([inf, 0.5])
    """
    with np.errstate(divide="ignore"):
        return x**n


def power_base(y: Any, x: Any, n: Any) -> Any:
    """Derivative of x**n in x: n x**(n - 1), and 0 at 0**0."""
    if type(n) is int and n > 0:  # the usual case, and the one without a pole
        return n * x ** (n - 1) if n > 2 else 2 * x if n == 2 else 1
    if isinstance(n, (int, float)):
        return 0.0 if n == 0 else n * power(x, n - 1)
    flat = (n == 0) & (x == 0)  # nowhere else, or the derivative in n would be lost
    less = n - y.dtype.type(1)  # in the precision of the power, which may be more than that of n
    return np.where(flat, 0.0, n * power(np.where(flat, 1.0, x), less))


def power_exponent(y: Any, x: Any, n: Any) -> Any:
    """Derivative of x**n in n: x**n log x, with its limit 0 where x = 0 or x**n = 0.

    At 0**0 it is 0 by convention. Of a negative x there is no real power beside a whole n, hence no
    slope: NaN, with NumPy's warning.
    """
    vanishes = (y == 0) | ((x == 0) & (n == 0))
    return y * np.log(np.where(vanishes, y.dtype.type(1), x))


RULES = [
    elementwise(reciprocal, lambda y, x: -y * y),
    elementwise(power, power_base, power_exponent),
]
