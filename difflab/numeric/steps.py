"""Steps: how large h should be, by theory and by default.

The error of a stencil is at most (truncation) K F h^p plus (round-off) S1 eps_f / h^d, where
F = |f^(d+p)|, eps_f is the absolute error of one value of f, and K, S1, p, d belong to the stencil.
The sum is least at ``h* = (d S1 eps_f / (p K F))^(1/(p+d))``, where round-off is p/d times
truncation: Shi, Xie, Xuan and Nocedal (2022), "Adaptive finite-difference interval estimation for
noisy derivative-free optimization", SIAM J. Sci. Comput. 44, equations 2.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial, pi
from typing import Any, NamedTuple

import numpy as np

from difflab.numeric.stencils import SCHEMES, Stencil, named_stencil

FLOAT64_EXPONENTS = {1: 25, 2: 16, 4: 10, 6: 7, 8: 7}
"""-log2 of the step that suits tanh and sigmoid nets in float64, by order of accuracy; measured.

Smaller than theory's h* with F = 1 for high orders, because derivatives of tanh grow with theirs.
"""


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best that a stencil can do.

    Attributes
    ----------
    step : float
        h*, the step at which truncation and round-off together are least.
    error : float
        e*, the bound on the absolute error of the derivative there.
    """

    step: float
    error: float


def unit_roundoff(dtype: Any) -> float:
    """u = eps / 2: the largest relative error of rounding to a float type.

    Examples
    --------
    >>> unit_roundoff(np.float64) == 2.0**-53
    True
    """
    return float(np.finfo(dtype).eps) / 2


def optimum(
    stencil: Stencil,
    dtype: Any = np.float64,
    magnitude: float = 1.0,
    higher_derivative: float = 1.0,
    noise: float | None = None,
) -> Optimum:
    """Return theory's optimal step and the error attainable with it.

    Parameters
    ----------
    stencil : Stencil
    dtype : dtype
        Float type in which f is evaluated.
    magnitude : float
        |f| near the point.
    higher_derivative : float
        F = |f^(d+p)| near the point; 0 (a polynomial of low degree) makes the step infinite.
    noise : float or None
        eps_f; ``unit_roundoff(dtype) * magnitude``, a well-conditioned f, when None.

    Returns
    -------
    Optimum
        Of the bound K F h^p + S1 eps_f / h^d; see the head of this module.

    Examples
    --------
    >>> best = optimum(named_stencil("central"))
    >>> f"{best.step:.1e} {best.error:.1e}"
    '6.9e-06 2.4e-11'
    """
    p, d = stencil.accuracy, stencil.derivative
    eps_f = unit_roundoff(dtype) * abs(magnitude) if noise is None else noise
    roundoff = float(stencil.roundoff_constant) * eps_f
    truncation = abs(float(stencil.error_constant)) * abs(higher_derivative)
    if truncation == 0 or roundoff == 0:
        return Optimum(np.inf if truncation == 0 else 0.0, 0.0)
    root = 1 / (p + d)  # of every factor alone: their quotient may lie beyond the floats
    step = np.float64((d / p) ** root * roundoff**root / truncation**root)
    with np.errstate(all="ignore"):
        return Optimum(float(step), float((1 + p / d) * truncation * step**p))


class Theory(NamedTuple):
    """What theory says about one scheme, for f = F = 1."""

    scheme: str
    accuracy: int
    error_constant: Fraction
    roundoff_constant: Fraction
    float64: Optimum
    float32: Optimum


def theory_table(
    schemes: Sequence[str] = tuple(SCHEMES), derivative: int = 1
) -> tuple[Theory, ...]:
    """Return p, |K|, S1 and the optima h*, e* in float64 and float32, one row per scheme.

    Parameters
    ----------
    schemes : sequence of str
        Names for `named_stencil`.
    derivative : int
        d >= 1.

    Examples
    --------
    >>> row = theory_table(["central-4"])[0]
    >>> row.accuracy, str(row.error_constant), str(row.roundoff_constant)
    (4, '1/30', '3/2')
    >>> f"{row.float32.step:.1e} {row.float32.error:.1e}"
    '5.8e-02 1.9e-06'
    """
    rows = []
    for scheme in schemes:
        stencil = named_stencil(scheme, derivative)
        wide, narrow = optimum(stencil, np.float64), optimum(stencil, np.float32)
        constant, roundoff = abs(stencil.error_constant), stencil.roundoff_constant
        rows.append(Theory(scheme, stencil.accuracy, constant, roundoff, wide, narrow))
    return tuple(rows)


def default_exponent(stencil: Stencil, dtype: Any) -> int:
    """Return k so that 2^-k suits arguments of size 1.

    In float64 the measured values of `FLOAT64_EXPONENTS`, which other float types shift as h*
    shifts, by (u / u_64)^(1/(p+d)). For stencils not listed there, theory's h* for derivatives
    that grow as those of tanh do, whose nearest pole is pi/2 away: F = (d+p)! (2/pi)^(d+p).

    Examples
    --------
    >>> [default_exponent(named_stencil("central"), dtype) for dtype in (np.float64, np.float32)]
    [16, 6]
    """
    wide = FLOAT64_EXPONENTS.get(stencil.accuracy) if stencil.derivative == 1 else None
    if wide is None:
        order = stencil.derivative + stencil.accuracy
        higher_derivative = factorial(order) * (2 / pi) ** order
        step = optimum(stencil, dtype, higher_derivative=higher_derivative).step
        return round(-np.log2(step))
    coarser = np.log2(unit_roundoff(dtype) / unit_roundoff(np.float64))
    return round(wide - coarser / (stencil.accuracy + 1))


def default_step(x: Any, exponent: int) -> Any:
    """Return the step for every coordinate: ``2^-exponent`` times max(1, |x|) rounded down to 2^n.

    A power of two is far enough above the spacing of x that x + h loses no digit of h. The floor
    of 1 keeps small coordinates from getting tiny steps: a step relative to |x| alone costs a
    factor of 20 in the worst coordinate of a network.

    Parameters
    ----------
    x : array, any shape
    exponent : int
        See `default_exponent`.

    Returns
    -------
    array of x's shape, float64; NaN where x is not finite

    Examples
    --------
    >>> default_step(np.array([0.0, 3.0, -1000.0]), 16) * 2**16
    array([  1.,   2., 512.])
    """
    size = np.maximum(1.0, np.abs(np.asarray(x, dtype=float)))
    mantissa_exponent = np.frexp(np.where(np.isfinite(size), size, 1.0))[1]
    steps = np.ldexp(1.0, mantissa_exponent - 1 - exponent)
    return np.where(np.isfinite(size), steps, np.nan)
