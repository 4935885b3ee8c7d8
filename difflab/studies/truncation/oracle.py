"""The truth about a function of one number: its derivatives from finer arithmetic.

Two ways, neither with a derivative rule of any engine in it. For formulas, differences in
arithmetic of many digits. For networks, which are too slow for that, the complex plane: the first
derivative by the complex step in extended precision, the higher ones, of which theory needs a few
digits, from values on a circle (Lyness and Moler 1967, "Numerical differentiation of analytic
functions", SIAM J. Numer. Anal. 4, 202-210).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import factorial
from typing import Any, NamedTuple

import mpmath
import numpy as np

DIGITS = 50

RESIDUE = 1e-40
"""Terms of a series below this share of f are what rounding leaves of a polynomial's zeros."""

NODES = 32
"""Values on the circle; aliases of order n + 32 are negligible inside the radius chosen."""

HALVINGS = 20
"""How often the circle is halved in search of one that the next smaller one confirms."""

AGREEMENT = 1e-3
"""Two circles agree when every term of the series does, relative to its size."""

ROUNDING = 16.0
"""A term is no rounding when it is this many times eps max |f|."""

TINY = 1e-60
"""Imaginary step: nothing is subtracted, so it may be as small as extended precision allows."""

TRUTH_OF_FORMULAS = f"differences in {DIGITS}-digit arithmetic"


def truth_of_networks() -> str:
    """Say how networks are judged here, with the error that this leaves.

    Examples
    --------
    >>> truth_of_networks().startswith("complex step")
    True
    """
    return (
        f"complex step with {np.finfo(np.longdouble).nmant + 1} binary digits, right to about "
        f"{np.finfo(np.longdouble).eps:.0e}; higher derivatives from {NODES} values on a circle"
    )


def by_digits(
    f: Callable[[Any], Any], x: float, order: int, arithmetic: mpmath.MPContext
) -> tuple[Any, ...]:
    """Return f, in extended precision, and its derivatives up to an order, rounded to float64.

    Parameters
    ----------
    f : callable
        On numbers of ``arithmetic``.
    x : float
        Taken as exact.
    order : int
    arithmetic : MPContext

    Examples
    --------
    >>> arithmetic = digits()
    >>> by_digits(arithmetic.exp, 0.0, 3, arithmetic)[1:]
    (1.0, 1.0, 1.0)
    """
    # mpmath's own chopping is absolute, and takes the derivatives of a slow function for zeros
    value, *series = arithmetic.taylor(f, arithmetic.mpf(x), order, chop=False)
    extended = np.longdouble(float(value)) + float(value - float(value))
    size = max(1.0, abs(x))
    least = RESIDUE * (abs(value) + abs(series[0]) * size if series else 0)
    kept = [c if n == 1 or abs(c) * size**n > least else 0 for n, c in enumerate(series, start=1)]
    return (extended, *(float(c * factorial(n)) for n, c in enumerate(kept, start=1)))


def digits(count: int = DIGITS) -> mpmath.MPContext:
    """Return an arithmetic of our own; ``mpmath.mp`` belongs to everybody."""
    arithmetic = mpmath.MPContext()
    arithmetic.dps = count
    return arithmetic


def by_complex_plane(
    f: Callable[[Any], Any], x: float, order: int, largest: float = 1.0
) -> tuple[Any, ...]:
    """Return f and its derivatives up to an order, for f analytic on the line and near it.

    Parameters
    ----------
    f : callable
        Elementwise on arrays of complex numbers, also of extended precision.
    x : float
    order : int
        Below `NODES`.
    largest : float
        Radius of the first circle that is tried.

    Returns
    -------
    tuple of numbers
        f in extended precision, f' right to float64; the others right to a few digits, and 0 where
        they cannot be told from rounding.

    Examples
    --------
    >>> value, slope, second, third = by_complex_plane(np.sin, 1.0, 3)
    >>> bool(slope == np.cos(1.0)), bool(round(second, 9) == round(-np.sin(1.0), 9))
    (True, True)
    """
    beside = np.asarray(f(np.array([np.clongdouble(x) + 1j * np.longdouble(TINY)])))[0]
    series = _series(f, x, order, largest)
    exact = (beside.real, float(beside.imag / np.longdouble(TINY)))
    return (*exact, *(float(c * factorial(n)) for n, c in enumerate(series) if n > 1))


def _series(f: Callable[[Any], Any], x: float, order: int, largest: float) -> np.ndarray:
    """Taylor coefficients 0..order, from the largest circle that the next smaller one confirms."""
    radii = largest * 0.5 ** np.arange(HALVINGS)
    outer = _terms(f, x, radii[0])
    for radius, smaller in pairwise(radii):
        inner = _terms(f, x, smaller)
        shrunk = outer.values * (smaller / radius) ** np.arange(NODES)
        apart = abs(shrunk - inner.values)[: order + 1]
        if np.all(apart <= AGREEMENT * abs(inner.values[: order + 1]) + inner.noise):
            break
        outer = inner
    else:
        radius = radii[-1]
    seen = np.where(abs(outer.values) > outer.noise, outer.values, 0.0)
    return (seen / radius ** np.arange(NODES))[: order + 1]


class _Terms(NamedTuple):
    """c_n r^n for n = 0..NODES-1, and the size below which they are rounding."""

    values: np.ndarray
    noise: float


def _terms(f: Callable[[Any], Any], x: float, radius: float) -> _Terms:
    turns = np.exp(2j * np.pi * np.arange(NODES) / NODES)
    with np.errstate(all="ignore"):
        values = np.asarray(f(x + radius * turns))
        noise = ROUNDING * float(np.finfo(float).eps * np.max(abs(values)))
        return _Terms(np.fft.fft(values).real / NODES, noise)
