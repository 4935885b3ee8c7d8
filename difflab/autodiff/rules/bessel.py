"""The modified Bessel function I1, which NumPy lacks: the derivative of ``np.i0``."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import elementwise
from difflab.trace import Primitive


@Primitive
def i1(x: Any) -> Any:
    """Modified Bessel function of the first kind, order 1: the derivative of ``np.i0``.

    Examples
    --------
    >>> round(float(i1(1.0)), 12)
    0.565159103992
    """
    from scipy.special import i1

    return i1(x)


def _slope(y: Any, x: Any) -> Any:
    """I0 - I1 / x, which is 1/2 at 0; Abramowitz & Stegun 9.6.28."""
    at_zero = x == 0
    return np.i0(x) - np.where(at_zero, 0.5, y / np.where(at_zero, 1.0, x))


RULES = [elementwise(i1, _slope)]
