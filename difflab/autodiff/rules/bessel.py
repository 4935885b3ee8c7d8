"""Modified Bessel functions of the orders that NumPy lacks: the derivatives of ``np.i0``."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import general
from difflab.trace import Primitive


@Primitive
def bessel_i(x: Any, *, order: int) -> Any:
    """Modified Bessel function of the first kind, of whole order from 1 up.

    Examples
    --------
    >>> round(float(bessel_i(1.0, order=1)), 12)
    0.565159103992
    """
    from scipy.special import i1, iv

    return i1(x) if order == 1 else iv(order, x)


def _slope(g: Any, out: Any, x: Any, order: int) -> Any:
    """The mean of the neighbouring orders; Abramowitz & Stegun 9.6.26."""
    below = np.i0(x) if order == 1 else bessel_i(x, order=order - 1)
    return g * (0.5 * (below + bessel_i(x, order=order + 1)))


RULES = [general(bessel_i, (_slope,), (_slope,))]
